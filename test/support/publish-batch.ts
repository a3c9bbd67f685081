import type { Signer, Wallet } from "ethers";
import { applyDelta } from "../../src/cat/apply.js";
import {
  type Approval,
  type Batch,
  batchDigest,
  BATCH_TYPES,
  domainOf,
  NO_PACK,
  toTypedBatch,
} from "../../src/cat/batch.js";
import { encodeDelta } from "../../src/cat/delta.js";
import { encodePack } from "../../src/cat/pack.js";
import { type CatRecord, formatRecord } from "../../src/cat/record.js";
import { compareRows, type Row, SWARM_ID_SIZE } from "../../src/cat/row.js";
import { fromHex } from "../../src/encoding/hex.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import type { Registry } from "../../src/registry/registry.js";
import { submitBatch } from "../../src/registry/transact.js";
import type { ContentStore } from "../../src/swarm/content-store.js";
import type { Tombstone } from "./fill-index.js";

/** A row that leads to any content, for approvals that should not have been. */
export interface RawEntry {
  readonly storePath: string;
  readonly content: Uint8Array;
}

export type Entry = CatRecord | Tombstone | RawEntry;

export interface PublishTo {
  readonly registry: Registry;
  readonly store: ContentStore;
  /** The quorum. */
  readonly members: readonly Wallet[];
  /** Pays. */
  readonly sender: Signer;
}

/**
 * Uploads what a batch needs, as a publisher does, on top of what the registry holds.
 * @param overrides for batches that are wrong
 * @param on the batch that it follows, where the registry does not hold that one yet
 */
export async function draftBatch(
  { registry, store }: Pick<PublishTo, "registry" | "store">,
  entries: readonly Entry[],
  overrides: Partial<Batch> = {},
  on?: Batch,
): Promise<Batch> {
  const state = on
    ? { seq: on.seq, head: batchDigest(registry.id, on), cat: { root: on.root, depth: on.depth } }
    : await registry.state();
  const seq = state.seq + 1;
  const drafts = await Promise.all(entries.map((entry) => draftRow(store, entry, seq)));
  drafts.sort((a, b) => compareRows(a.row, b.row));
  const rows = drafts.map(({ row }) => row);
  const { cat, chunks } = await applyDelta(state.cat, rows, (address) => store.getChunk(address));
  for (const { data } of chunks) await store.putChunk(data);
  const texts = drafts.flatMap(({ text }) => text ?? []);
  const pack = texts.length === 0 ? NO_PACK : (await store.write(encodePack(texts))).address;
  const delta = (await store.write(encodeDelta(rows))).address;
  const deadline = 4_000_000_000;
  const parts = { seq, parent: state.head, root: cat.root, depth: cat.depth, delta, rows: rows.length, pack, deadline };
  return { ...parts, ...overrides };
}

/** The whole quorum's signatures. */
export async function signBatch({ registry, members }: PublishTo, batch: Batch): Promise<Approval[]> {
  return Promise.all(
    members.map(async (wallet) => ({
      member: wallet.address,
      signature: await wallet.signTypedData(domainOf(registry.id), BATCH_TYPES, toTypedBatch(batch)),
    })),
  );
}

/** Signs with the whole quorum and submits. */
export async function approveBatch(to: PublishTo, batch: Batch) {
  return submitBatch(to.registry, to.sender, batch, await signBatch(to, batch));
}

/** A batch from its records to the chain. */
export async function publishBatch(to: PublishTo, ...entries: Entry[]): Promise<Batch> {
  const batch = await draftBatch(to, entries);
  await approveBatch(to, batch);
  return batch;
}

async function draftRow(store: ContentStore, entry: Entry, seq: number): Promise<{ row: Row; text?: string }> {
  if ("tombstone" in entry)
    return { row: { nixId: parseStorePath(entry.tombstone).nixId, seq, swarmId: new Uint8Array(SWARM_ID_SIZE) } };
  const content = "content" in entry ? entry.content : Buffer.from(formatRecord(entry));
  const { address } = await store.write(content);
  const row = { nixId: parseStorePath(entry.storePath).nixId, seq, swarmId: fromHex(address, 32) };
  return { row, text: Buffer.from(content).toString() };
}
