import { writeNar } from "../../nix/nar-write.js";
import type { NixStore } from "../../nixdb/nix-store.js";
import type { Provide } from "./rebuild-path.js";

/**
 * Takes inputs from a Nix store, such as the one in which the member evaluated the derivation itself. It throws
 * STORE_PATH_INVALID, NIX_DB_….
 */
export function provideFromStore(nix: NixStore): Provide {
  const find = (storePath: string) => {
    const info = nix.queryPathInfo(storePath);
    if (info === undefined) return undefined;
    const { narHash, narSize, references } = info;
    const nar = (signal: AbortSignal) => writeNar(nix.realPath(storePath), { signal });
    return { storePath, narHash, narSize, references, nar };
  };
  return (storePath) => new Promise((resolve) => resolve(find(storePath)));
}

/** Takes each path from the first that has it. */
export function provideFromFirst(...sources: readonly Provide[]): Provide {
  return async (storePath, signal) => {
    for (const provide of sources) {
      const provided = await provide(storePath, signal);
      if (provided !== undefined) return provided;
    }
    return undefined;
  };
}
