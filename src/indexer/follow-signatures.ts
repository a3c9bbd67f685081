import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import pLimit from "p-limit";
import { runParallel } from "../async/run-parallel.js";
import { isCatnixError } from "../errors/catnix-error.js";
import type { IndexWriter } from "../index/index-writer.js";
import { type DueList, type FollowedMember, RECENT_BATCHES, type SettledList } from "../index/member-signatures.js";
import type { Logger } from "../log/logger.js";
import type { Registry } from "../registry/registry.js";
import type { ContentStore } from "../swarm/content-store.js";
import type { OwnedChunkStore } from "../swarm/owned-chunk-store.js";
import { BackOff } from "./back-off.js";
import { followCharter } from "./follow-charter.js";
import { findSignatureList, isRefusal, takeSignatures, type TakeSignaturesOptions } from "./take-signatures.js";

export interface FollowSignaturesOptions {
  readonly registry: Registry;
  /** Where charter and lists come from. */
  readonly store: ContentStore;
  /** Where members say which list it is. */
  readonly owned: Pick<OwnedChunkStore, "getOwned">;
  readonly index: IndexWriter;
  /** Seconds between looks for what is due. */
  readonly pollSeconds: number;
  /** Milliseconds that one list may take; ten minutes where not given. */
  readonly visitMs?: number | undefined;
  readonly log: Logger;
}

/** Lists of one member that are looked for before what became of them is noted, and of these at a time. */
const LISTS_AT_ONCE = 64;
const PARALLEL_LISTS = 2;
/** A list of a recent batch is looked for, or looked at again, at least so often. */
const MAX_PAUSE_MS = 3_600_000;
/** One of an older batch ever more rarely. */
const MAX_OLD_PAUSE_MS = 100 * 24 * MAX_PAUSE_MS;
const VISIT_MS = 600_000;
/** What is wrong with the disk, or with Swarm as a whole, and says nothing about a list. */
const NOBODYS_LIST = ["DATABASE_FAILED", "DISK_FULL", "SWARM_UNREACHABLE", "SWARM_BUSY"] as const;

/**
 * Follows what members sign by their Nix keys, beside the batches and after them: nothing here delays or fails a batch. Every
 * member is followed by itself, so that one whose list hangs, lies or never comes costs its own signatures only.
 */
export class SignatureFollower {
  readonly #options: FollowSignaturesOptions;
  readonly #log: Logger;
  /** Members at whose lists somebody is. */
  readonly #running = new Map<string, Promise<void>>();
  readonly #inTurn: TakeSignaturesOptions["inTurn"] = pLimit(1);
  /** When a member's lists are looked for again after something failed that is nobody's list, by the member's address. */
  readonly #pauses = new Map<string, BackOff>();
  readonly #charterPause: BackOff;
  /** The act after which the charter was read, and up to which lists are expected. */
  #seq: number | undefined;

  constructor(options: FollowSignaturesOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#charterPause = new BackOff(options.pollSeconds, MAX_PAUSE_MS / 1000);
  }

  /**
   * Looks for what is due every `pollSeconds`, until the signal is aborted and nothing is under way any more.
   * @throws what is no CatnixError: a fault of the program
   */
  async run(signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    try {
      while (!either.aborted) {
        await this.#look(either, (error) => stop.abort(error));
        await sleep(1000 * this.#options.pollSeconds, undefined, { signal: either }).catch(() => undefined); // aborted
      }
    } finally {
      stop.abort();
      await Promise.all(this.#running.values());
    }
    if (!signal.aborted) throw stop.signal.reason;
  }

  async #look(signal: AbortSignal, onFault: (error: unknown) => void): Promise<void> {
    const { signatures } = this.#options.index;
    try {
      await this.#readCharter(signal);
      for (const member of signatures.members()) {
        const { address } = member;
        const pause = this.#pauses.get(address) ?? new BackOff(this.#options.pollSeconds, MAX_PAUSE_MS / 1000);
        if (this.#running.has(address) || !pause.isDue()) continue;
        this.#pauses.set(address, pause);
        const visiting = this.#visitAll(member, signal)
          .then(() => pause.reset())
          .catch((error: unknown) => {
            pause.failed();
            this.#failed(error, signal, `the lists of ${member.name}`);
          })
          .catch(onFault)
          .finally(() => this.#running.delete(address));
        this.#running.set(address, visiting);
      }
    } catch (error) {
      this.#failed(error, signal, "members' signatures");
    }
  }

  /** A charter comes with an act, and a batch with new lists. */
  async #readCharter(signal: AbortSignal): Promise<void> {
    const { index, registry, store } = this.#options;
    const seq = index.cursor()?.seq;
    if (seq === undefined || seq === this.#seq || !this.#charterPause.isDue()) return;
    try {
      const changed = await followCharter(registry, store, index.signatures, signal);
      if (changed)
        this.#log.info({ members: index.signatures.members().length }, "members' Nix keys are those of the charter");
      index.signatures.expectLists(changed ? 0 : (this.#seq ?? 0) + 1, Date.now());
      this.#seq = seq;
      this.#charterPause.reset();
    } catch (error) {
      this.#charterPause.failed();
      // Who was followed before still is.
      index.signatures.expectLists((this.#seq ?? 0) + 1, Date.now());
      throw error;
    }
  }

  /** All lists of a member that are due, while the charter says of it what it said. */
  async #visitAll(member: FollowedMember, signal: AbortSignal): Promise<void> {
    const { signatures } = this.#options.index;
    const isCurrent = () => signatures.members().some((other) => isDeepStrictEqual(other, member));
    while (isCurrent()) {
      signal.throwIfAborted();
      const due = signatures.dueLists(member.address, Date.now(), LISTS_AT_ONCE);
      if (due.length === 0) return;
      const settled: SettledList[] = [];
      try {
        await runParallel(due.values(), PARALLEL_LISTS, signal, async (list, either) => {
          settled.push(this.#settle(list, await this.#visit(member, list, either)));
        });
      } finally {
        if (isCurrent()) signatures.settleLists(member.address, settled);
      }
    }
  }

  /** @returns which list was read, and whether what it says is in */
  async #visit(member: FollowedMember, due: DueList, outer: AbortSignal): Promise<Pick<DueList, "read" | "taken">> {
    const { registry, store, owned, index } = this.#options;
    const time = AbortSignal.timeout(this.#options.visitMs ?? VISIT_MS);
    const signal = AbortSignal.any([outer, time]);
    const { storeDir, signatures } = index;
    const options = { registry: registry.id, storeDir, signatures, store, owned, inTurn: this.#inTurn, signal };
    const about = { member: member.name, seq: due.seq };
    let address: string | undefined;
    try {
      address = await findSignatureList(member, due.seq, options);
      if (address === due.read) return due;
      const count = await takeSignatures(member, due, address, options);
      this.#log.info({ ...about, signatures: count }, "a member's Nix signatures are in");
      // What Swarm lacks now may be signed as well.
      return { read: signatures.hasMissingRecords(due.seq) ? undefined : address, taken: true };
    } catch (error) {
      outer.throwIfAborted();
      if (time.aborted) {
        this.#log.warn(about, "a member's list of signatures takes too long, it is tried again later");
        return due;
      }
      if (!isCatnixError(error) || isCatnixError(error, ...NOBODYS_LIST)) throw error;
      const { code, message, hint } = error;
      if (code === "SWARM_NOT_FOUND")
        this.#log.debug({ ...about, code }, "no list of a member's signatures is there yet");
      else this.#log.warn({ ...about, code, hint }, message);
      return isRefusal(error) ? { read: address, taken: due.taken } : due;
    }
  }

  #settle({ seq, visits }: DueList, { read, taken }: Pick<DueList, "read" | "taken">): SettledList {
    const isRecent = seq > (this.#seq ?? seq) - RECENT_BATCHES;
    const longest = isRecent ? MAX_PAUSE_MS : MAX_OLD_PAUSE_MS;
    const pause = Math.min(1000 * this.#options.pollSeconds * 2 ** visits, longest);
    return { seq, read, taken, visits: visits + 1, due: Date.now() + pause };
  }

  #failed(error: unknown, signal: AbortSignal, what: string): void {
    if (signal.aborted) return;
    if (!isCatnixError(error)) throw error;
    const { code, message, hint } = error;
    this.#log.warn({ code, hint }, `${what}: ${message}`);
  }
}
