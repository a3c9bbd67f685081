import type { CatRecord } from "../../cat/record.js";
import { isCatnixError } from "../../errors/catnix-error.js";
import { formatNarInfoFingerprint } from "../../nix/fingerprint.js";
import type { NarInfo } from "../../nix/narinfo.js";
import { formatNixSha256 } from "../../nix/nix-hash.js";
import { verifySignature } from "../../nix/signature.js";
import { formatPublicKey, type PublicKey } from "../../nix/signing-key.js";
import { parseStorePath } from "../../nix/store-path.js";
import { toReason } from "../../members/attestation.js";
import type { RowOutcome } from "../row-outcome.js";
import type { BuilderCache } from "./builder-cache.js";

/** What a builder signed of the path that the batch lists. */
export interface SignedCopy {
  readonly builder: BuilderCache;
  readonly info: NarInfo;
  readonly key: PublicKey;
}

export interface CheckCopyOptions {
  /** Asked in this order; the first one with a good signature decides. */
  readonly builders: readonly BuilderCache[];
  /** Whose signatures count. */
  readonly keys: readonly PublicKey[];
  readonly storeDir: string;
  /** Told of a copy whose NarHash differs, to keep both NARs: where, and what differs first. */
  readonly keep?:
    ((copy: SignedCopy) => Promise<{ kept?: string | undefined; difference?: string | undefined }>) | undefined;
  readonly signal: AbortSignal;
}

/**
 * Compares a build with what a named builder signed of the same path: NarHash, NarSize and references. The builder's NAR is
 * fetched only where it differs.
 * @returns `copied`, `differs`, or `failed` where no builder has the path under a signature that holds
 * @throws what `keep` throws; the signal's reason
 */
export async function checkCopy(record: CatRecord, options: CheckCopyOptions): Promise<RowOutcome> {
  const { storeDir, signal, keep } = options;
  const mode = "copy";
  const found = await findSigned(record.storePath, options);
  if ("reason" in found) return { result: "failed", mode, reason: toReason(found.reason) };
  const { builder, info, key } = found;
  const named = { mode, builder: builder.name, builderKey: formatPublicKey(key) } as const;
  const foundNarHash = formatNixSha256(info.narHash);
  if (foundNarHash !== record.narHash) {
    const { kept, difference } = (await keep?.(found)) ?? {};
    const reason = toReason(difference ?? `the builder's NarHash is ${foundNarHash}`);
    return { result: "differs", ...named, foundNarHash, reason, kept };
  }
  signal.throwIfAborted();
  const reason = describeDifference(record, info, storeDir);
  return reason === undefined
    ? { result: "copied", ...named }
    : { result: "differs", ...named, reason: toReason(reason) };
}

/**
 * What the first of the builders that has a path under a good signature says of it; else why there is none.
 * @throws the signal's reason
 */
export async function findSigned(
  storePath: string,
  { builders, keys, storeDir, signal }: Omit<CheckCopyOptions, "keep">,
): Promise<SignedCopy | { readonly reason: string }> {
  const { hashPart } = parseStorePath(storePath, storeDir);
  const reasons: string[] = [];
  for (const builder of builders) {
    try {
      const info = await builder.find(hashPart, signal);
      const key = info && findKey(info, keys);
      if (info === undefined) reasons.push(`${builder.name} does not have it`);
      else if (info.storePath !== storePath) reasons.push(`${builder.name} has ${info.storePath} under its hash`);
      else if (key === undefined) reasons.push(`${builder.name} has it without a signature that holds`);
      else return { builder, info, key };
    } catch (error) {
      if (!isCatnixError(error, "BUILDER_UNREACHABLE", "BUILDER_ANSWER_INVALID")) throw error;
      reasons.push(error.message);
    }
  }
  return { reason: reasons.join("; ") };
}

function findKey(info: NarInfo, keys: readonly PublicKey[]): PublicKey | undefined {
  const fingerprint = formatNarInfoFingerprint(info);
  for (const signature of info.sigs) {
    const key = verifySignature(signature, fingerprint, keys);
    if (key) return key;
  }
  return undefined;
}

/** The NARs are equal: what else the signature covers. */
function describeDifference(record: CatRecord, info: NarInfo, storeDir: string): string | undefined {
  if (info.narSize !== record.narSize)
    return `the record's NarSize is ${record.narSize}, the builder's ${info.narSize}`;
  const more = record.references.find((reference) => !info.references.includes(reference));
  if (more !== undefined) return `the record refers to ${storeDir}/${more}, the builder's path does not`;
  const less = info.references.find((reference) => !record.references.includes(reference));
  return less === undefined ? undefined : `the builder's path refers to ${storeDir}/${less}, the record does not`;
}
