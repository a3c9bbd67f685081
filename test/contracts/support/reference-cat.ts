import { hexlify } from "ethers";
import { concatBytes } from "../../../src/encoding/bytes.js";
import { fromHex } from "../../../src/encoding/hex.js";
import { keccak256 } from "../../../src/encoding/keccak.js";

/** A row of the reference CAT; values are 0x-hex in lower case. */
export interface CatRow {
  nixId: string; // 20 bytes
  seq: bigint;
  swarmId: string; // 32 bytes
}

export interface RowProof {
  slot: number;
  siblings: string[];
}

const bucketOf = (nixId: string, depth: number): bigint => BigInt(nixId) >> BigInt(160 - depth);

/** The 64 bytes of a row. */
export function encodeRow({ nixId, seq, swarmId }: CatRow): Uint8Array {
  const row = Buffer.alloc(64);
  row.set(fromHex(nixId.slice(2), 20));
  row.writeBigUInt64BE(seq, 24);
  row.set(fromHex(swarmId.slice(2), 32), 32);
  return row;
}

/** All levels of a chunk's binary tree over 128 segments of 32 bytes, segments first. */
function hashLevels(payload: Uint8Array): Uint8Array[][] {
  const padded = concatBytes(payload, new Uint8Array(4096 - payload.length));
  let level = Array.from({ length: 128 }, (_, i) => padded.subarray(32 * i, 32 * i + 32));
  const levels = [level];
  while (level.length > 1) {
    level = Array.from({ length: level.length / 2 }, (_, i) => keccak256(level[2 * i]!, level[2 * i + 1]!));
    levels.push(level);
  }
  return levels;
}

/** The Swarm address of a chunk. */
export function hashChunk(payload: Uint8Array, span: bigint): Uint8Array {
  const spanBytes = Buffer.alloc(8);
  spanBytes.writeBigUInt64LE(span);
  return keccak256(spanBytes, hashLevels(payload).at(-1)![0]!);
}

/** One level of the file's tree: the payloads of its chunks, those that equal the level's empty one left out. */
interface FileLevel {
  count: bigint;
  span: bigint;
  empty: Uint8Array;
  payloads: Map<bigint, Uint8Array>;
}

function buildLevelAbove(below: FileLevel): FileLevel {
  const children = below.count < 128n ? Number(below.count) : 128;
  const empty = hashChunk(below.empty, below.span);
  const addresses = new Map([...below.payloads].map(([index, payload]) => [index, hashChunk(payload, below.span)]));
  const join = (first: bigint): Uint8Array =>
    concatBytes(...Array.from({ length: children }, (_, i) => addresses.get(first + BigInt(i)) ?? empty));
  return {
    count: (below.count + 127n) / 128n,
    span: below.span * BigInt(children),
    empty: join(-128n),
    payloads: new Map([...addresses.keys()].map((index) => [index / 128n, join((index / 128n) * 128n)])),
  };
}

/**
 * The CAT with these rows, computed in the plainest way and without the project's own code for it, to hold the contract's
 * proofs against. Empty buckets are not spelled out, so that any depth up to 32 is quick.
 */
export class ReferenceCat {
  /** Its Swarm address, 0x-hex. */
  readonly root: string;
  readonly #levels: FileLevel[] = [];
  readonly #rows: CatRow[];

  constructor(
    rows: readonly CatRow[],
    readonly depth: number,
  ) {
    this.#rows = [...rows].sort((a, b) => (a.nixId < b.nixId ? -1 : 1));
    const buckets = new Map<bigint, Uint8Array>();
    for (const row of this.#rows) {
      const index = bucketOf(row.nixId, depth);
      buckets.set(index, concatBytes(buckets.get(index) ?? new Uint8Array(), encodeRow(row)));
    }
    let level: FileLevel = { count: 1n << BigInt(depth), span: 4096n, empty: new Uint8Array(), payloads: buckets };
    this.#levels.push(level);
    while (level.count > 1n) this.#levels.push((level = buildLevelAbove(level)));
    this.root = hexlify(hashChunk(level.payloads.get(0n) ?? level.empty, level.span));
  }

  /** The whole file, bucket after bucket: only for small depths. */
  toBytes(): Uint8Array {
    const { count, payloads } = this.#levels[0]!;
    const file = new Uint8Array(4096 * Number(count));
    for (const [index, payload] of payloads) file.set(payload, 4096 * Number(index));
    return file;
  }

  /** @throws RangeError where there is no such row */
  prove(nixId: string): RowProof {
    let chunk = bucketOf(nixId, this.depth);
    const bucket = this.#rows.filter((row) => bucketOf(row.nixId, this.depth) === chunk);
    const slot = bucket.findIndex((row) => row.nixId === nixId);
    if (slot < 0) throw new RangeError(`no such row: ${nixId}`);
    const siblings: string[] = [];
    let segment = 2 * slot;
    for (const [height, level] of this.#levels.entries()) {
      const tree = hashLevels(level.payloads.get(chunk) ?? level.empty);
      // In a bucket the proof starts at the row's hash, above its two segments.
      for (let i = height === 0 ? 1 : 0; i < 7; i++) siblings.push(hexlify(tree[i]![(segment >> i) ^ 1]!));
      segment = Number(chunk % 128n);
      chunk /= 128n;
    }
    return { slot, siblings };
  }
}

/** A row named by its label, at a place in the whole range of `nixId`s that only looks random. */
export function sampleRow(label: string, seq: bigint): CatRow {
  const hash = (kind: string): Uint8Array => keccak256(Buffer.from(`${kind} ${label}`));
  return { nixId: hexlify(hash("nixId").subarray(0, 20)), seq, swarmId: hexlify(hash("swarmId")) };
}
