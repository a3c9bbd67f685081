import type { ErrorDescriptor } from "./descriptor.js";

/** 2xxx: chunks, files and nodes of Swarm. */
export const swarmErrors = {
  SWARM_NOT_FOUND: {
    number: 2001,
    message: (d: { address: string; reason?: string }) =>
      d.reason === undefined ? `no node has ${d.address}` : `${d.address} could not be found: ${d.reason}`,
    hint: "The content may have expired or never have been uploaded; try another Swarm endpoint.",
    retryable: true,
  },
  SWARM_MISMATCH: {
    number: 2002,
    message: (d: { address: string; actual: string }) => `asked for ${d.address}, got the content of ${d.actual}`,
    hint: "The Swarm endpoint, or something on the way to it, altered the content; nothing of it was used, try another endpoint.",
    retryable: true,
  },
  SWARM_TRUNCATED: {
    number: 2003,
    message: (d: { address: string; expected: number; received: number }) =>
      `${d.address} ended after ${d.received} of ${d.expected} bytes`,
    hint: "The Swarm endpoint lost the connection or a chunk in the middle; try again, or another endpoint.",
    retryable: true,
  },
  SWARM_TOO_LARGE: {
    number: 2004,
    message: (d: { address: string; size: number; maxBytes: number }) =>
      `${d.address} is ${d.size} bytes long, more than the ${d.maxBytes} allowed here`,
    hint: "What this address should hold is smaller; whoever published the address made a mistake, or worse.",
  },
  SWARM_SIZE_MISMATCH: {
    number: 2005,
    message: (d: { address: string; expected: number; actual: number }) =>
      `${d.address} should be ${d.expected} bytes long, the node has ${d.actual}`,
    hint: "Either the endpoint answers wrongly or what named the address states another size; try another endpoint first.",
  },
  SWARM_CHUNK_INVALID: {
    number: 2006,
    message: (d: { address?: string; reason: string }) =>
      `${d.address === undefined ? "this" : `chunk ${d.address}`} is no chunk of a plain file: ${d.reason}`,
    hint: "Use addresses of unencrypted files of redundancy level 0, as catnix publishes them.",
  },
  SWARM_RANGE_INVALID: {
    number: 2007,
    message: (d: { address: string; start: number; end: number; size: number }) =>
      `bytes ${d.start} to ${d.end} are not within ${d.address}, which is ${d.size} bytes long`,
    hint: "Whatever named the range does not fit this file; check the listing, index or table that it came from.",
  },
  SWARM_UNREACHABLE: {
    number: 2010,
    message: (d: { url: string; reason: string }) => `the Swarm endpoint ${d.url} does not answer: ${d.reason}`,
    hint: "Check that the Bee node runs and that its API address is right.",
    retryable: true,
  },
  SWARM_TIMEOUT: {
    number: 2011,
    message: (d: { url: string; milliseconds: number }) =>
      `the Swarm endpoint ${d.url} sent nothing for ${d.milliseconds} ms`,
    hint: "The content may be rare or the node overloaded; try again later, or another endpoint.",
    retryable: true,
  },
  SWARM_BUSY: {
    number: 2012,
    message: (d: { url: string; status: number; reason: string; retryAfterMs?: number }) =>
      `the Swarm endpoint ${d.url} is busy (${d.status}): ${d.reason}`,
    hint: "The node is syncing or limits requests; wait, or use another endpoint.",
    retryable: true,
  },
  SWARM_REQUEST_REFUSED: {
    number: 2013,
    message: (d: { url: string; status: number; reason: string }) =>
      `the Swarm endpoint ${d.url} refused the request (${d.status}): ${d.reason}`,
    hint: "Check that the endpoint is a Bee API of version 8 or a catnix node, and that it may be used this way.",
  },
  SWARM_ANSWER_INVALID: {
    number: 2014,
    message: (d: { url: string; reason: string }) => `the Swarm endpoint ${d.url} answered oddly: ${d.reason}`,
    hint: "Check that the endpoint is a Bee API of version 8 or a catnix node, without a rewriting proxy before it.",
  },
  SWARM_UPLOAD_FAILED: {
    number: 2015,
    message: (d: { url: string; status: number; reason: string }) =>
      `the Swarm endpoint ${d.url} failed to store an upload (${d.status}): ${d.reason}`,
    hint: "Look at the node's log; uploading the same content again is safe.",
    retryable: true,
  },
  SWARM_UPLOAD_MISMATCH: {
    number: 2016,
    message: (d: { url: string; computed: string; answered: string }) =>
      `the Swarm endpoint ${d.url} stored ${d.answered} where ${d.computed} was sent`,
    hint: "The endpoint changes uploads, for example by erasure coding or encryption; use one that obeys swarm-redundancy-level.",
  },
  SWARM_BATCH_MISSING: {
    number: 2020,
    message: () => "uploading needs a postage batch, none is configured",
    hint: "Set swarm.postageBatch to the id of a usable, immutable postage batch (64 hexadecimal digits).",
  },
  SWARM_BATCH_FULL: {
    number: 2021,
    message: (d: { batch: string; reason: string }) => `postage batch ${d.batch} is full: ${d.reason}`,
    hint: "Dilute the batch or buy a deeper one; its fullest bucket decides.",
  },
  SWARM_BATCH_UNUSABLE: {
    number: 2022,
    message: (d: { batch: string; reason: string }) => `postage batch ${d.batch} cannot be used: ${d.reason}`,
    hint: "A new batch needs some blocks before it is usable; otherwise check that this node owns it and that it has not expired.",
  },
  SWARM_NODE_FULL: {
    number: 2030,
    message: (d: { reason: string }) => `the Swarm node has no room left: ${d.reason}`,
    hint: "Make room on the node's disk or raise its limit; what it acknowledged before is safe.",
  },
  SWARM_NODE_STORAGE: {
    number: 2031,
    message: (d: { file: string; reason: string }) => `the chunk database ${d.file} cannot be used: ${d.reason}`,
    hint: "Check the disk, the file's permissions and that it is a chunk database; content can be fetched again from peers.",
  },
  SWARM_NODE_CANNOT_LISTEN: {
    number: 2032,
    message: (d: { host: string; port: number; reason: string }) =>
      `the Swarm node cannot listen on ${d.host} port ${d.port}: ${d.reason}`,
    hint: "Stop what uses the port or choose another one.",
  },
} satisfies Record<string, ErrorDescriptor>;
