import type { RegistryId } from "../cat/batch.js";
import { readAccepted } from "../cat/record.js";
import { formatRecordFingerprint } from "../cat/record-fingerprint.js";
import { SPAN_SIZE } from "../bmt/constants.js";
import { fromHex, toHex } from "../encoding/hex.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import type { DueList, FollowedMember, MemberSignaturesWriter, VerifiedSignature } from "../index/member-signatures.js";
import { signaturesId } from "../members/identifiers.js";
import {
  type ListedSignature,
  maxListSize,
  readSignatureList,
  type SignatureListHead,
} from "../members/signature-list.js";
import { verifySignatureBytes } from "../nix/signature.js";
import { parsePublicKey, type PublicKey } from "../nix/signing-key.js";
import type { ContentStore } from "../swarm/content-store.js";
import type { OwnedChunkStore } from "../swarm/owned-chunk-store.js";

export interface TakeSignaturesOptions {
  readonly registry: RegistryId;
  readonly storeDir: string;
  readonly signatures: MemberSignaturesWriter;
  /** Where the lists come from. */
  readonly store: ContentStore;
  /** Where the members say which list it is. */
  readonly owned: Pick<OwnedChunkStore, "getOwned">;
  /** Runs one such thing at a time: other work of this process wants threads as well. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  readonly signal: AbortSignal;
}

/** Signatures that are taken into the index at once: some milliseconds. */
const SAVED_AT_ONCE = 1024;
/** Signatures that are verified at once: whoever asks the relay meanwhile waits some milliseconds at most. */
const VERIFIED_AT_ONCE = 128;

/** An address in an owned chunk, in bytes. */
const ADDRESS_SIZE = 32;

/**
 * The list that a member's owned chunk names at the moment.
 * @returns 64 hex digits
 * @throws CatnixError SWARM_NOT_FOUND where the member published none; SIGNATURE_LIST_INVALID where it is no address;
 * OWNED_CHUNK_INVALID, `SWARM_…`
 */
export async function findSignatureList(
  member: FollowedMember,
  seq: number,
  { registry, owned, signal }: Pick<TakeSignaturesOptions, "registry" | "owned" | "signal">,
): Promise<string> {
  const owner = fromHex(member.ownedKey.slice(2).toLowerCase(), 20);
  const { wrapped } = await owned.getOwned(owner, signaturesId(registry, seq), { signal });
  const payload = wrapped.data.subarray(SPAN_SIZE);
  if (payload.length === ADDRESS_SIZE) return toHex(payload);
  const list = `the owned chunk of ${member.name} for batch ${seq}`;
  throw new CatnixError("SIGNATURE_LIST_INVALID", { list, reason: `it holds ${payload.length} bytes` });
}

/**
 * Reads a member's list of one batch, and takes in each signature of a record that the batch set, once the key that the
 * charter names has verified it. What was verified before something turned out wrong stays.
 * @param address 64 hex digits
 * @returns how many were new
 * @throws CatnixError SIGNATURE_LIST_INVALID, SIGNATURE_LIST_OF_ANOTHER, SIGNATURE_WRONG, where nothing more is to be had of
 * this list; `SWARM_…`, DATABASE_FAILED, DISK_FULL; the reason of an aborted signal
 */
export async function takeSignatures(
  member: FollowedMember,
  due: DueList,
  address: string,
  options: TakeSignaturesOptions,
): Promise<number> {
  const { signatures, store, signal } = options;
  const list = `the list ${address} of ${member.name}`;
  let keys: NamedKey[] = [];
  const onHead = (head: SignatureListHead) => {
    requireHead(head, member, due, list, options.registry);
    keys = head.keys.map((text) => ({ text, publicKey: parsePublicKey(text) }));
  };
  const verified: VerifiedSignature[] = [];
  let count = 0;
  const save = () => {
    signatures.save(verified);
    count += verified.splice(0).length;
  };
  const { body } = await store.read(address, { maxBytes: maxListSize(due.rows), signal });
  const source = body[Symbol.asyncIterator]();
  try {
    for await (const group of readSignatureList(leaveOpen(source), list, onHead)) {
      for (let at = 0; at < group.length; at += VERIFIED_AT_ONCE) {
        const some = group.slice(at, at + VERIFIED_AT_ONCE);
        for (const signature of await verify(some, due.seq, keys, list, options)) verified.push(signature);
      }
      if (verified.length >= SAVED_AT_ONCE) save();
    }
  } catch (error) {
    // Only of bytes that really have the address anything is concluded: a node that lies is found out at the end of the file.
    if (isRefusal(error)) for (let next = await source.next(); !next.done; next = await source.next());
    throw error;
  } finally {
    await source.return?.();
    save();
  }
  return count;
}

/** Whether an error says that nothing more is to be had of a list, ever: one address is one content. */
export function isRefusal(error: unknown): boolean {
  return isCatnixError(error, "SIGNATURE_LIST_INVALID", "SIGNATURE_LIST_OF_ANOTHER", "SIGNATURE_WRONG");
}

/** What `source` gives, for a reader that may end before it does. */
async function* leaveOpen(source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
}

/** A list of this batch by this member, of keys that the charter names for it now. */
function requireHead(
  head: SignatureListHead,
  member: FollowedMember,
  { digest, rows }: DueList,
  list: string,
  { chainId, registry }: RegistryId,
): void {
  const require = (what: string, expected: string, actual: string) => {
    if (expected !== actual) throw new CatnixError("SIGNATURE_LIST_OF_ANOTHER", { list, what, expected, actual });
  };
  require("registry", `${registry} on chain ${chainId}`, `${head.registry} on chain ${head.chainId}`);
  require("batch", digest, head.digest);
  require("member", member.address, head.member);
  const strange = head.keys.find((key) => !member.keys.includes(key));
  if (strange !== undefined) require("key", member.keys.join(" or "), strange);
  if (head.signatures <= rows) return;
  const reason = `it says ${head.signatures} signatures, the batch has ${rows} rows`;
  throw new CatnixError("SIGNATURE_LIST_INVALID", { list, reason });
}

interface NamedKey {
  /** As `trusted-public-keys` has it. */
  readonly text: string;
  readonly publicKey: PublicKey;
}

/**
 * The signatures that are new and hold.
 * @throws CatnixError SIGNATURE_WRONG at the first that does not, and then gives none of these
 */
async function verify(
  entries: readonly ListedSignature[],
  seq: number,
  keys: readonly NamedKey[],
  list: string,
  options: TakeSignaturesOptions,
): Promise<VerifiedSignature[]> {
  const checks = entries.flatMap((entry) => prepareCheck(entry, seq, keys, options));
  const results = await options.inTurn(() => Promise.all(checks.map(({ run }) => run())));
  options.signal.throwIfAborted();
  const wrong = checks[results.indexOf(false)];
  if (wrong === undefined) return checks.map(({ signature }) => signature);
  throw new CatnixError("SIGNATURE_WRONG", { list, storePath: wrong.storePath, key: wrong.signature.key });
}

interface Check {
  readonly signature: VerifiedSignature;
  readonly storePath: string;
  readonly run: () => Promise<boolean>;
}

/** Nothing where the batch has no such record here, or its signature is there already. */
function prepareCheck(
  { nixId, key, signature }: ListedSignature,
  seq: number,
  keys: readonly NamedKey[],
  { signatures, storeDir }: TakeSignaturesOptions,
): Check[] {
  const { text, publicKey } = keys[key]!;
  const found = signatures.findSignable(nixId, seq, text);
  if (found === undefined || found.isSigned) return [];
  const record = readAccepted(found.text);
  const fingerprint = formatRecordFingerprint(record, storeDir);
  return [
    {
      signature: { swarmId: found.swarmId, key: text, signature },
      storePath: record.storePath,
      run: () => verifySignatureBytes(signature, fingerprint, publicKey),
    },
  ];
}
