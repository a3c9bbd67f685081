import { concatBytes, isZero } from "../encoding/bytes.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import { BRANCHES, CHUNK_SIZE, MAX_CHUNK_DATA_SIZE, SEGMENT_SIZE, SPAN_SIZE } from "./constants.js";
import { decodeSpan } from "./span.js";

/** A chunk seen as a node of a file's tree: a leaf with bytes of the file, or the nodes below it, in file order. */
export type FileNode =
  | { readonly span: number; readonly bytes: Uint8Array }
  | { readonly span: number; readonly children: readonly { readonly address: Uint8Array; readonly span: number }[] };

/**
 * Reads a chunk's data as a node of a file. A span decides the whole shape below it, so that everything is checked here:
 * a leaf holds exactly its span, an intermediate chunk as many children as its span needs, each child full but the
 * last. Depth is bounded because a child's span is smaller than its parent's and spans end at 2^53 - 1.
 * @param address 32 bytes, for messages; `data` must already be verified against it
 * @param span what the parent says; a root has none
 * @throws CatnixError `SWARM_CHUNK_INVALID` where the chunk has another shape
 */
export function parseFileNode(address: Uint8Array, data: Uint8Array, span?: number): FileNode {
  const fail = (reason: string) => new CatnixError("SWARM_CHUNK_INVALID", { address: toHex(address), reason });
  if (data.length < SPAN_SIZE || data.length > MAX_CHUNK_DATA_SIZE) throw fail(`${data.length} bytes long`);
  const stated = decodeSpan(data);
  // Bee marks erasure-coded roots in the span's top byte: those end here too.
  if (stated > BigInt(Number.MAX_SAFE_INTEGER)) throw fail(`span ${stated}`);
  const own = Number(stated);
  if (span !== undefined && own !== span) throw fail(`span ${own} where its parent says ${span}`);
  const payload = data.subarray(SPAN_SIZE);
  if (own <= CHUNK_SIZE) {
    if (payload.length !== own) throw fail(`span ${own} with ${payload.length} bytes of payload`);
    return { span: own, bytes: payload };
  }
  const full = spanOfFullChild(own);
  const count = Math.ceil(own / full);
  if (payload.length !== payloadSizeOf(own)) throw fail(`span ${own} with ${payload.length} bytes of addresses`);
  const children = Array.from({ length: count }, (_, at) => ({
    address: payload.subarray(SEGMENT_SIZE * at, SEGMENT_SIZE * (at + 1)),
    span: Math.min(full, own - full * at),
  }));
  return { span: own, children };
}

/**
 * Span ‖ payload with the payload as long as the span says: without zeros at its end that are too many, or with those that were
 * left out. The address is the same, since a payload is hashed with zeros up to 4,096 bytes: anybody can give a node the
 * other forms of a chunk, and to refuse them would let anybody take the chunk away from its readers. What cannot be brought into
 * this form comes back as it is; {@link parseFileNode} says why.
 * @param data at least 8 bytes
 */
export function fitPayload(data: Uint8Array): Uint8Array {
  const span = decodeSpan(data);
  if (span > BigInt(Number.MAX_SAFE_INTEGER)) return data;
  const size = SPAN_SIZE + payloadSizeOf(Number(span));
  if (data.length === size || !isZero(data.subarray(size))) return data;
  return concatBytes(data.subarray(0, size), new Uint8Array(Math.max(0, size - data.length)));
}

/** Bytes of the payload of a chunk of `span` bytes, an integer from 0 to 2^53 - 1: what it holds, or its children's addresses. */
function payloadSizeOf(span: number): number {
  return span <= CHUNK_SIZE ? span : Math.ceil(span / spanOfFullChild(span)) * SEGMENT_SIZE;
}

/** Span of every child but the last below a chunk of `span` > 4,096 bytes: the largest 4096 * 128^n smaller than it. */
function spanOfFullChild(span: number): number {
  let full = CHUNK_SIZE;
  while (full * BRANCHES < span) full *= BRANCHES;
  return full;
}
