import { z } from "zod";
import { account, word } from "../cat/json-fields.js";
import { compareBytes, concatBytes } from "../encoding/bytes.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { decodeCanonicalBase64, parsePublicKey } from "../nix/signing-key.js";
import { formatHashPart, parseHashPart } from "../nix/store-path.js";

const FORMAT = "catnix-signatures/1";
/** Bytes of the first line at most, its end excepted. */
const MAX_HEAD = 4096;
/** Bytes of a further line: 32 of nix-base32, the key's number, 88 of base64, two spaces and the line's end. */
const LINE = 124;
/** Signatures of one list: as many as rows of a batch that anybody follows. */
const MAX_SIGNATURES = 2 ** 24;
/** Bytes of an Ed25519 signature. */
const SIGNATURE_SIZE = 64;

const [LF, SPACE, ZERO] = [0x0a, 0x20, 0x30];

/** Bytes of a list with so many signatures, at most. */
export function maxListSize(signatures: number): number {
  return MAX_HEAD + 1 + LINE * signatures;
}

/** The first line of a list; docs/schema/signatures-1.json is made from it. */
export const signatureListHeadSchema = z.strictObject({
  format: z.literal(FORMAT),
  chainId: z.int().min(1),
  registry: account,
  seq: z.int().min(1).describe("of the batch"),
  digest: word.describe("of the batch"),
  member: account.describe("the member in the registry"),
  keys: z
    .array(z.string().max(300).refine(isPublicKey, "<name>:<base64 of 32 bytes>"))
    .min(1)
    .max(2)
    .refine((keys) => keys.length < 2 || keys[0]! < keys[1]!, "strictly ascending")
    .describe("the keys that signed, as trusted-public-keys has them"),
  signatures: z.int().min(1).max(MAX_SIGNATURES).describe("lines that follow"),
});

/** Whose signatures they are, and of which batch. */
export type SignatureListHead = z.output<typeof signatureListHeadSchema>;

/** A path of the batch with its signature. */
export interface ListedSignature {
  /** 20 bytes. */
  readonly nixId: Uint8Array;
  /** Which of the list's keys made it, from 0. */
  readonly key: number;
  /** 64 bytes, over Nix's fingerprint of the path's record. */
  readonly signature: Uint8Array;
}

/**
 * The canonical bytes of a member's signatures for one batch (docs/spec.md, Signature list).
 * @param signatures at least one, strictly ascending by `nixId` as bytes; each key signs something
 * @throws RangeError where they are not, or the head is none
 */
export function formatSignatureList(
  head: Omit<SignatureListHead, "format" | "signatures">,
  signatures: readonly ListedSignature[],
): Uint8Array {
  const first = formatHead({ format: FORMAT, ...head, signatures: signatures.length });
  const checked = signatureListHeadSchema.safeParse(JSON.parse(first));
  if (!checked.success) throw new RangeError(`no head of a list: ${checked.error.message}`);
  const bytes = new Uint8Array(first.length + 1 + LINE * signatures.length).fill(LF);
  const text = Buffer.from(bytes.buffer);
  let at = text.write(first, "latin1") + 1;
  const check = new EntryCheck(checked.data);
  for (const entry of signatures) {
    const fault = entry.signature.length === SIGNATURE_SIZE ? check.findFault(entry) : "a signature is not of 64 bytes";
    if (fault !== undefined) throw new RangeError(fault);
    text.write(`${formatHashPart(entry.nixId)} ${entry.key} ${toBase64(entry.signature)}`, at, "latin1");
    at += LINE;
  }
  const fault = check.findLastFault();
  if (fault !== undefined) throw new RangeError(fault);
  return bytes;
}

/**
 * Strict inverse of {@link formatSignatureList}: only the canonical bytes are accepted. Nothing is said about who made the
 * signatures. No more of the list than a piece of `body` is held.
 * @param list where it is from, for messages
 * @param onHead given the first line before any other is read; what it throws ends the reading
 * @throws CatnixError SIGNATURE_LIST_INVALID, maybe after some of it; what `body` throws
 */
export async function* readSignatureList(
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  list: string,
  onHead: (head: SignatureListHead) => void,
): AsyncGenerator<ListedSignature[], void> {
  const invalid = (reason: string, cause?: unknown) =>
    new CatnixError("SIGNATURE_LIST_INVALID", { list, reason }, { cause });
  let held: Uint8Array = new Uint8Array();
  let check: EntryCheck | undefined;
  for await (const piece of body) {
    held = held.length === 0 ? piece : concatBytes(held, piece);
    if (check === undefined) {
      const end = held.indexOf(LF);
      if (end > MAX_HEAD || (end < 0 && held.length > MAX_HEAD))
        throw invalid(`its first line is longer than ${MAX_HEAD} bytes`);
      if (end < 0) continue;
      const head = parseHead(held.subarray(0, end), invalid);
      onHead(head);
      check = new EntryCheck(head);
      held = held.subarray(end + 1);
    }
    const whole = held.length - (held.length % LINE);
    const entries: ListedSignature[] = [];
    for (let at = 0; at < whole; at += LINE) {
      const entry = parseLine(held.subarray(at, at + LINE), invalid);
      const fault = check.findFault(entry);
      if (fault !== undefined) throw invalid(fault);
      entries.push(entry);
    }
    held = held.subarray(whole);
    if (entries.length > 0) yield entries;
  }
  if (check === undefined) throw invalid("its first line has no end");
  if (held.length > 0) throw invalid("its last line is not whole");
  const fault = check.findLastFault();
  if (fault !== undefined) throw invalid(fault);
}

/** Looks at the entries of a list one after the other: each on its own may be right, and all of them together no list. */
class EntryCheck {
  #count = 0;
  #last: Uint8Array | undefined;
  readonly #used = new Set<number>();

  constructor(readonly head: SignatureListHead) {}

  findFault({ nixId, key }: ListedSignature): string | undefined {
    if (++this.#count > this.head.signatures) return `it has more than the ${this.head.signatures} signatures it says`;
    if (key < 0 || key >= this.head.keys.length) return `it has no key ${key}`;
    if (this.#last && compareBytes(this.#last, nixId) >= 0) return "its lines are not strictly ascending";
    this.#last = nixId;
    this.#used.add(key);
    return undefined;
  }

  findLastFault(): string | undefined {
    const { signatures, keys } = this.head;
    if (this.#count < signatures) return `it has ${this.#count} of the ${signatures} signatures it says`;
    if (this.#used.size < keys.length) return "one of its keys signed nothing";
    return undefined;
  }
}

type Invalid = (reason: string, cause?: unknown) => CatnixError;

function parseHead(bytes: Uint8Array, invalid: Invalid): SignatureListHead {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw invalid((error as Error).message, error);
  }
  const parsed = signatureListHeadSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(`${issue!.path.join(".") || "its first line"}: ${issue!.message}`);
  }
  if (compareBytes(Buffer.from(formatHead(parsed.data)), bytes) !== 0)
    throw invalid("its first line is not in canonical form");
  return parsed.data;
}

function formatHead({ format, chainId, registry, seq, digest, member, keys, signatures }: SignatureListHead): string {
  return JSON.stringify({ format, chainId, registry, seq, digest, member, keys, signatures });
}

function parseLine(line: Uint8Array, invalid: Invalid): ListedSignature {
  if (line[LINE - 1] !== LF || line[32] !== SPACE || line[34] !== SPACE) throw invalid("a line is not of its form");
  const text = Buffer.from(line.buffer, line.byteOffset, LINE).toString("latin1");
  const signature = decodeCanonicalBase64(text.slice(35, LINE - 1), SIGNATURE_SIZE);
  if (signature === undefined) throw invalid("a signature is not base64 of 64 bytes");
  try {
    return { nixId: parseHashPart(text.slice(0, 32)), key: line[33]! - ZERO, signature };
  } catch (error) {
    if (isCatnixError(error, "STORE_PATH_INVALID")) throw invalid(error.message, error);
    throw error;
  }
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}

/** Of printable ASCII: a list is text in one encoding, and a key's name stands in a narinfo. */
function isPublicKey(text: string): boolean {
  try {
    return /^[\x21-\x7e]+$/.test(text) && parsePublicKey(text).bytes.length > 0;
  } catch (error) {
    if (isCatnixError(error, "NIX_KEY_INVALID")) return false;
    throw error;
  }
}
