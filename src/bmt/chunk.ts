import { concatBytes, equalBytes } from "../encoding/bytes.js";
import { toHex } from "../encoding/hex.js";
import { keccak256 } from "../encoding/keccak.js";
import { CatnixError } from "../errors/catnix-error.js";
import { bmtRoot } from "./bmt-root.js";
import { MAX_CHUNK_DATA_SIZE, SPAN_SIZE } from "./constants.js";
import { parseFileNode } from "./file-node.js";
import { encodeSpan } from "./span.js";

/** A content-addressed chunk: `address` (32 bytes) and `data`, the span (8 bytes) followed by the payload (up to 4,096). */
export interface Chunk {
  readonly address: Uint8Array;
  readonly data: Uint8Array;
}

/**
 * `keccak256(span ‖ root)`: the address of a content-addressed chunk, 32 bytes (Bee: pkg/cac).
 * @param span bytes of the file below this chunk; for a leaf the payload's length
 * @throws RangeError where the payload is longer than 4,096 bytes or the span is no unsigned 64-bit integer
 */
export function chunkAddress(span: bigint | number, payload: Uint8Array): Uint8Array {
  return keccak256(encodeSpan(span), bmtRoot(payload));
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
  return keccak256(data.subarray(0, SPAN_SIZE), bmtRoot(data.subarray(SPAN_SIZE)));
}

/**
 * Returns `data` (span ‖ payload) where it is the content of `address`. The hash does not tell zeros at the end of a payload
 * from padding; the shape does, so that an address has one content only.
 * @throws CatnixError `SWARM_MISMATCH` where it hashes to another address; `SWARM_CHUNK_INVALID` where it is no node of a
 * plain file ({@link parseFileNode})
 */
export function verifyChunk(address: Uint8Array, data: Uint8Array): Uint8Array {
  const actual = addressOfChunkData(data);
  if (!equalBytes(actual, address)) {
    throw new CatnixError("SWARM_MISMATCH", { address: toHex(address), actual: toHex(actual) });
  }
  parseFileNode(address, data);
  return data;
}
