import type { ErrorDescriptor } from "./descriptor.js";

/** 4xxx: the chain, its RPC and the registry contract. */
export const chainErrors = {
  RPC_UNAVAILABLE: {
    number: 4001,
    message: (d: { url: string; reason: string }) => `the RPC at ${d.url} does not answer: ${d.reason}`,
    hint: "Check chain.rpcUrl and that the node runs.",
    retryable: true,
  },
} satisfies Record<string, ErrorDescriptor>;
