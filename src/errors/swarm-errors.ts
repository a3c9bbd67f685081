import type { ErrorDescriptor } from "./descriptor.js";

/** 2xxx: chunks, files and nodes of Swarm. */
export const swarmErrors = {
  SWARM_NOT_FOUND: {
    number: 2001,
    message: (d: { address: string }) => `no node has ${d.address}`,
    hint: "The content may have expired or never have been uploaded; try another Swarm endpoint.",
    retryable: true,
  },
} satisfies Record<string, ErrorDescriptor>;
