import { concatBytes, equalBytes, isZero } from "../encoding/bytes.js";
import { fromHex, toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";

/** Bytes of an address; encrypted ones, of 64 bytes, are refused. */
export const REFERENCE_SIZE = 32;
/** Bytes of a path that one fork takes at most. */
export const MAX_PREFIX_SIZE = 30;
/** Bytes of a node that is still read. Bee has no limit; a thousand files in one folder take 100 KiB. */
export const MAX_NODE_SIZE = 1 << 20;

/** Bytes of the key with which everything after it is XORed; catnix writes zeros, as Bee does where nothing is encrypted. */
const KEY_SIZE = 32;
/** The first 31 bytes of keccak256("mantaray:0.2"). */
const VERSION = fromHex("5768b3b6a7db56d21d1abff40d41cebfc83448fed8d7e9b06ec0d3b073f28f", 31);
const HEADER_SIZE = KEY_SIZE + VERSION.length + 1;
/** A bit for each byte that a fork may begin with, the lowest bit of the first byte for 0. */
const INDEX_SIZE = 32;
/** Type, length of the prefix, prefix and its padding. */
const FORK_HEAD_SIZE = 2 + MAX_PREFIX_SIZE;
const METADATA_LENGTH_SIZE = 2;
const MAX_METADATA_SIZE = 0xffff;

/** Bits of a fork's type (Bee: pkg/manifest/mantaray/node.go). */
export const TYPE = { value: 2, edge: 4, withSeparator: 8, withMetadata: 16 } as const;

/** Text by name; what there is for a site is in docs/spec.md. */
export type Metadata = Readonly<Record<string, string>>;

/** Where paths go on that begin with `prefix`. */
export interface Fork {
  /** Bits of {@link TYPE}. */
  readonly type: number;
  /** 1 to 30 bytes. */
  readonly prefix: Uint8Array;
  /** Address of the next node's bytes. */
  readonly reference: Uint8Array;
  readonly metadata: Metadata;
}

/** One node of a mantaray manifest, version 0.2: a trie of paths on Swarm (Bee: pkg/manifest/mantaray). */
export interface ManifestNode {
  /** What the path that ends here leads to; undefined where it is a folder or has metadata only. */
  readonly entry: Uint8Array | undefined;
  /** By the byte that their prefixes begin with. */
  readonly forks: ReadonlyMap<number, Fork>;
}

/**
 * Reads a node strictly; what follows its last fork counts for nothing, as with Bee.
 * @param address where it is from, for messages
 * @throws CatnixError `MANIFEST_INVALID`
 */
export function parseManifestNode(bytes: Uint8Array, address: Uint8Array): ManifestNode {
  const fail = (reason: string) => new CatnixError("MANIFEST_INVALID", { address: toHex(address), reason });
  if (bytes.length > MAX_NODE_SIZE) throw fail(`a node of ${bytes.length} bytes`);
  if (bytes.length < HEADER_SIZE) throw fail("it is too short");
  const plain = bytes.map((byte, at) => (at < KEY_SIZE ? byte : byte ^ bytes[at % KEY_SIZE]!));
  if (!equalBytes(plain.subarray(KEY_SIZE, HEADER_SIZE - 1), VERSION)) throw fail("it is of no known version");
  let at = HEADER_SIZE;
  const take = (size: number) => {
    if (plain.length - at < size) throw fail("it ends too soon");
    return plain.subarray(at, (at += size));
  };
  const referenceSize = plain[HEADER_SIZE - 1]!;
  if (referenceSize !== 0 && referenceSize !== REFERENCE_SIZE) throw fail(`references of ${referenceSize} bytes`);
  const entry = take(referenceSize);
  const index = take(INDEX_SIZE);
  if (referenceSize === 0 && !isZero(index)) throw fail("forks without references");
  const forks = new Map<number, Fork>();
  for (let first = 0; first < 256; first++) {
    if ((index[first >> 3]! & (1 << (first & 7))) === 0) continue;
    const head = take(FORK_HEAD_SIZE);
    const [type, length] = [head[0]!, head[1]!];
    if (length === 0 || length > MAX_PREFIX_SIZE) throw fail(`a prefix of ${length} bytes`);
    const prefix = head.subarray(2, 2 + length);
    if (prefix[0] !== first) throw fail("a fork under another byte than it begins with");
    const reference = take(REFERENCE_SIZE);
    let metadata: Metadata = {};
    if ((type & TYPE.withMetadata) !== 0) {
      const [high, low] = take(METADATA_LENGTH_SIZE);
      const parsed = parseMetadata(take(high! * 256 + low!));
      if (parsed === undefined) throw fail("metadata that are no JSON object of texts");
      metadata = parsed;
    }
    forks.set(first, { type, prefix, reference, metadata });
  }
  return { entry: isZero(entry) ? undefined : entry, forks };
}

/** What a node is written from. */
export interface NodeContent {
  /** 32, or 0 for a node of metadata only to which nothing else was ever added: Bee's own form. */
  readonly referenceSize: number;
  /** 32 bytes, or undefined for zeros. */
  readonly entry: Uint8Array | undefined;
  readonly forks: readonly Fork[];
}

/**
 * A node's bytes, as Bee writes them: not obfuscated, forks ascending by their first byte, metadata padded to 32 bytes.
 * @throws RangeError where metadata take more than 65,535 bytes
 */
export function encodeManifestNode({ referenceSize, entry, forks }: NodeContent): Uint8Array {
  const header = new Uint8Array(HEADER_SIZE);
  header.set(VERSION, KEY_SIZE);
  header[HEADER_SIZE - 1] = referenceSize;
  const target = new Uint8Array(referenceSize);
  if (entry !== undefined && referenceSize > 0) target.set(entry);
  const index = new Uint8Array(INDEX_SIZE);
  const sorted = [...forks].sort((a, b) => a.prefix[0]! - b.prefix[0]!);
  for (const { prefix } of sorted) index[prefix[0]! >> 3]! |= 1 << (prefix[0]! & 7);
  return concatBytes(header, target, index, ...sorted.map(encodeFork));
}

function encodeFork({ type, prefix, reference, metadata }: Fork): Uint8Array {
  const head = new Uint8Array(FORK_HEAD_SIZE);
  head.set([type, prefix.length]);
  head.set(prefix, 2);
  if ((type & TYPE.withMetadata) === 0) return concatBytes(head, reference);
  const json = Buffer.from(toGoJson(metadata));
  const size = METADATA_LENGTH_SIZE + json.length;
  // What is 32 bytes long gets no padding; what is a larger multiple gets 32 bytes of it. So does Bee.
  const padding = size === KEY_SIZE ? 0 : KEY_SIZE - (size % KEY_SIZE);
  const length = json.length + padding;
  if (length > MAX_METADATA_SIZE) throw new RangeError(`metadata of ${length} bytes`);
  const padded = new Uint8Array(METADATA_LENGTH_SIZE + length).fill(0x0a);
  padded.set([length >> 8, length & 0xff]);
  padded.set(json, METADATA_LENGTH_SIZE);
  return concatBytes(head, reference, padded);
}

/** JSON as Go's encoder writes a map of texts: keys sorted by their bytes, what means something in HTML escaped. */
function toGoJson(metadata: Metadata): string {
  const keys = Object.keys(metadata).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const pairs = keys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(metadata[key])}`);
  return `{${pairs.join(",")}}`.replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function parseMetadata(bytes: Uint8Array): Metadata | undefined {
  if (bytes.length === 0) return {};
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const entries = Object.entries(value);
    if (!entries.every((entry): entry is [string, string] => typeof entry[1] === "string")) return undefined;
    // Names like "__proto__" are names like any other.
    return Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(entries));
  } catch {
    return undefined;
  }
}
