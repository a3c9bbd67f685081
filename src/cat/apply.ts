import pLimit from "p-limit";
import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import { bucketNumber, decodeBucket, encodeBucket, MAX_DEPTH, ROWS_PER_BUCKET } from "./bucket.js";
import { buildCat } from "./build.js";
import { childIndex, readRows } from "./lookup.js";
import { readPayload } from "./read-payload.js";
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
} from "./tree.js";

/** What a delta makes of a CAT. */
export interface CatUpdate {
  readonly cat: Cat;
  /**
   * The chunks of the new CAT that the old one lacks, each once, children before parents. Where the CAT grew it is all of
   * them, since nearly all are new.
   */
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
 * unless a bucket overflows and the CAT grows: then it reads all rows. Even a CAT that grew to depth 32, on ground
 * `nixId`s, costs what its rows cost, not what its 2^32 buckets would, so that no approved batch stops a follower.
 * @param delta strictly ascending by `nixId`
 * @throws CatnixError CAT_FULL, CAT_TREE_INVALID, CAT_BUCKET_INVALID, CAT_ROW_INVALID, and what `getChunk` throws
 */
export async function applyDelta(parent: Cat, delta: readonly Row[], getChunk: GetChunk): Promise<CatUpdate> {
  const limit = pLimit(PARALLEL_READS);
  const read: GetChunk = (address) => limit(() => getChunk(address));
  const update = new Update(parent, read);
  const byBucket = new Map<number, Row[]>();
  for (const row of delta) {
    const number = bucketNumber(row.nixId, parent.depth);
    const rows = byBucket.get(number);
    if (rows) rows.push(row);
    else byBucket.set(number, [row]);
  }
  const root = await update.rewrite(countLevels(parent.depth), 0, parent.root, byBucket);
  if (root !== undefined) return { ...update.result(), cat: { root, depth: parent.depth } };
  return grow(parent, delta, read);
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
  return { ...buildCat(rows, findDepth(rows, parent.depth)), replaced, rows: rows.length };
}

/** Rows are ascending, so those of one bucket stand together: no bucket may hold a row and the 64th one after it. */
function findDepth(rows: readonly Row[], parentDepth: number): number {
  let depth = parentDepth;
  for (let i = ROWS_PER_BUCKET; i < rows.length; i++) {
    const [first, last] = [rows[i - ROWS_PER_BUCKET]!.nixId, rows[i]!.nixId];
    while (bucketNumber(first, depth) === bucketNumber(last, depth)) {
      if (depth === MAX_DEPTH) throw new CatnixError("CAT_FULL", { depth });
      depth++;
    }
  }
  return depth;
}
