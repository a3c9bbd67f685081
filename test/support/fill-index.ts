import { createHash } from "node:crypto";
import { fileAddress } from "../../src/bmt/file-hasher.js";
import { applyDelta } from "../../src/cat/apply.js";
import { type Batch, batchDigest, firstHead, NO_PACK, type RegistryId } from "../../src/cat/batch.js";
import { BUCKET_SIZE } from "../../src/cat/bucket.js";
import { encodeDelta } from "../../src/cat/delta.js";
import { type CatRecord, formatRecord } from "../../src/cat/record.js";
import { compareRows, type Row, SWARM_ID_SIZE } from "../../src/cat/row.js";
import { EMPTY_CAT, makeCatChunk } from "../../src/cat/tree.js";
import { toHex } from "../../src/encoding/hex.js";
import type { Cursor } from "../../src/index/index-reader.js";
import type { AppliedBatch, IndexWriter, Withdrawal } from "../../src/index/index-writer.js";
import { formatNixSha256 } from "../../src/nix/nix-hash.js";
import { formatHashPart, parseStorePath } from "../../src/nix/store-path.js";

export const testRegistry: RegistryId = { chainId: 31337, registry: "0x5FbDB2315678afecb367f032d93F642f64180aa3" };

/** A store path whose hash part follows from its name. */
export function makeStorePath(name: string): string {
  return `/nix/store/${formatHashPart(createHash("sha1").update(name).digest())}-${name}`;
}

/** A record of `nar` for the path of that name. */
export function makeRecord(name: string, nar: Uint8Array, fields: Partial<CatRecord> = {}): CatRecord {
  const narHash = formatNixSha256(createHash("sha256").update(nar).digest());
  return {
    storePath: makeStorePath(name),
    narAddress: toHex(fileAddress(nar)),
    compression: "none",
    fileHash: narHash,
    fileSize: nar.length,
    narHash,
    narSize: nar.length,
    references: [],
    sigs: [],
    ...fields,
  };
}

export function swarmIdOf(record: CatRecord): Uint8Array {
  return fileAddress(Buffer.from(formatRecord(record)));
}

/** A path that a batch withdraws. */
export interface Tombstone {
  readonly tombstone: string;
}

/** The batch that sets these paths on top of what the index holds, as a follower would take it in. */
export async function makeBatch(
  writer: IndexWriter,
  entries: readonly (CatRecord | Tombstone)[],
): Promise<{ batch: AppliedBatch; cursor: Cursor }> {
  const from = writer.cursor() ?? firstCursor;
  const seq = from.seq + 1;
  const records = new Map<string, { nar: string; text: string }>();
  const toRow = (entry: CatRecord | Tombstone): Row => {
    if ("tombstone" in entry)
      return { nixId: parseStorePath(entry.tombstone).nixId, seq, swarmId: new Uint8Array(SWARM_ID_SIZE) };
    const swarmId = swarmIdOf(entry);
    records.set(toHex(swarmId), { nar: entry.narAddress, text: formatRecord(entry) });
    return { nixId: parseStorePath(entry.storePath).nixId, seq, swarmId };
  };
  const delta = entries.map(toRow).sort(compareRows);
  const { cat, chunks } = await applyDelta(from.cat, delta, (address) => {
    const known =
      address === EMPTY_CAT.root ? makeCatChunk(0, 0, new Uint8Array(BUCKET_SIZE)).data : writer.findChunk(address);
    return known === undefined ? Promise.reject(new Error(`no chunk ${address}`)) : Promise.resolve(known);
  });
  const parts = { seq, parent: from.head, root: cat.root, depth: cat.depth, rows: delta.length, pack: NO_PACK };
  const batch: Batch = { ...parts, delta: toHex(fileAddress(encodeDelta(delta))), deadline: 2_000_000_000 };
  const digest = batchDigest(testRegistry, batch);
  const block = from.block + 1;
  const applied = { batch, digest, approvers: [], block, transactionHash: digest, delta, records, missing: [], chunks };
  return { batch: applied, cursor: { ...from, block, blockHash: digest, head: digest, seq, cat } };
}

/** @returns the batch's seq */
export async function commitBatch(writer: IndexWriter, ...entries: (CatRecord | Tombstone)[]): Promise<number> {
  const { batch, cursor } = await makeBatch(writer, entries);
  writer.commit(writer.cursor(), { batches: [batch], withdrawals: [], cursor });
  return cursor.seq;
}

/** Withdraws for good. */
export function commitWithdrawal(writer: IndexWriter, target: Withdrawal["target"]): void {
  const from = writer.cursor()!;
  const [block, alarms] = [from.block + 1, from.alarms + 1];
  const withdrawal = { alarm: alarms, target, reason: "test" };
  writer.commit(from, { batches: [], withdrawals: [withdrawal], cursor: { ...from, block, alarms } });
}

const firstCursor: Cursor = {
  block: 0,
  blockHash: firstHead(testRegistry),
  head: firstHead(testRegistry),
  seq: 0,
  cat: EMPTY_CAT,
  alarmHead: firstHead(testRegistry),
  alarms: 0,
};
