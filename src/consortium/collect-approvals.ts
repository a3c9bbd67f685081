import { type Approval, type Batch, batchDigest } from "../cat/batch.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import type { ErrorCode } from "../errors/descriptors.js";
import type { Charter } from "../members/charter.js";
import { approvalId, signedId } from "../members/identifiers.js";
import { readSignedBatch, type Wanted } from "../members/read-signed-batch.js";
import { NO_ATTESTATION, type SignedBatch } from "../members/signed-batch.js";
import type { ReadStatementOptions, StatementStore } from "../members/statements.js";
import type { Registry } from "../registry/registry.js";
import { judgeApprovals, type Verdict } from "./judge-approvals.js";

/** What became of one member of the council. */
export interface CollectedMember {
  /** Checksummed. */
  readonly member: string;
  /** As the charter names it; absent where it has no entry. */
  readonly name?: string | undefined;
  /**
   * `approved`: it holds; `missing`: nothing is there; `invalid`: what is there does not hold; `unreachable`: Swarm did not answer
   * for it; `no entry`: the charter does not say where to look.
   */
  readonly state: "approved" | "missing" | "invalid" | "unreachable" | "no entry";
  /** Where it is invalid or unreachable. */
  readonly error?: { readonly code: ErrorCode; readonly message: string } | undefined;
  readonly approval?: Approval | undefined;
  /** 64 hex digits, where the member made one. */
  readonly attestation?: string | undefined;
}

/** Whom to ask for what. */
export interface CollectFrom {
  readonly registry: Registry;
  readonly charter: Charter;
  /** The council's members, checksummed, ascending. */
  readonly members: readonly string[];
  readonly stores: StatementStore;
}

/** What was found of one batch. */
export interface Collection {
  /** Undefined where nobody has it. */
  readonly batch?: Batch | undefined;
  /** One for each member of the council. */
  readonly members: readonly CollectedMember[];
}

interface Found {
  readonly member: string;
  readonly name?: string | undefined;
  readonly signed?: SignedBatch | undefined;
  readonly error?: CatnixError | undefined;
}

/**
 * Looks for all members' approvals of a batch on Swarm, each at the owned chunk that the charter names, all at once: one that lies,
 * hangs or has none costs only its own. What is found is held against the digest, and its signature is judged as the registry will.
 * @param digest of the batch, `0x` and 64 hex digits
 * @throws CatnixError what the chain throws; the signal's reason
 */
export async function collectApprovals(
  from: CollectFrom,
  digest: string,
  options: ReadStatementOptions = {},
): Promise<Collection> {
  const found = await readAll(from, approvalId(digest), { digest }, options);
  const batch = found.find(({ signed }) => signed)?.signed?.batch;
  if (!batch) return { members: found.map((each) => describe(from, each)) };
  const approvals = found.flatMap(({ member, signed }) => (signed ? [{ member, signature: signed.signature }] : []));
  const judged = await judgeApprovals(from.registry, { registry: from.registry.id, batch, approvals });
  const verdicts = new Map(judged.map(({ member, verdict }) => [member, verdict]));
  return { batch, members: found.map((each) => describe(from, each, verdicts.get(each.member))) };
}

/** A batch that members approved for an act, and who they are. */
export interface Draft {
  readonly digest: string;
  readonly batch: Batch;
  /** Checksummed. */
  readonly members: readonly string[];
}

/**
 * Which batches members approved last for act `seq`, by what they say: those that most have come first. Whether their signatures
 * hold is not looked at: {@link collectApprovals} does that.
 * @throws the signal's reason
 */
export async function findDrafts(from: CollectFrom, seq: number, options: ReadStatementOptions = {}): Promise<Draft[]> {
  const drafts = new Map<string, Draft>();
  for (const { member, signed } of await readAll(from, signedId(from.registry.id, seq), { seq }, options)) {
    if (!signed) continue;
    const digest = batchDigest(from.registry.id, signed.batch);
    const members = [...(drafts.get(digest)?.members ?? []), member];
    drafts.set(digest, { digest, batch: signed.batch, members });
  }
  return [...drafts.values()].sort((a, b) => b.members.length - a.members.length || (a.digest < b.digest ? -1 : 1));
}

async function readAll(
  { registry, charter, members, stores }: CollectFrom,
  id: Uint8Array,
  wanted: Wanted,
  options: ReadStatementOptions,
): Promise<Found[]> {
  return Promise.all(
    members.map(async (member): Promise<Found> => {
      const entry = charter.members.find(({ address }) => address === member);
      if (!entry) return { member };
      const { name } = entry;
      try {
        const signed = await readSignedBatch(stores, entry, id, { ...wanted, registry: registry.id }, options);
        return { member, name, signed };
      } catch (error) {
        options.signal?.throwIfAborted();
        if (!isCatnixError(error)) throw error;
        return { member, name, error };
      }
    }),
  );
}

/** Errors that say that a member's chunk is there and wrong; others are Swarm's. */
const OF_MEMBER: readonly ErrorCode[] = ["STATEMENT_INVALID", "OWNED_CHUNK_INVALID", "SWARM_MISMATCH"];

function describe(
  { charter }: CollectFrom,
  { member, name, signed, error }: Found,
  verdict?: Verdict,
): CollectedMember {
  if (error) {
    const { code, message } = error;
    return { member, name, state: OF_MEMBER.includes(code) ? "invalid" : "unreachable", error: { code, message } };
  }
  if (!signed) {
    const isListed = charter.members.some(({ address }) => address === member);
    return { member, name, state: isListed ? "missing" : "no entry" };
  }
  const { signature, attestation } = signed;
  const given = {
    approval: { member, signature },
    ...(attestation !== NO_ATTESTATION && { attestation }),
  };
  if (verdict === "holds") return { member, name, state: "approved", ...given };
  const invalid = new CatnixError("STATEMENT_INVALID", {
    owner: name ?? member,
    reason: "its signature is not the member's",
  });
  return { member, name, state: "invalid", error: { code: invalid.code, message: invalid.message } };
}
