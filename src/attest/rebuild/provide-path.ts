import type { CatRecord } from "../../cat/record.js";
import { toHex } from "../../encoding/hex.js";
import { parseNixSha256 } from "../../nix/nix-hash.js";
import { formatPublicKey } from "../../nix/signing-key.js";
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

/** A build that the batch or the CAT lists. */
export interface ListedBuild {
  /** 32 bytes. */
  readonly swarmId: Uint8Array;
  readonly record: CatRecord;
}

/** Takes inputs from where records are known: the batch's own rows, what the CAT lists. A record of another name is none of it. */
export function provideByRecord(
  findBuild: (nixId: Uint8Array) => Promise<ListedBuild | undefined>,
  store: ContentStore,
  storeDir: string,
): Provide {
  return async (storePath) => {
    const { nixId } = parseStorePath(storePath, storeDir);
    const found = await findBuild(nixId);
    if (found?.record.storePath !== storePath) return undefined;
    const origin = { kind: "listed", nixId: toHex(nixId), swarmId: toHex(found.swarmId) } as const;
    return { ...provideRecord(found.record, store, storeDir), origin };
  };
}

/** Takes inputs from the builders that the member named: what they signed. */
export function provideFromBuilders(options: Pick<CheckCopyOptions, "builders" | "keys" | "storeDir">): Provide {
  const { storeDir } = options;
  return async (storePath, signal) => {
    const found = await findSigned(storePath, { ...options, signal });
    if ("reason" in found) return undefined;
    const { builder, info, key } = found;
    const origin = { kind: "builder", builder: builder.name, builderKey: formatPublicKey(key) } as const;
    const { narHash, narSize } = info;
    const references = info.references.map((baseName) => `${storeDir}/${baseName}`);
    return { storePath, narHash, narSize, references, origin, nar: (ended) => builder.readNar(info, ended) };
  };
}
