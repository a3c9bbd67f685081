import pLimit from "p-limit";
import { type Batch, batchDigest, type RegistryId } from "../cat/batch.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { findLatest } from "../owned/find-latest.js";
import type { Charter, CharterMember } from "./charter.js";
import { rootId } from "./identifiers.js";
import { readSignedBatch } from "./read-signed-batch.js";
import { isAccountsApproval } from "./signed-batch.js";
import type { ReadStatementOptions, StatementStore } from "./statements.js";

/** Whose word counts, and how many of them it takes. */
export interface Electorate {
  readonly registry: RegistryId;
  readonly charter: Charter;
  /** From 1 to the number of members. */
  readonly threshold: number;
  readonly stores: StatementStore;
}

/** A batch that a quorum of a charter's members announced as approved. */
export interface QuorumRoot {
  readonly batch: Batch;
  /** `0x` and 64 hex digits. */
  readonly digest: string;
  /** Those whose signatures were found and hold, in the charter's order. */
  readonly approvers: readonly CharterMember[];
}

/** Statements read at a time. */
const PARALLEL = 32;

/**
 * Acts after the last one found that are looked at one by one: changes of the council are announced by nobody, and some batch may
 * have been announced by too few.
 */
const GAP = 8;

/**
 * The latest batch that a quorum of the charter's members announced, found as the last update of a feed is, over gaps of up to eight
 * acts. Each signature is checked by the key of the account that the charter names; a contract's approval only the chain could
 * judge, and it does not count. Nothing here proves that there is no later one, nor what was withdrawn.
 * @param from the first act that is good enough: an older answer is none
 * @throws CatnixError ROOT_NOT_ANNOUNCED; ROOTS_CONTRADICT; what Swarm throws where it answers for no member at all; the signal's
 * reason
 */
export async function findQuorumRoot(
  electorate: Electorate,
  from: number,
  options: ReadStatementOptions = {},
): Promise<QuorumRoot> {
  const { charter, threshold } = electorate;
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > charter.members.length)
    throw new RangeError(`a threshold of ${threshold} for ${charter.members.length} members`);
  const search = new Search(electorate, options);
  // A gap may also be at the beginning.
  let found = (await search.findFrom(from)) ?? (await search.findBehindGap(from - 1));
  for (let next = found; next; next = await search.findBehindGap(next.batch.seq)) found = next;
  if (found) return found;
  if (search.failure && !search.isAnswered) throw search.failure;
  throw new CatnixError("ROOT_NOT_ANNOUNCED", { from, threshold });
}

class Search {
  readonly #electorate: Electorate;
  readonly #options: ReadStatementOptions;
  readonly #limit = pLimit(PARALLEL);
  readonly #known = new Map<number, Promise<QuorumRoot | undefined>>();
  /** The last thing that Swarm failed with. */
  failure: CatnixError | undefined;
  /** Whether Swarm said of anything that it is there or not. */
  isAnswered = false;

  constructor(electorate: Electorate, options: ReadStatementOptions) {
    this.#electorate = electorate;
    this.#options = options;
  }

  async findFrom(first: number): Promise<QuorumRoot | undefined> {
    const found = await findLatest(
      (index) => (Number.isSafeInteger(first + index) ? this.#at(first + index) : Promise.resolve(undefined)),
      this.#options.signal,
    );
    return found?.value;
  }

  /** The latest that is reached from one of the acts right behind `last`. */
  async findBehindGap(last: number): Promise<QuorumRoot | undefined> {
    const behind = Array.from({ length: GAP }, (_, at) => last + 1 + at).filter(Number.isSafeInteger);
    const found = (await Promise.all(behind.map((seq) => this.#at(seq)))).findLast((root) => root !== undefined);
    return found && (await this.findFrom(found.batch.seq));
  }

  /** What a quorum announced as act `seq`, asked for once. */
  #at(seq: number): Promise<QuorumRoot | undefined> {
    const known = this.#known.get(seq) ?? this.#read(seq);
    this.#known.set(seq, known);
    return known;
  }

  async #read(seq: number): Promise<QuorumRoot | undefined> {
    const { charter, threshold, registry } = this.#electorate;
    const batches = await Promise.all(charter.members.map((member) => this.#limit(() => this.#batchOf(member, seq))));
    const byDigest = new Map<string, QuorumRoot>();
    charter.members.forEach((member, at) => {
      const batch = batches[at];
      if (!batch) return;
      const digest = batchDigest(registry, batch);
      const approvers = [...(byDigest.get(digest)?.approvers ?? []), member];
      byDigest.set(digest, { batch, digest, approvers });
    });
    const [first, ...others] = [...byDigest.values()].filter(({ approvers }) => approvers.length >= threshold);
    if (first && others.length > 0)
      throw new CatnixError("ROOTS_CONTRADICT", { seq, digests: [first, ...others].map(({ digest }) => digest) });
    return first;
  }

  /** The batch that the member says is act `seq`, signed by it; undefined where it says nothing that counts. */
  async #batchOf(member: CharterMember, seq: number): Promise<Batch | undefined> {
    const { registry, stores } = this.#electorate;
    try {
      const signed = await readSignedBatch(stores, member, rootId(registry, seq), { seq, registry }, this.#options);
      this.isAnswered = true;
      if (!signed) return undefined;
      const { batch, signature } = signed;
      return isAccountsApproval(registry, batch, { member: member.address, signature }) ? batch : undefined;
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      // One member's chunk that lies or hangs is that member's silence.
      if (!isCatnixError(error)) throw error;
      if (isCatnixError(error, "STATEMENT_INVALID", "OWNED_CHUNK_INVALID", "SWARM_MISMATCH")) this.isAnswered = true;
      else this.failure = error;
      return undefined;
    }
  }
}
