import { AbiCoder, getBytes, hexlify, id, keccak256, TypedDataEncoder, ZeroAddress, ZeroHash } from "ethers";
import type { TypedDataDomain } from "ethers";
import { concatBytes } from "../../../../src/encoding/bytes.js";
import { hashBatch, hashCouncil, hashRetirement } from "../acts.js";
import { encodeRow, hashChunk } from "../reference-cat.js";
import type { Approval, Batch, Call, Council, Row } from "./calls.js";
import { proofRoot } from "./reference-proof.js";

/** What the registry must refuse a call with. */
export class Refusal extends Error {
  constructor(
    readonly error: string,
    readonly args: readonly unknown[],
  ) {
    super(error);
  }
}

/** An event that a call must make. */
export interface ModelEvent {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** Whether what is given as `member`'s signature proves that it approved `digest`, now. */
export type SignatureOracle = (member: string, digest: string, signature: string) => boolean;

const demand = (holds: boolean, error: string, ...args: unknown[]): void => {
  if (!holds) throw new Refusal(error, args);
};
const addressOrder = (address: string): bigint => BigInt(address);

/**
 * The registry once more, in the plainest TypeScript, from the text of ICatRegistry: what each call must do, and with which
 * error it must be refused. It knows nothing of storage slots and nothing of the contract's code.
 */
export class RegistryModel {
  head: string;
  root = "0x09ae927d0f3aaa37324df178928d3826820f3dd3388ce4aaebfc3af410bde23a";
  seq = 0n;
  depth = 0n;
  alarmHead: string;
  alarms = 0n;
  retired = false;
  successorChainId = 0n;
  successor = ZeroAddress;
  readonly withdrawnBatches = new Set<bigint>();
  readonly withdrawnThrough = new Map<string, bigint>();
  readonly mappings = new Map<string, { swarmId: string; seq: bigint }>();
  readonly #domain: TypedDataDomain;
  readonly #isSigned: SignatureOracle;

  constructor(
    domain: TypedDataDomain,
    public council: Council,
    public time: bigint,
    isSigned: SignatureOracle,
  ) {
    this.#domain = domain;
    this.#isSigned = isSigned;
    this.head = this.alarmHead = TypedDataEncoder.hashDomain(domain);
  }

  /**
   * Does what the registry must do with a call by `caller` in a block of time `now`.
   *
   * @returns the events, in order
   * @throws Refusal where it must revert; nothing has changed then
   */
  execute(call: Call, caller: string, now: bigint): ModelEvent[] {
    switch (call.name) {
      case "publish":
        this.#checkBatch(call.batch, now);
        return [this.#publish(call.batch, call.approvals, now)];
      case "publishRows": {
        this.#checkBatch(call.batch, now);
        checkRows(call.batch, call.rows);
        const event = this.#publish(call.batch, call.approvals, now);
        return [event, ...call.rows.map((row) => this.#setMapping(row, call.batch.seq))];
      }
      case "changeCouncil": {
        const { council } = call;
        this.#checkPlace(council, now);
        checkCouncil(council);
        const digest = hashCouncil(this.#domain, council);
        const joiners = council.members.filter((member) => !this.council.members.includes(member));
        const approvers = this.#checkApprovals(digest, call.approvals, this.council.councilThreshold, joiners);
        this.#advance(digest, now);
        this.council = council;
        return [{ name: "CouncilChanged", args: [this.seq, digest, council, approvers] }];
      }
      case "retire": {
        const { retirement } = call;
        this.#checkPlace(retirement, now);
        const digest = hashRetirement(this.#domain, retirement);
        const approvers = this.#checkApprovals(digest, call.approvals, this.council.councilThreshold, []);
        this.#advance(digest, now);
        this.retired = true;
        ({ successorChainId: this.successorChainId, successor: this.successor } = retirement);
        return [{ name: "Retired", args: [this.seq, digest, retirement, approvers] }];
      }
      case "record":
        return this.#record(call.row, call.seq, call.slot, call.siblings);
      case "withdrawBatch": {
        this.#checkAlarm(caller, call.reason);
        this.#checkSeq(call.seq);
        demand(!this.withdrawnBatches.has(call.seq), "BatchAlreadyWithdrawn", call.seq);
        this.withdrawnBatches.add(call.seq);
        this.#raiseAlarm(1n, call.seq, 0n, call.reason);
        return [{ name: "BatchWithdrawn", args: [this.alarms, call.seq, this.alarmHead, call.reason] }];
      }
      case "withdrawBuild": {
        const { swarmId, reason } = call;
        this.#checkAlarm(caller, reason);
        demand(swarmId !== ZeroHash, "InvalidBuild", swarmId);
        const through = this.seq + 1n;
        demand(this.reachOf(swarmId) < through, "BuildAlreadyWithdrawn", swarmId, through);
        this.withdrawnThrough.set(swarmId, through);
        this.#raiseAlarm(2n, BigInt(swarmId), through, reason);
        return [{ name: "BuildWithdrawn", args: [this.alarms, swarmId, through, this.alarmHead, reason] }];
      }
    }
  }

  /** The last batch that the withdrawals of a build reach, 0 where there is none. */
  reachOf(swarmId: string): bigint {
    return this.withdrawnThrough.get(swarmId) ?? 0n;
  }

  /** What `swarmIdOf` must answer. */
  lookUp(nixId: string): { swarmId: string; seq: bigint } {
    const { swarmId, seq } = this.mappings.get(nixId) ?? { swarmId: ZeroHash, seq: 0n };
    return { swarmId: this.#isWithdrawn(swarmId, seq) ? ZeroHash : swarmId, seq };
  }

  /** What `isApproved` must answer. */
  isApproved(row: Row, seq: bigint, slot: bigint, siblings: readonly string[]): boolean {
    if (BigInt(row.nixId) === 0n || row.swarmId === ZeroHash || seq === 0n || seq > this.seq) return false;
    return !this.#isWithdrawn(row.swarmId, seq) && proofRoot(row, seq, slot, this.depth, siblings) === this.root;
  }

  #isWithdrawn(swarmId: string, seq: bigint): boolean {
    return this.withdrawnBatches.has(seq) || this.reachOf(swarmId) >= seq;
  }

  #checkPlace(act: { seq: bigint; parent: string; deadline: bigint }, now: bigint): void {
    demand(!this.retired, "Retired", this.successorChainId, this.successor);
    demand(act.seq === this.seq + 1n, "WrongSeq", act.seq, this.seq + 1n);
    demand(act.parent === this.head, "WrongParent", act.parent, this.head);
    demand(now <= act.deadline, "Expired", act.deadline, now);
  }

  #checkBatch(batch: Batch, now: bigint): void {
    this.#checkPlace(batch, now);
    demand(batch.root !== ZeroHash, "InvalidRoot", ZeroHash);
    demand(batch.depth >= this.depth && batch.depth <= 32n, "InvalidDepth", batch.depth, this.depth, 32n);
    demand(batch.delta !== ZeroHash, "InvalidDelta", ZeroHash);
    const highest = 64n * 2n ** batch.depth;
    demand(batch.rows >= 1n && batch.rows <= highest, "InvalidRowCount", batch.rows, 1n, highest);
  }

  #publish(batch: Batch, approvals: readonly Approval[], now: bigint): ModelEvent {
    const digest = hashBatch(this.#domain, batch);
    const approvers = this.#checkApprovals(digest, approvals, this.council.publishThreshold, []);
    this.#advance(digest, now);
    this.root = batch.root;
    this.depth = batch.depth;
    return { name: "BatchApproved", args: [this.seq, digest, batch, approvers] };
  }

  #advance(digest: string, now: bigint): void {
    this.head = digest;
    this.seq += 1n;
    this.time = now;
  }

  #setMapping({ nixId, swarmId }: Row, seq: bigint): ModelEvent {
    this.mappings.set(nixId, { swarmId, seq });
    return { name: "Mapped", args: [nixId, seq, swarmId] };
  }

  #record(row: Row, seq: bigint, slot: bigint, siblings: readonly string[]): ModelEvent[] {
    this.#checkSeq(seq);
    demand(BigInt(row.nixId) !== 0n, "InvalidNixId", row.nixId);
    const root = proofRoot(row, seq, slot, this.depth, siblings);
    demand(root === this.root, "InvalidProof", root, this.root);
    const recorded = this.mappings.get(row.nixId)?.seq ?? 0n;
    demand(seq >= recorded, "OlderMapping", row.nixId, seq, recorded);
    return seq === recorded ? [] : [this.#setMapping(row, seq)];
  }

  #checkSeq(seq: bigint): void {
    demand(seq >= 1n && seq <= this.seq, "UnknownBatch", seq, 1n, this.seq);
  }

  #checkAlarm(caller: string, reason: string): void {
    const { guardian } = this.council;
    demand(caller === guardian && guardian !== ZeroAddress, "NotGuardian", caller, guardian);
    const { length } = new TextEncoder().encode(reason);
    demand(length <= 1024, "ReasonTooLong", BigInt(length), 1024n);
  }

  #raiseAlarm(kind: bigint, subject: bigint, through: bigint, reason: string): void {
    this.alarms += 1n;
    this.alarmHead = alarmHash(this.alarmHead, this.alarms, kind, subject, through, reason);
  }

  /**
   * The members whose approvals count. An approval by nobody who is or becomes a member is refused as such, unless a joiner
   * before it is still unproven: then that is what the contract says first.
   */
  #checkApprovals(digest: string, approvals: readonly Approval[], threshold: bigint, joiners: string[]): string[] {
    demand(BigInt(approvals.length) >= threshold, "BelowThreshold", BigInt(approvals.length), threshold);
    const unproven = [...joiners];
    const approvers: string[] = [];
    let previous = ZeroAddress;
    for (const { member, signature } of approvals) {
      demand(addressOrder(member) > addressOrder(previous), "Unordered", member, previous);
      if (this.council.members.includes(member)) approvers.push(member);
      else {
        const next = unproven.shift();
        demand(next !== undefined && addressOrder(member) >= addressOrder(next), "NotMember", member);
        demand(next === member, "MemberNotProven", next);
      }
      demand(this.#isSigned(member, digest, signature), "InvalidSignature", member, digest);
      previous = member;
    }
    demand(unproven.length === 0, "MemberNotProven", unproven[0]);
    demand(BigInt(approvers.length) >= threshold, "BelowThreshold", BigInt(approvers.length), threshold);
    return approvers;
  }
}

/** The alarms' hash chain after one more. */
export function alarmHash(
  before: string,
  alarm: bigint,
  kind: bigint,
  subject: bigint,
  through: bigint,
  reason: string,
): string {
  const types = ["bytes32", "uint64", "uint8", "uint256", "uint64", "bytes32"];
  return keccak256(AbiCoder.defaultAbiCoder().encode(types, [before, alarm, kind, subject, through, id(reason)]));
}

/** The Swarm address of a delta of at most 64 rows. */
export function deltaAddressOf(rows: readonly Row[], seq: bigint): string {
  const payload = concatBytes(...rows.map((row) => encodeRow({ ...row, seq })));
  return hexlify(getBytes(hashChunk(payload, BigInt(payload.length))));
}

function checkRows(batch: Batch, rows: readonly Row[]): void {
  demand(batch.rows <= 64n, "InvalidRowCount", batch.rows, 1n, 64n);
  demand(BigInt(rows.length) === batch.rows, "WrongRowCount", BigInt(rows.length), batch.rows);
  let previous = "0x" + "00".repeat(20);
  for (const { nixId } of rows) {
    demand(BigInt(nixId) > BigInt(previous), "UnorderedRows", nixId, previous);
    previous = nixId;
  }
  const delta = deltaAddressOf(rows, batch.seq);
  demand(delta === batch.delta, "DeltaMismatch", batch.delta, delta);
}

function checkCouncil({ members, publishThreshold, councilThreshold }: Council): void {
  const size = BigInt(members.length);
  demand(size >= 1n && size <= 32n, "InvalidCouncilSize", size, 1n, 32n);
  demand(
    publishThreshold >= 1n && publishThreshold <= councilThreshold && councilThreshold <= size,
    "InvalidThresholds",
    publishThreshold,
    councilThreshold,
    size,
  );
  let previous = ZeroAddress;
  for (const member of members) {
    demand(addressOrder(member) > addressOrder(previous), "Unordered", member, previous);
    previous = member;
  }
}
