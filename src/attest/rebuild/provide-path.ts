import type { CatRecord } from "../../cat/record.js";
import { parseNixSha256 } from "../../nix/nix-hash.js";
import { parseStorePath } from "../../nix/store-path.js";
import type { ContentStore } from "../../swarm/content-store.js";
import { type CheckCopyOptions, findSigned } from "../copy/check-copy.js";
import { readNarOf } from "../read-nar-of.js";
import type { Provide, ProvidedPath } from "./rebuild-path.js";

/** A path as its record has it, its NAR from Swarm. */
export function provideRecord(record: CatRecord, store: ContentStore, storeDir: string): ProvidedPath {
  const { storePath, narSize } = record;
  const references = record.references.map((baseName) => `${storeDir}/${baseName}`);
  const nar = (signal: AbortSignal) => readNarOf(record, store, signal);
  return { storePath, narHash: parseNixSha256(record.narHash), narSize, references, nar };
}

/** Takes inputs from where records are known: the batch's own rows, what the CAT lists. A record of another name is none of it. */
export function provideByRecord(
  findRecord: (nixId: Uint8Array) => Promise<CatRecord | undefined>,
  store: ContentStore,
  storeDir: string,
): Provide {
  return async (storePath) => {
    const record = await findRecord(parseStorePath(storePath, storeDir).nixId);
    return record?.storePath === storePath ? provideRecord(record, store, storeDir) : undefined;
  };
}

/** Takes inputs from the builders that the member named: what they signed. */
export function provideFromBuilders(options: Pick<CheckCopyOptions, "builders" | "keys" | "storeDir">): Provide {
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
