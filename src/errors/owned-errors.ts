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
} satisfies Record<string, ErrorDescriptor>;
