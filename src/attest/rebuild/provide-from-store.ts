import { CatnixError } from "../../errors/catnix-error.js";
import { writeNar } from "../../nix/nar-write.js";
import type { NixStore } from "../../nixdb/nix-store.js";
import type { Provide } from "./rebuild-path.js";

/**
 * Takes inputs from a Nix store, such as the one in which the member evaluated the derivation itself. It throws
 * STORE_PATH_NOT_VALID for a path that the store does not have, and NIX_DB_….
 */
export function provideFromStore(nix: NixStore): Provide {
  return (storePath) => {
    const info = nix.queryPathInfo(storePath);
    if (info === undefined) return Promise.reject(new CatnixError("STORE_PATH_NOT_VALID", { path: storePath }));
    const { narHash, narSize, references } = info;
    const nar = (signal: AbortSignal) => writeNar(nix.realPath(storePath), { signal });
    return Promise.resolve({ storePath, narHash, narSize, references, nar });
  };
}
