import type { ErrorDescriptor } from "./descriptor.js";

/**
 * 408x and 409x: what Ethereum keys sign on Swarm, owned chunks and feeds, and the sites that feeds name. 41xx: what members
 * publish there about themselves.
 */
export const ownedErrors = {
  OWNED_CHUNK_INVALID: {
    number: 4080,
    message: (d: { address?: string; reason: string }) =>
      `${d.address === undefined ? "this" : `chunk ${d.address}`} is no owned chunk: ${d.reason}`,
    hint: "Nothing of it was used; check the owner and the identifier, or try another Swarm endpoint.",
  },
  OWNED_PAYLOAD_TOO_LONG: {
    number: 4081,
    message: (d: { file: string; maxBytes: number }) => `${d.file} is longer than the ${d.maxBytes} bytes of a chunk`,
    hint: "Upload the content as a file, and put its address into the owned chunk.",
  },
  FEED_EMPTY: {
    number: 4085,
    message: (d: { owner: string; topic: string }) =>
      `no update of the feed of ${d.owner} on topic ${d.topic} was found`,
    hint: "Check owner and topic; an update just made may need some seconds to be found through another node.",
    retryable: true,
  },
  FEED_TAKEN: {
    number: 4086,
    message: (d: { owner: string; topic: string; index: number }) =>
      `update ${d.index} of the feed of ${d.owner} on topic ${d.topic} is there already`,
    hint: "Leave the index out, so that the update is put after the last one, and let one machine at a time write a feed.",
  },
  MANIFEST_INVALID: {
    number: 4090,
    message: (d: { address: string; reason: string }) => `${d.address} is no manifest of a site: ${d.reason}`,
    hint: "Use the address of an unencrypted mantaray manifest of version 0.2, as `POST /bzz` gives it.",
  },
  SITE_UPLOAD_INVALID: {
    number: 4091,
    message: (d: { reason: string }) => `this is no site that can be stored: ${d.reason}`,
    hint: "Send a plain ustar archive of regular files, or one file with its content type and without swarm-collection.",
  },
  CHARTER_INVALID: {
    number: 4100,
    message: (d: { charter: string; reason: string }) => `${d.charter} is no charter: ${d.reason}`,
    hint: "A charter is made by `catnix charter create`, and read only as its canonical bytes (docs/members.md).",
  },
  CHARTER_MISSING: {
    number: 4101,
    message: (d: { registry: string }) => `the council of ${d.registry} names no charter`,
    hint: "Make one with `catnix charter create`, publish it, and let the council name it by `catnix registry rotate --charter`.",
  },
  CHARTER_DIFFERS: {
    number: 4102,
    message: (d: { missing: readonly string[]; strangers: readonly string[] }) =>
      `the charter and the council differ: without an entry ${d.missing.join(", ") || "nobody"}, without a seat ${d.strangers.join(", ") || "nobody"}`,
    hint: "Make a charter with an entry for each member of the council, publish it, and let the council name it.",
  },
  CHARTER_ENTRY_INVALID: {
    number: 4103,
    message: (d: { file: string; reason: string }) => `${d.file} is no entry of a charter: ${d.reason}`,
    hint: "Each member makes its own entry with `catnix charter member`.",
  },
  STATEMENT_INVALID: {
    number: 4110,
    message: (d: { owner: string; reason: string }) => `what ${d.owner} put on Swarm does not hold: ${d.reason}`,
    hint: "Nothing of it was used; its owner can put another one there with `catnix batch announce`.",
  },
  OWNED_KEY_UNKNOWN: {
    number: 4111,
    message: (d: { owner: string; member?: string | undefined }) =>
      `${d.owner} is not the owned key of ${d.member ?? "any member"} in the charter`,
    hint: "Give the key that your entry in the charter names (`catnix charter show`), or have the entry changed.",
  },
  APPROVAL_ABSENT: {
    number: 4112,
    message: (d: { member: string; where: string }) => `there is no approval of ${d.member} in ${d.where}`,
    hint: "Sign the batch first, with `catnix batch sign`.",
  },
  QUORUM_MISSING: {
    number: 4113,
    message: (d: { found: number; needed: number; missing: readonly string[] }) =>
      `${d.found} of ${d.needed} approvals are there; ${d.missing.join(", ") || "nobody"} could still give one`,
    hint: "Ask those who are missing, and collect again, or wait for them with --wait.",
    retryable: true,
  },
  BATCH_UNKNOWN: {
    number: 4114,
    message: (d: { what: string }) => `no member has announced ${d.what}`,
    hint: "Check the digest or the number, or ask a member for the batch file.",
    retryable: true,
  },
  ROOT_NOT_ANNOUNCED: {
    number: 4115,
    message: (d: { from: number; threshold: number }) =>
      `no root from act ${d.from} on was announced by ${d.threshold} members of the charter`,
    hint: "Try another swarm.url, or ask members to run `catnix batch announce`; --from-seq, which is the act seen here last unless you give it, may be lowered; with a chain no announcement is needed.",
    retryable: true,
  },
  ROOTS_CONTRADICT: {
    number: 4116,
    message: (d: { seq: number; digests: readonly string[] }) =>
      `members signed different batches as act ${d.seq}, each with a quorum: ${d.digests.join(", ")}`,
    hint: "Ask the chain which one it approved, and ask the members why; no other answer can be trusted.",
  },
  STATEMENT_LATE: {
    number: 4117,
    message: (d: { owner: string; milliseconds: number }) =>
      `Swarm did not give what ${d.owner} put there within ${d.milliseconds} ms`,
    hint: "Try again later, or another Swarm endpoint; what other members put there is not affected.",
    retryable: true,
  },
  SIGNATURE_LIST_INVALID: {
    number: 4130,
    message: (d: { list: string; reason: string }) => `${d.list} is no list of a member's Nix signatures: ${d.reason}`,
    hint: "The member makes its list anew with `catnix batch sign-paths`, and followers find it by themselves.",
  },
  SIGNATURE_LIST_OF_ANOTHER: {
    number: 4131,
    message: (d: { list: string; what: string; expected: string; actual: string }) =>
      `${d.list} is of another ${d.what}: ${d.actual} instead of ${d.expected}`,
    hint: "The member makes a list of the approved batch with `catnix batch sign-paths`, by the keys of the present charter.",
  },
  SIGNATURE_WRONG: {
    number: 4132,
    message: (d: { list: string; storePath: string; key: string }) =>
      `${d.list} has a signature of ${d.storePath} that ${d.key} did not make`,
    hint: "The rest of the list is not read, so let the member look at how it was made.",
  },
  NIX_KEY_NOT_IN_CHARTER: {
    number: 4133,
    message: (d: { key: string; member: string }) => `the charter does not name ${d.key} as a Nix key of ${d.member}`,
    hint: "Give the key files that belong to your entry in the charter (`catnix charter show`), or have the entry changed.",
  },
  NO_PATH_SIGNED: {
    number: 4134,
    message: (d: { seq: number; unchecked: number; withoutKey: number }) =>
      `nothing of batch ${d.seq} can be signed: ${d.unchecked} paths are not known to be checked, for ${d.withoutKey} the key is missing`,
    hint: "Check the batch with `catnix attest`, and give its attestation and the key for what it found.",
  },
  BATCH_NOT_APPROVED: {
    number: 4135,
    message: (d: { seq: number }) => `the registry has approved no batch ${d.seq}`,
    hint: "Look at `catnix batch list`, or give the batch file.",
  },
} satisfies Record<string, ErrorDescriptor>;
