import { join } from "node:path";
import { defaultStoreDir } from "../nix/store-path.js";

/** Where a Nix store lies. */
export interface StoreLocation {
  /** What `nix --store DIR` is given: the folder that holds `nix/store` and `nix/var`. Absent: the system's store. */
  readonly root?: string | undefined;
  /** The store folder as store paths name it; `/nix/store` by default. */
  readonly storeDir?: string | undefined;
  /** Where the system's store keeps its state; `/nix/var/nix` by default, without effect where `root` is given. */
  readonly stateDir?: string | undefined;
}

/** {@link StoreLocation} worked out. */
export interface StoreRoot {
  readonly storeDir: string;
  /** The store folder on disk. */
  readonly realStoreDir: string;
  readonly databaseFile: string;
}

/**
 * The folders of a store as Nix lays them out (libstore/local-fs-store.hh): under a root it is always `nix/store` and
 * `nix/var/nix`, whatever the store folder is called.
 */
export function locateStore({ root, storeDir = defaultStoreDir, stateDir = "/nix/var/nix" }: StoreLocation): StoreRoot {
  const realStoreDir = root === undefined ? storeDir : join(root, "nix/store");
  const realStateDir = root === undefined ? stateDir : join(root, "nix/var/nix");
  return { storeDir, realStoreDir, databaseFile: join(realStateDir, "db/db.sqlite") };
}
