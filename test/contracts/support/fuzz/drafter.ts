import { getAddress, id, toBeHex, ZeroAddress, ZeroHash, type TypedDataDomain } from "ethers";
import { hashBatch, hashCouncil, hashRetirement } from "../acts.js";
import { ReferenceCat, type CatRow } from "../reference-cat.js";
import { spoilSignature, type Actor, type Actors } from "./actors.js";
import type { Approval, Batch, Call, Council, Row } from "./calls.js";
import { Picks, type Intent } from "./intents.js";
import { deltaAddressOf, type RegistryModel } from "./model.js";

/** Few paths and builds, so that what is done to one is done again; the first and the last bucket of any CAT among them. */
export const nixIds = Array.from({ length: 10 }, (_, i) =>
  i === 0 ? toBeHex(1, 20) : i === 1 ? "0x" + "ff".repeat(20) : id(`fuzzed path ${i}`).slice(0, 42),
).sort();
export const builds = Array.from({ length: 6 }, (_, i) => id(`fuzzed build ${i}`));

const ascending = <T>(list: readonly T[], of: (one: T) => string): T[] =>
  [...list].sort((a, b) => (BigInt(of(a)) < BigInt(of(b)) ? -1 : 1));
const byAddress = (one: { address: string }): string => one.address;
const DEEPEST_REFERENCE = 9; // deeper CATs are only claimed

/** A call, and who makes it. */
export interface Draft {
  readonly call: Call;
  readonly caller: string;
}

/** Makes calls of intents: those that hold in the model's state, unless the intent has a flaw. */
export class Drafter {
  readonly #cats = new Map<string, { cat: ReferenceCat; rows: CatRow[] }>();
  readonly #made: Draft[] = [];
  #claims = 0;

  constructor(
    private readonly domain: TypedDataDomain,
    private readonly model: RegistryModel,
    private readonly actors: Actors,
    private readonly callers: readonly string[],
  ) {
    this.#remember([], 0);
  }

  /** @returns nothing where the intent is no call */
  draft(intent: Intent, now: bigint): Draft | undefined {
    const picks = new Picks(intent.picks);
    if (intent.kind === "replay") return this.#made.length === 0 ? undefined : picks.from(this.#made);
    const isAlarm = intent.kind === "withdrawBatch" || intent.kind === "withdrawBuild";
    const { guardian } = this.model.council;
    const asGuardian = isAlarm && intent.flaw !== "caller" && this.callers.includes(guardian);
    const caller = asGuardian ? guardian : picks.from(this.callers);
    const call = this.#call(intent.kind === "hold" ? { ...intent, kind: "publish" } : intent, picks, now);
    if (call === undefined) return undefined;
    const draft = { call, caller };
    this.#made.push(draft);
    return intent.kind === "hold" ? undefined : draft;
  }

  /** A row of the CAT that the root leads to, or of another, with its proof; sometimes not quite. */
  draftRecord(picks: Picks, flaw: string | null): Extract<Call, { name: "record" }> {
    const known = [...this.#cats.values()].filter(({ rows }) => rows.length > 0);
    const { cat, rows } = this.#cats.get(this.model.root) ?? picks.from([...known, this.#first()]);
    const present = rows.length === 0 ? undefined : picks.from(rows);
    const row = present ?? { nixId: nixIds[0]!, swarmId: builds[0]!, seq: this.model.seq };
    const proof = present === undefined ? { slot: 0, siblings: [] } : cat.prove(row.nixId);
    const siblings = [...proof.siblings];
    let slot = BigInt(proof.slot);
    let { nixId, swarmId, seq } = row;
    if (flaw === "slot") slot = BigInt(picks.from([Number(slot) ^ 1, Number(slot) ^ 32, 64, 255]));
    if (flaw === "siblings") siblings.splice(0, picks.below(2), ...(picks.below(2) === 0 ? [] : [ZeroHash, ZeroHash]));
    if (flaw === "sibling" && siblings.length > 0) siblings[picks.below(siblings.length)] = id("another");
    if (flaw === "recordSeq") seq = picks.from([0n, BigInt.asUintN(64, seq + 1n), this.model.seq + 1n, 2n ** 64n - 1n]);
    if (flaw === "recordRow") [nixId, swarmId] = [picks.from(nixIds), picks.from(builds)];
    if (flaw === "recordZero") nixId = "0x" + "00".repeat(20);
    return { name: "record", row: { nixId, swarmId }, seq, slot, siblings };
  }

  #call(intent: Intent, picks: Picks, now: bigint): Call | undefined {
    const { kind, flaw } = intent;
    switch (kind) {
      case "publish":
      case "publishRows": {
        const { batch, rows } = this.#draftBatch(picks, flaw, now, kind === "publishRows");
        const digest = hashBatch(this.domain, batch);
        const approvals = this.#approve(digest, this.model.council.publishThreshold, [], picks, flaw);
        return kind === "publish" ? { name: kind, batch, approvals } : { name: kind, batch, rows, approvals };
      }
      case "changeCouncil": {
        const council = this.#draftCouncil(picks, flaw, now);
        const digest = hashCouncil(this.domain, council);
        const joiners = council.members.filter((member) => !this.model.council.members.includes(member));
        const approvals = this.#approve(digest, this.model.council.councilThreshold, joiners, picks, flaw);
        return { name: kind, council, approvals };
      }
      case "retire": {
        const where = picks.below(2) === 0 ? [0n, ZeroAddress] : [2n ** 256n - 1n, this.actors.all[0]!.address];
        const [successorChainId, successor] = where as [bigint, string];
        const retirement = { ...this.#place(picks, flaw, now), successorChainId, successor };
        const digest = hashRetirement(this.domain, retirement);
        const approvals = this.#approve(digest, this.model.council.councilThreshold, [], picks, flaw);
        return { name: kind, retirement, approvals };
      }
      case "record":
        return this.draftRecord(picks, flaw);
      case "withdrawBatch":
        return { name: kind, seq: BigInt(picks.below(Number(this.model.seq) + 2)), reason: reasonOf(picks, flaw) };
      case "withdrawBuild": {
        const swarmId = flaw === "zeroBuild" ? ZeroHash : picks.from(builds);
        return { name: kind, swarmId, reason: reasonOf(picks, flaw) };
      }
      default:
        return undefined;
    }
  }

  #place(picks: Picks, flaw: string | null, now: bigint): { seq: bigint; parent: string; deadline: bigint } {
    const { seq, head } = this.model;
    return {
      seq: flaw === "seq" ? picks.from([0n, seq, seq + 2n, 2n ** 64n - 1n]) : seq + 1n,
      parent: flaw === "parent" ? picks.from([ZeroHash, this.model.root, id("a head")]) : head,
      deadline: flaw === "deadline" ? now - 1n : now + BigInt(picks.from([0, 1, 60, 5000])),
    };
  }

  #draftBatch(picks: Picks, flaw: string | null, now: bigint, isSmall: boolean): { batch: Batch; rows: Row[] } {
    const place = this.#place(picks, flaw, now);
    const chosen = picks.some(nixIds.slice(0, isSmall ? 5 : undefined));
    let rows: Row[] = (chosen.length === 0 ? nixIds.slice(0, 1) : chosen).map((nixId) => ({
      nixId,
      swarmId: picks.from([...builds, ZeroHash]),
    }));
    const deeper = picks.below(10) === 0 ? 1 + picks.below(3) : 0;
    let depth = Math.min(32, Number(this.model.depth) + deeper);
    if (flaw === "rowsOrder") rows = [...rows.slice(1), rows[0]!, rows[0]!];
    if (flaw === "rowsZero") rows = [{ ...rows[0]!, nixId: "0x" + "00".repeat(20) }, ...rows.slice(1)];
    if (flaw === "rowsMany") depth = Math.max(1, depth);
    const count = flaw === "rowsMany" ? 65n : BigInt(rows.length);
    const delta = flaw === "rowsMany" ? id("many") : deltaAddressOf(rows, place.seq);
    const root = this.#draftRoot(picks, rows, place.seq, depth);
    const highest = 64n << BigInt(depth);
    const batch: Batch = {
      ...place,
      root: flaw === "root" ? ZeroHash : root,
      depth: BigInt(flaw === "depth" ? picks.from([33, 255, Math.max(0, Number(this.model.depth) - 1)]) : depth),
      delta: flaw === "delta" ? ZeroHash : delta,
      rows: flaw === "rowCount" ? picks.from([0n, highest + 1n, 2n ** 64n - 1n]) : count,
      pack: picks.from([ZeroHash, id("pack")]),
    };
    if (flaw === "rowsLength") rows = picks.below(2) === 0 ? rows.slice(1) : [...rows, rows[0]!];
    if (flaw === "rowsOther") rows = rows.map((row, i) => (i === 0 ? { ...row, swarmId: id("other") } : row));
    return { batch, rows };
  }

  /** Mostly what the delta makes of the CAT; or an older CAT, or one that nobody knows: the contract cannot tell. */
  #draftRoot(picks: Picks, delta: readonly Row[], seq: bigint, depth: number): string {
    const choice = picks.below(10);
    if (choice === 0 || depth > DEEPEST_REFERENCE) return id(`claimed root ${this.#claims++}`);
    if (choice === 1) return this.#remember(picks.from([...this.#cats.values()]).rows, depth);
    const rows = new Map((this.#cats.get(this.model.root)?.rows ?? []).map((row) => [row.nixId, row]));
    for (const { nixId, swarmId } of delta) if (BigInt(nixId) !== 0n) rows.set(nixId, { nixId, swarmId, seq });
    return this.#remember([...rows.values()], depth);
  }

  #remember(rows: CatRow[], depth: number): string {
    const cat = new ReferenceCat(rows, depth);
    this.#cats.set(cat.root, { cat, rows });
    return cat.root;
  }

  #first(): { cat: ReferenceCat; rows: CatRow[] } {
    return this.#cats.values().next().value!;
  }

  #draftCouncil(picks: Picks, flaw: string | null, now: bigint): Council {
    const place = this.#place(picks, flaw, now);
    const chosen = picks.some(this.actors.all);
    const some = chosen.length === 0 ? this.actors.all.slice(0, 1) : chosen;
    let members = ascending(some, byAddress).map(byAddress);
    if (flaw === "noMembers") members = [];
    if (flaw === "manyMembers") members = Array.from({ length: 33 }, (_, i) => getAddress(toBeHex(i + 1, 20)));
    if (flaw === "memberOrder") members = picks.below(2) === 0 ? [...members, members[0]!] : [...members].reverse();
    if (flaw === "zeroMember") members = [ZeroAddress, ...members];
    const size = members.length;
    let publishThreshold = 1 + picks.below(Math.max(1, size));
    let councilThreshold = publishThreshold + picks.below(Math.max(1, size - publishThreshold + 1));
    if (flaw === "noThreshold") publishThreshold = 0;
    if (flaw === "thresholdOrder") [publishThreshold, councilThreshold] = [councilThreshold + 1, councilThreshold];
    if (flaw === "highThreshold") councilThreshold = size + 1;
    return {
      ...place,
      members,
      publishThreshold: BigInt(publishThreshold),
      councilThreshold: BigInt(councilThreshold),
      guardian: picks.from([this.callers[0]!, this.callers[0]!, this.callers[1]!, ZeroAddress]),
      charter: picks.from([ZeroHash, id("charter"), id("another charter")]),
    };
  }

  /** Approvals of as many members as it needs or more, of all joiners, and then the flaw. */
  #approve(digest: string, threshold: bigint, joiners: string[], picks: Picks, flaw: string | null): Approval[] {
    const { members } = this.model.council;
    const isAble = ({ address }: Actor): boolean => !this.actors.isWalletLapsed || this.actors.wallet !== address;
    const able = this.actors.all.filter((one) => members.includes(one.address) && isAble(one));
    const least = Math.max(0, Number(threshold) - (flaw === "fewApprovals" ? 1 : 0));
    const more = flaw === "fewApprovals" ? 0 : picks.below(Math.max(1, able.length - least + 1));
    const turned = picks.below(Math.max(1, able.length));
    const signers = [...able.slice(turned), ...able.slice(0, turned)].slice(0, least + more);
    const proven = flaw === "noJoiner" ? joiners.slice(1) : joiners;
    const who = [...signers, ...this.actors.all.filter(({ address }) => proven.includes(address))];
    const others = this.actors.all.filter((one) => !members.includes(one.address) && !joiners.includes(one.address));
    if (flaw === "stranger" && others.length > 0) who.push(picks.from(others));
    const approvals = ascending(who, byAddress).map((actor) => ({
      member: actor.address,
      signature: this.actors.sign(actor, digest),
    }));
    if (approvals.length === 0) return approvals;
    const at = picks.below(approvals.length);
    const one = approvals[at]!;
    const actor = this.actors.all.find(({ address }) => address === one.member)!;
    if (flaw === "duplicate") approvals.splice(at, 0, one);
    if (flaw === "disorder") approvals.reverse();
    if (flaw === "spoiled") one.signature = spoilSignature(one.signature, picks.below(100));
    if (flaw === "otherDigest") one.signature = this.actors.sign(actor, id(digest));
    if (flaw === "otherSigner") one.signature = this.actors.sign(picks.from(this.actors.all), digest);
    return approvals;
  }
}

function reasonOf(picks: Picks, flaw: string | null): string {
  if (flaw === "reason") return picks.from(["x".repeat(1025), "ü".repeat(513)]);
  return picks.from(["", "a bad builder", "ü".repeat(512), "x".repeat(1024)]);
}
