import pLimit from "p-limit";
import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import { bucketNumber, decodeBucket, encodeBucket, MAX_DEPTH, ROWS_PER_BUCKET } from "./bucket.js";
import { childIndex, readRows } from "./lookup.js";
import { compareRows, type Row } from "./row.js";
import {
  BRANCH_BITS,
  type Cat,
  type CatChunk,
  countLevels,
  decodeChildren,
  encodeChildren,
  type GetChunk,
  makeCatChunk,
  readPayload,
} from "./tree.js";

/** What a delta makes of a CAT. */
export interface CatUpdate {
  readonly cat: Cat;
  /** The chunks that the old CAT did not have, children before parents, each once. */
  readonly chunks: CatChunk[];
  /** The rows that the delta replaced, by `nixId` in hexadecimal. */
  readonly replaced: Map<string, Row>;
  /** Rows of the new CAT, tombstones counted; only known where the CAT grew. */
  readonly rows?: number;
}

const MIN_MEAN_LOAD = 24;
const PARALLEL_READS = 32;

/**
 * `root = apply(parent root, delta)`: the one function that publisher, signers and followers agree on
 * (docs/spec.md, Words). Reads only the buckets that the delta touches and the chunks above them,
 * unless a bucket overflows and the CAT grows.
 * @param delta strictly ascending by `nixId`
 * @throws CatnixError CAT_FULL, CAT_TREE_INVALID, CAT_BUCKET_INVALID, CAT_ROW_INVALID, and what `getChunk` throws
 */
export async function applyDelta(parent: Cat, delta: readonly Row[], getChunk: GetChunk): Promise<CatUpdate> {
  const limit = pLimit(PARALLEL_READS);
  const update = new Update(parent, (address) => limit(() => getChunk(address)));
  const byBucket = new Map<number, Row[]>();
  for (const row of delta) {
    const number = bucketNumber(row.nixId, parent.depth);
    const rows = byBucket.get(number);
    if (rows) rows.push(row);
    else byBucket.set(number, [row]);
  }
  const root = await update.rewrite(countLevels(parent.depth), 0, parent.root, byBucket);
  if (root !== undefined) return { ...update.result(), cat: { root, depth: parent.depth } };
  return grow(parent, delta, getChunk);
}

/**
 * Refuses growth that honest store paths do not cause (docs/spec.md, Words). Signing tools call it; followers do not,
 * since what a quorum approved is approved.
 * @throws CatnixError CAT_GROWTH_REFUSED
 */
export function checkGrowth(parent: Cat, update: CatUpdate): void {
  const { cat, rows } = update;
  if (rows === undefined) return;
  for (let depth = parent.depth; depth < cat.depth; depth++)
    if (rows / 2 ** depth < MIN_MEAN_LOAD)
      throw new CatnixError("CAT_GROWTH_REFUSED", { from: parent.depth, to: cat.depth, rows });
}

/** Rewrites the touched part of the tree at an unchanged depth. */
class Update {
  readonly #chunks = new Map<string, CatChunk>();
  readonly #replaced = new Map<string, Row>();
  #overflow = false;

  constructor(
    readonly parent: Cat,
    readonly getChunk: GetChunk,
  ) {}

  result() {
    return { chunks: [...this.#chunks.values()], replaced: this.#replaced };
  }

  /** @returns the new address of this chunk; undefined where a bucket below it overflows */
  async rewrite(
    level: number,
    index: number,
    address: string,
    byBucket: Map<number, Row[]>,
  ): Promise<string | undefined> {
    if (byBucket.size === 0) return address;
    if (this.#overflow) return undefined;
    const { depth } = this.parent;
    const payload = await readPayload(depth, level, address, this.getChunk);
    if (level === 0) return this.#rewriteBucket(address, index, payload, byBucket.get(index)!);

    const children = decodeChildren(payload);
    const byChild = new Map<number, Map<number, Row[]>>();
    for (const [number, rows] of byBucket) {
      const child = childIndex(number, level);
      const below = byChild.get(child) ?? new Map<number, Row[]>();
      byChild.set(child, below.set(number, rows));
    }
    const rewritten = await Promise.all(
      children.map((child, i) =>
        this.rewrite(level - 1, index * 2 ** BRANCH_BITS + i, child, byChild.get(i) ?? new Map<number, Row[]>()),
      ),
    );
    const complete = rewritten.filter((child) => child !== undefined);
    return complete.length < rewritten.length ? undefined : this.#add(level, encodeChildren(complete), address);
  }

  #rewriteBucket(address: string, number: number, bucket: Uint8Array, delta: Row[]): string | undefined {
    const old = decodeBucket(bucket, { depth: this.parent.depth, number });
    const rows = mergeRows(old, delta, this.#replaced);
    this.#overflow ||= rows.length > ROWS_PER_BUCKET;
    return this.#overflow ? undefined : this.#add(0, encodeBucket(rows), address);
  }

  #add(level: number, payload: Uint8Array, oldAddress: string): string {
    const chunk = makeCatChunk(this.parent.depth, level, payload);
    if (chunk.address !== oldAddress) this.#chunks.set(chunk.address, chunk);
    return chunk.address;
  }
}

/** Both ascending; a row of the delta replaces one of the same `nixId`, which is noted. */
function mergeRows(old: readonly Row[], delta: readonly Row[], replaced: Map<string, Row>): Row[] {
  const merged: Row[] = [];
  let at = 0;
  for (const row of delta) {
    while (at < old.length && compareRows(old[at]!, row) < 0) merged.push(old[at++]!);
    if (at < old.length && compareRows(old[at]!, row) === 0) replaced.set(toHex(row.nixId), old[at++]!);
    merged.push(row);
  }
  return merged.concat(old.slice(at));
}

/** Builds the whole CAT anew at the smallest depth at which every bucket fits. */
async function grow(parent: Cat, delta: readonly Row[], getChunk: GetChunk): Promise<CatUpdate> {
  const old: Row[] = [];
  for await (const row of readRows(parent, getChunk)) old.push(row);
  const replaced = new Map<string, Row>();
  const rows = mergeRows(old, delta, replaced);

  let depth = parent.depth;
  while (!fits(rows, depth)) if (++depth > MAX_DEPTH) throw new CatnixError("CAT_FULL", { depth: MAX_DEPTH });
  return { ...buildCat(rows, depth), replaced, rows: rows.length };
}

/** Rows are ascending, so those of one bucket stand together. */
function fits(rows: readonly Row[], depth: number): boolean {
  for (let i = ROWS_PER_BUCKET; i < rows.length; i++)
    if (bucketNumber(rows[i]!.nixId, depth) === bucketNumber(rows[i - ROWS_PER_BUCKET]!.nixId, depth)) return false;
  return true;
}

/**
 * Builds a CAT from all its rows.
 * @param rows strictly ascending, at most 64 a bucket at this depth
 */
export function buildCat(rows: readonly Row[], depth: number): { cat: Cat; chunks: CatChunk[] } {
  const chunks = new Map<string, CatChunk>();
  const add = (level: number, payload: Uint8Array): string => {
    const chunk = makeCatChunk(depth, level, payload);
    chunks.set(chunk.address, chunk);
    return chunk.address;
  };
  let at = 0;
  let addresses = Array.from({ length: 2 ** depth }, (_, number) => {
    const from = at;
    while (at < rows.length && bucketNumber(rows[at]!.nixId, depth) === number) at++;
    return add(0, encodeBucket(rows.slice(from, at)));
  });
  for (let level = 1; level <= countLevels(depth); level++) {
    const below = addresses;
    addresses = [];
    for (let i = 0; i < below.length; i += 2 ** BRANCH_BITS)
      addresses.push(add(level, encodeChildren(below.slice(i, i + 2 ** BRANCH_BITS))));
  }
  return { cat: { root: addresses[0]!, depth }, chunks: [...chunks.values()] };
}
