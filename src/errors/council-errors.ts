import type { ErrorDescriptor } from "./descriptor.js";

/** 402x: acts about the registry itself and the guardian, held against the chain. */
export const actErrors = {
  ACT_STALE: {
    number: 4020,
    message: (d: { seq: number; parent: string; expected: string; current: number }) =>
      `this act ${d.seq} follows ${d.parent}, but the registry stands at act ${d.current} with head ${d.expected}`,
    hint: "Another act came first: prepare it anew with `catnix registry rotate` or `retire`, and sign that.",
  },
  ACT_DEADLINE: {
    number: 4021,
    message: (d: { deadline: string; reason: string }) => `the deadline ${d.deadline} is ${d.reason}`,
    hint: "Prepare the act anew with `catnix registry rotate` or `retire`; signing tools accept deadlines of up to seven days.",
  },
  APPROVALS_MISSING: {
    number: 4022,
    message: (d: { needed: number; held: number; members: string[]; joiners: string[] }) =>
      [
        `${d.held} of ${d.needed} approvals by members are there`,
        ...(d.held < d.needed ? [`not signed yet: ${d.members.join(", ")}`] : []),
        ...(d.joiners.length > 0 ? [`those who join have to sign as well: ${d.joiners.join(", ")}`] : []),
      ].join("; "),
    hint: "Have them run `catnix registry sign` on the file, and submit all files together; nothing was sent.",
  },
  REGISTRY_RETIRED: {
    number: 4023,
    message: (d: { registry: string }) => `the registry ${d.registry} is retired: no act follows`,
    hint: "Look at `catnix registry show` for its successor; only the guardian's withdrawals go on.",
  },
  NOT_GUARDIAN: {
    number: 4024,
    message: (d: { address: string; guardian: string }) =>
      /^0x0+$/.test(d.guardian)
        ? `the registry has no guardian, so that ${d.address} cannot withdraw`
        : `${d.address} is not the guardian, which is ${d.guardian}`,
    hint: "Use the guardian's key, or --calldata where the guardian is a contract; a quorum withdraws paths with `catnix batch create --withdraw`.",
  },
} satisfies Record<string, ErrorDescriptor>;

/** 515x: the files and wishes that such acts come from. */
export const councilErrors = {
  ACT_FILE_INVALID: {
    number: 5150,
    message: (d: { file: string; reason: string }) =>
      `${d.file} is no change of the council and no retirement: ${d.reason}`,
    hint: "Ask for the file again as `catnix registry rotate` or `retire` wrote it, and check chain.registry.",
  },
  COUNCIL_CHANGE_INVALID: {
    number: 5151,
    message: (d: { problems: string[] }) => `there is no such council: ${d.problems.join("; ")}`,
    hint: "Look at `catnix registry members` for who is there and how many have to sign; nothing was written.",
  },
  COUNCIL_UNCHANGED: {
    number: 5152,
    message: (d: { registry: string }) => `this is the council that ${d.registry} has`,
    hint: "Say what changes: --add, --remove, a threshold, --guardian, --charter, or a --council file.",
  },
  WITHDRAWAL_INCOMPLETE: {
    number: 5153,
    message: (d: { unread: number[]; records: string[] }) =>
      [
        "not everything could be looked through",
        ...(d.unread.length > 0 ? [`the deltas of batches ${d.unread.join(", ")} cannot be had`] : []),
        ...(d.records.length > 0 ? [`nor the records ${d.records.join(", ")}`] : []),
      ].join(": "),
    hint: "What was found is said above; withdraw such a batch whole with --batch, or run the command again once Swarm has it.",
  },
  WITHDRAWAL_POINTLESS: {
    number: 5154,
    message: (d: { what: string; reason: string }) => `to withdraw ${d.what} means nothing: ${d.reason}`,
    hint: "Give the number of a batch, or the swarmId that `catnix resolve` prints; with --yes an address is withdrawn all the same.",
  },
} satisfies Record<string, ErrorDescriptor>;
