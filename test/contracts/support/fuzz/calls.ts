/** A batch with every field as the ABI has it: integers are bigint, bytes and addresses 0x-hex. */
export interface Batch {
  seq: bigint;
  parent: string;
  root: string;
  depth: bigint;
  delta: string;
  rows: bigint;
  pack: string;
  deadline: bigint;
}

export interface Council {
  seq: bigint;
  parent: string;
  members: string[];
  publishThreshold: bigint;
  councilThreshold: bigint;
  guardian: string;
  charter: string;
  deadline: bigint;
}

export interface Retirement {
  seq: bigint;
  parent: string;
  successorChainId: bigint;
  successor: string;
  deadline: bigint;
}

export interface Row {
  nixId: string; // 20 bytes, lower case
  swarmId: string; // 32 bytes, lower case
}

export interface Approval {
  member: string; // checksummed, as everywhere here
  signature: string;
}

/** What may be asked of a registry by a transaction. */
export type Call =
  | { name: "publish"; batch: Batch; approvals: Approval[] }
  | { name: "publishRows"; batch: Batch; rows: Row[]; approvals: Approval[] }
  | { name: "changeCouncil"; council: Council; approvals: Approval[] }
  | { name: "retire"; retirement: Retirement; approvals: Approval[] }
  | { name: "record"; row: Row; seq: bigint; slot: bigint; siblings: string[] }
  | { name: "withdrawBatch"; seq: bigint; reason: string }
  | { name: "withdrawBuild"; swarmId: string; reason: string };

/** The call's arguments, in the order of the contract's. */
export function argumentsOf(call: Call): unknown[] {
  switch (call.name) {
    case "publish":
      return [call.batch, call.approvals];
    case "publishRows":
      return [call.batch, call.rows, call.approvals];
    case "changeCouncil":
      return [call.council, call.approvals];
    case "retire":
      return [call.retirement, call.approvals];
    case "record":
      return [call.row, call.seq, call.slot, call.siblings];
    case "withdrawBatch":
      return [call.seq, call.reason];
    case "withdrawBuild":
      return [call.swarmId, call.reason];
  }
}
