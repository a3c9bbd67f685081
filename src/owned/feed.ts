import { makeChunk, type Chunk } from "../bmt/chunk.js";
import { SPAN_SIZE } from "../bmt/constants.js";
import { keccak256 } from "../encoding/keccak.js";
import { ID_SIZE } from "./owned-chunk.js";

/** Bytes of a topic. */
export const TOPIC_SIZE = 32;

/** A sequence of owned chunks, numbered from 0, of which the last counts (Bee: pkg/feeds/sequence). */
export interface Feed {
  /** 20 bytes. */
  readonly owner: Uint8Array;
  /** 32 bytes. */
  readonly topic: Uint8Array;
}

/**
 * What an update says. Both forms are Bee's: of old it names content, of late it holds the root chunk of the content itself.
 * A payload of
 * exactly 40 bytes counts as the first, where its time is one below 2^53.
 */
export type FeedUpdate =
  | { readonly kind: "reference"; readonly reference: Uint8Array; readonly timestamp: number }
  | { readonly kind: "content"; readonly root: Chunk };

/** `time (8, big endian) ‖ reference (32)`. */
const REFERENCE_UPDATE_SIZE = 40;

/** A topic that has a name: keccak-256 of its UTF-8, as bee-js has it. */
export function topicOf(name: string): Uint8Array {
  return keccak256(Buffer.from(name));
}

/**
 * The identifier of update `index`: `keccak256(topic ‖ index as 8 bytes, big endian)`, 32 bytes.
 * @param topic 32 bytes
 * @throws RangeError where `topic` is of another length or `index` no integer from 0 to 2^53 - 1
 */
export function feedId(topic: Uint8Array, index: number): Uint8Array {
  if (topic.length !== TOPIC_SIZE) throw new RangeError(`a topic of ${topic.length} bytes`);
  return keccak256(topic, encodeFeedIndex(index));
}

/**
 * An index as it is signed and as headers have it: 8 bytes, big endian.
 * @throws RangeError where `index` is no integer from 0 to 2^53 - 1
 */
export function encodeFeedIndex(index: number): Uint8Array {
  if (!Number.isSafeInteger(index) || index < 0) throw new RangeError(`not an index of a feed: ${index}`);
  return encodeBigEndian(index);
}

/**
 * The chunk to sign for an update that names content.
 * @param reference address of the content, 32 bytes
 * @param timestamp seconds since 1970; for people, nobody decides by it
 * @throws RangeError where they are not
 */
export function makeReferenceUpdate(reference: Uint8Array, timestamp: number): Chunk {
  if (reference.length !== ID_SIZE) throw new RangeError(`a reference of ${reference.length} bytes`);
  if (!Number.isSafeInteger(timestamp) || timestamp < 0) throw new RangeError(`not a time: ${timestamp}`);
  const payload = new Uint8Array(REFERENCE_UPDATE_SIZE);
  payload.set(encodeBigEndian(timestamp));
  payload.set(reference, 8);
  return makeChunk(payload.length, payload);
}

/** What the chunk wrapped by an update means. */
export function readFeedUpdate(wrapped: Chunk): FeedUpdate {
  const payload = wrapped.data.subarray(SPAN_SIZE);
  if (payload.length !== REFERENCE_UPDATE_SIZE) return { kind: "content", root: wrapped };
  const timestamp = new DataView(payload.buffer, payload.byteOffset, 8).getBigUint64(0);
  // Nobody's clock says so: content that happens to be 40 bytes long.
  if (timestamp > BigInt(Number.MAX_SAFE_INTEGER)) return { kind: "content", root: wrapped };
  return { kind: "reference", reference: payload.subarray(8), timestamp: Number(timestamp) };
}

function encodeBigEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}
