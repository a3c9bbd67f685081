import type { ErrorDescriptor } from "./descriptor.js";

/** 4xxx: the chain, its RPC and the registry contract. */
export const chainErrors = {
  RPC_UNAVAILABLE: {
    number: 4001,
    message: (d: { url: string; reason: string }) => `the RPC at ${d.url} does not answer: ${d.reason}`,
    hint: "Check chain.rpcUrl and that the node runs.",
    retryable: true,
  },
  RPC_WRONG_CHAIN: {
    number: 4002,
    message: (d: { url: string; found: number; wanted: number }) =>
      `the RPC at ${d.url} is of chain ${d.found}, not ${d.wanted}`,
    hint: "Correct chain.rpcUrl or chain.chainId.",
  },
  RPC_ANSWER_INVALID: {
    number: 4003,
    message: (d: { url: string; reason: string }) => `the RPC at ${d.url} gave an answer that cannot be: ${d.reason}`,
    hint: "Use another RPC endpoint: this one leaves things out or is behind.",
    retryable: true,
  },
  REGISTRY_MISSING: {
    number: 4004,
    message: (d: { registry: string; chainId: number }) =>
      `there is no CAT registry at ${d.registry} on chain ${d.chainId}`,
    hint: "Correct chain.registry, or wait until the node has synced.",
  },
  CALL_REVERTED: {
    number: 4005,
    message: (d: { call: string; error: string; values: string[] }) =>
      `the registry refuses ${d.call}: ${d.error}(${d.values.join(", ")})`,
    hint: "Nothing was changed; contracts/ICatRegistry.sol says what each of the contract's errors means.",
  },
  TRANSACTION_FAILED: {
    number: 4006,
    message: (d: { call: string; reason: string }) => `the transaction ${d.call} failed: ${d.reason}`,
    hint: "Check the sender's balance and the chain; `catnix registry show` says where the registry stands.",
  },
  REGISTRY_HISTORY_BROKEN: {
    number: 4007,
    message: (d: { reason: string }) => `the registry's history does not hold together: ${d.reason}`,
    hint: "The indexer has halted, and what it had stays: compare with another RPC endpoint, then start it again.",
  },
  CHAIN_REORGANISED: {
    number: 4008,
    message: (d: { block: number; was: string; is: string }) =>
      `block ${d.block} was ${d.was} and is ${d.is} now, although it was final`,
    hint: "The indexer has halted: find out what happened to the chain, then delete the index so that it is built again.",
  },
  BATCH_STALE: {
    number: 4009,
    message: (d: { seq: number; parent: string; expected: string; current: number }) =>
      `batch ${d.seq} follows ${d.parent}, but the registry stands at act ${d.current} with head ${d.expected}`,
    hint: "Another act came first: make the draft follow it with `catnix batch rebase`, and let members sign that.",
  },
  BATCH_DEADLINE: {
    number: 4010,
    message: (d: { deadline: string; reason: string }) => `the deadline ${d.deadline} is ${d.reason}`,
    hint: "Make a new draft with `catnix batch rebase --out FILE`; signing tools accept deadlines of up to seven days.",
  },
  NOT_A_MEMBER: {
    number: 4011,
    message: (d: { address: string }) => `${d.address} is not a member of the registry's council`,
    hint: "Use the key of a member; `catnix registry show` lists them.",
  },
  APPROVAL_INVALID: {
    number: 4012,
    message: (d: { file: string; member: string }) => `${d.file} holds an approval that ${d.member} did not sign`,
    hint: "Ask that member to sign again; the file was altered or is of another batch.",
  },
  ALARM_RAISED: {
    number: 4013,
    message: (d: { seq: number; alarms: number }) =>
      `the guardian withdrew something while batch ${d.seq} was checked (alarm ${d.alarms})`,
    hint: "Check the batch again: what it refers to may be withdrawn now.",
  },
  COUNCIL_INVALID: {
    number: 4030,
    message: (d: { file: string; problems: string[] }) => `${d.file} is no council: ${d.problems.join("; ")}`,
    hint: "It is JSON: members (1 to 32 distinct addresses), publishThreshold, councilThreshold, and if wanted guardian and charter.",
  },
  COUNCIL_NEEDED: {
    number: 4031,
    message: (d: { chainId: number }) => `no council is given for chain ${d.chainId}`,
    hint: "Name the council's file in CATNIX_COUNCIL; only a development chain (31337) has one by default.",
  },
  POSTAGE_UNPAID: {
    number: 4070,
    message: (d: { url: string; reason: string }) =>
      `the wallet of the node ${d.url} cannot pay for postage: ${d.reason}`,
    hint: "Send xBZZ for the postage, and some xDAI for the gas, to the node's wallet; `catnix stamps plan` says how much.",
  },
  POSTAGE_REFUSED: {
    number: 4071,
    message: (d: { url: string; reason: string }) => `the node ${d.url} refused to pay for postage: ${d.reason}`,
    hint: "Nothing was paid; check depth and amount, which has to last for a day at least, and that the node is a full or light one.",
  },
  POSTAGE_UNCERTAIN: {
    number: 4072,
    message: (d: { url: string; reason: string }) =>
      `whether the node ${d.url} has paid for postage is not known: ${d.reason}`,
    hint: "Look at `catnix stamps list` and at the node's log before you try again, since the transaction may have been sent.",
  },
  POSTAGE_PENDING: {
    number: 4073,
    message: (d: { batch: string; what: string; seconds: number }) =>
      `postage batch ${d.batch} is ${d.what} ${d.seconds} s after it was looked at first`,
    hint: "It is paid for: wait until the node has seen some more blocks (`catnix stamps list`), and do not pay again.",
    retryable: true,
  },
  POSTAGE_TOO_SHORT: {
    number: 4074,
    message: (d: { days: number }) =>
      `the batch would last for ${d.days.toFixed(1)} days, and Swarm wants a day at least`,
    hint: "Give a longer time or a larger amount; before a dilution, which halves the time with each step, top the batch up.",
  },
} satisfies Record<string, ErrorDescriptor>;
