import type { ErrorDescriptor } from "./descriptor.js";

/** 404x and 405x: proofs of the chain's state, for who trusts no endpoint (docs/light.md). */
export const proofErrors = {
  STATE_PROOF_INVALID: {
    number: 4040,
    message: (d: { reason: string }) => `a proof of the chain's state does not hold: ${d.reason}`,
    hint: "Use another RPC endpoint: this one is broken, behind or lying.",
    retryable: true,
  },
  BLOCK_HEADER_INVALID: {
    number: 4041,
    message: (d: { reason: string }) => `what should be a block's header is none: ${d.reason}`,
    hint: "Use another RPC endpoint, or a newer catnix where the chain had a fork that changed the header.",
  },
  BLOCK_HEADER_MISMATCH: {
    number: 4042,
    message: (d: { wanted: string; found: string }) =>
      `the header that was given for block ${d.wanted} is that of ${d.found}`,
    hint: "Use another RPC endpoint: this one is lying, or the chain had a fork that this catnix does not know.",
    retryable: true,
  },
  BLOCK_TOO_OLD: {
    number: 4043,
    message: (d: { block: number; age: number; limit: number }) =>
      `block ${d.block} is ${d.age} s old, and more than ${d.limit} s was to be refused: what came later is not known`,
    hint: "Take the hash of a newer block or endpoints that keep up; where old is good enough, say so by --max-age.",
  },
  BLOCK_FROM_FUTURE: {
    number: 4044,
    message: (d: { block: number; ahead: number }) =>
      `block ${d.block} is ${d.ahead} s ahead of this machine's clock: its age cannot be told`,
    hint: "Set the clock of this machine; for a development chain whose time was moved, say --max-age any.",
  },
  BLOCK_NOT_AGREED: {
    number: 4045,
    message: (d: { needed: number; asked: number; found: string[] }) =>
      `no block is the same at ${d.needed} of ${d.asked} RPC endpoints: ${d.found.join(", ")}`,
    hint: "Name more endpoints by --rpc, or a block that you know by --block-hash.",
    retryable: true,
  },
  LIGHT_TRUST_MISSING: {
    number: 4046,
    message: (d: { hosts: number }) => `nothing says which block to trust: the RPC endpoints are of ${d.hosts} host`,
    hint: "Give --block-hash, or --rpc for several hosts; --agree 1 trusts a single endpoint for its latest block.",
  },
  LIGHT_AGREE_TOO_MANY: {
    number: 4047,
    message: (d: { needed: number; asked: number }) =>
      `${d.needed} endpoints cannot agree, as those there are belong to ${d.asked === 1 ? "one host" : `${d.asked} hosts`}`,
    hint: "Name as many endpoints by --rpc as have to agree, each of another host, or lower --agree.",
  },
  BLOCK_UNKNOWN: {
    number: 4048,
    message: (d: { url: string; block: string }) => `the RPC at ${d.url} does not know block ${d.block}`,
    hint: "Check the hash and the chain, or use an endpoint that is in step with it.",
    retryable: true,
  },
  PROOF_UNAVAILABLE: {
    number: 4049,
    message: (d: { url: string; block: number; reason: string }) =>
      `the RPC at ${d.url} gives no proof of its state at block ${d.block}: ${d.reason}`,
    hint: "Take a newer block, or an endpoint that answers eth_getProof for this one, as an archive node does.",
    retryable: true,
  },
  REGISTRY_CODE_UNKNOWN: {
    number: 4050,
    message: (d: { registry: string; found: string; known: string }) =>
      `the code of ${d.registry} has the hash ${d.found}, and that of a registry there has ${d.known}`,
    hint: "Do not trust it; where you know that an audited release of the contract has that hash, set light.codeHash.",
  },
} satisfies Record<string, ErrorDescriptor>;
