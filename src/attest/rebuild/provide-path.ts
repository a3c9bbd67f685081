import type { CatRecord } from "../../cat/record.js";
import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import { parseNixSha256 } from "../../nix/nix-hash.js";
import { parseStorePath } from "../../nix/store-path.js";
import type { ContentStore } from "../../swarm/content-store.js";
import { type CheckCopyOptions, findSigned } from "../copy/check-copy.js";
import { readNarOf } from "../read-nar-of.js";
import type { Provide, ProvidedPath } from "./rebuild-path.js";

/** Looks for a path in one place; undefined where it is not there. */
export type FindInput = (storePath: string, signal: AbortSignal) => Promise<ProvidedPath | undefined>;

/**
 * Provides a rebuild's inputs from the first of several places that has them.
 * @returns what throws INPUT_MISSING for a path that is nowhere, and what the places throw
 */
export function provideFromAny(places: readonly FindInput[]): Provide {
  return async (storePath, signal) => {
    for (const find of places) {
      const found = await find(storePath, signal);
      if (found) return found;
    }
    throw new CatnixError("INPUT_MISSING", { path: storePath });
  };
}

/** A path as its record has it, its NAR from Swarm. */
export function provideRecord(record: CatRecord, store: ContentStore, storeDir: string): ProvidedPath {
  const { storePath, narSize } = record;
  const references = record.references.map((baseName) => `${storeDir}/${baseName}`);
  const nar = (signal: AbortSignal) => readNarOf(record, store, signal);
  return { storePath, narHash: parseNixSha256(record.narHash), narSize, references, nar };
}

/** Looks in what `provide` has, such as the member's own store. */
export function findInStore(provide: Provide): FindInput {
  return async (storePath, signal) => {
    try {
      return await provide(storePath, signal);
    } catch (error) {
      if (isCatnixError(error, "STORE_PATH_NOT_VALID")) return undefined;
      throw error;
    }
  };
}

/** Looks where records are known: the batch's own rows, what the CAT lists. A record of another name is none of this path. */
export function findByRecord(
  findRecord: (nixId: Uint8Array) => Promise<CatRecord | undefined>,
  store: ContentStore,
  storeDir: string,
): FindInput {
  return async (storePath) => {
    const record = await findRecord(parseStorePath(storePath, storeDir).nixId);
    return record?.storePath === storePath ? provideRecord(record, store, storeDir) : undefined;
  };
}

/** Looks at the builders that the member named: what they signed. */
export function findAtBuilders(options: Pick<CheckCopyOptions, "builders" | "keys" | "storeDir">): FindInput {
  const { storeDir } = options;
  return async (storePath, signal) => {
    const found = await findSigned(storePath, { ...options, signal });
    if ("reason" in found) return undefined;
    const { builder, info } = found;
    const { narHash, narSize } = info;
    const references = info.references.map((baseName) => `${storeDir}/${baseName}`);
    return { storePath, narHash, narSize, references, nar: (ended) => builder.readNar(info, ended) };
  };
}
