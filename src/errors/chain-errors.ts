import type { ErrorDescriptor } from "./descriptor.js";

/** 4xxx: the chain, its RPC and the registry contract. */
export const chainErrors = {
  RPC_UNAVAILABLE: {
    number: 4001,
    message: (d: { url: string; reason: string }) => `the RPC at ${d.url} does not answer: ${d.reason}`,
    hint: "Check chain.rpcUrl and that the node runs.",
    retryable: true,
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
} satisfies Record<string, ErrorDescriptor>;
