import { concatBytes, equalBytes } from "../encoding/bytes.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import { INPUT, LEAVES, memory, takeHashes, wasm } from "../wasm/instance.js";
import { CHUNK_SIZE, MAX_CHUNK_DATA_SIZE, SPAN_SIZE } from "./constants.js";
import { fitPayload, parseFileNode } from "./file-node.js";
import { encodeSpan, writeSpan } from "./span.js";

const view = new DataView(memory.buffer);
/** Where the module wants a chunk's data: the span, and the payload right behind it, where all input goes. */
const DATA = wasm.span.value;

/** A content-addressed chunk: `address` (32 bytes) and `data`, the span (8 bytes) followed by the payload (up to 4,096). */
export interface Chunk {
  readonly address: Uint8Array;
  readonly data: Uint8Array;
}

/**
 * `keccak256(span ‖ root)`: the address of a content-addressed chunk, 32 bytes (Bee: pkg/cac). The root is that of the binary
 * Merkle tree over the payload, zero-padded to 4,096 bytes: 128 segments of 32 bytes, keccak-256 of each pair (Bee: pkg/bmt).
 * A short payload costs hashes for what it holds, not for its padding.
 * @param span bytes of the file below this chunk; for a leaf the payload's length
 * @throws RangeError where the payload is longer than 4,096 bytes or the span is no unsigned 64-bit integer
 */
export function chunkAddress(span: bigint | number, payload: Uint8Array): Uint8Array {
  if (payload.length > CHUNK_SIZE) throw new RangeError(`payload of ${payload.length} bytes is longer than a chunk`);
  writeSpan(span, view, DATA);
  memory.set(payload, INPUT);
  wasm.chunkAddress(payload.length);
  return takeHashes();
}

/** Full leaves whose addresses are computed in one call. */
export const MAX_LEAVES = LEAVES;

/**
 * Addresses of full leaves that stand one after the other: 32 bytes for each 4,096. Faster than one by one.
 * @throws RangeError where `leaves` has more than {@link MAX_LEAVES}, or one that is not full
 */
export function leafAddresses(leaves: Uint8Array): Uint8Array {
  const count = leaves.length / CHUNK_SIZE;
  if (!Number.isInteger(count) || count > MAX_LEAVES) throw new RangeError(`${leaves.length} bytes are no full leaves`);
  memory.set(leaves, INPUT);
  wasm.leafAddresses(count);
  return takeHashes(count);
}

/** The chunk of this span and payload; throws like {@link chunkAddress}. */
export function makeChunk(span: bigint | number, payload: Uint8Array): Chunk {
  return { address: chunkAddress(span, payload), data: concatBytes(encodeSpan(span), payload) };
}

/**
 * The address that `data` (span ‖ payload) hashes to.
 * @throws CatnixError `SWARM_CHUNK_INVALID` where `data` is shorter than a span or longer than a chunk
 */
export function addressOfChunkData(data: Uint8Array): Uint8Array {
  if (data.length < SPAN_SIZE || data.length > MAX_CHUNK_DATA_SIZE) {
    throw new CatnixError("SWARM_CHUNK_INVALID", { reason: `${data.length} bytes long` });
  }
  memory.set(data, DATA);
  wasm.chunkAddress(data.length - SPAN_SIZE);
  return takeHashes();
}

/**
 * The chunk that `data` (span ‖ payload) is, which need not be compared with any address, in its one form ({@link fitPayload}).
 * @throws CatnixError `SWARM_CHUNK_INVALID` where it is no node of a plain file ({@link parseFileNode})
 */
export function parseChunk(data: Uint8Array): Chunk {
  const address = addressOfChunkData(data);
  const fitted = fitPayload(data);
  parseFileNode(address, fitted);
  return { address, data: fitted };
}

/**
 * Reads `data` (span ‖ payload) as the content of `address`. The hash does not tell zeros at the end of a payload from
 * padding; the span does, so that an address has one content only, whichever form a node has ({@link fitPayload}).
 * @throws CatnixError `SWARM_MISMATCH` where it hashes to another address; `SWARM_CHUNK_INVALID` where it is no node of a
 * plain file ({@link parseFileNode})
 */
export function verifyChunk(address: Uint8Array, data: Uint8Array): Uint8Array {
  const actual = addressOfChunkData(data);
  if (!equalBytes(actual, address)) {
    throw new CatnixError("SWARM_MISMATCH", { address: toHex(address), actual: toHex(actual) });
  }
  const fitted = fitPayload(data);
  parseFileNode(address, fitted);
  return fitted;
}
