import type { ErrorDescriptor } from "./descriptor.js";

const notACat = "The data breaks the format of the CAT, version 1: do not sign it, and tell the consortium.";

/** 3xxx: records, rows, buckets, the CAT, deltas, packs, batches. */
export const catErrors = {
  CAT_ROW_INVALID: {
    number: 3001,
    message: (d: { reason: string }) => `invalid row: ${d.reason}`,
    hint: notACat,
  },
  CAT_BUCKET_INVALID: {
    number: 3002,
    message: (d: { reason: string }) => `invalid bucket: ${d.reason}`,
    hint: notACat,
  },
  CAT_TREE_INVALID: {
    number: 3003,
    message: (d: { address: string; reason: string }) => `the chunk ${d.address} is no part of a CAT: ${d.reason}`,
    hint: notACat,
  },
  CAT_DELTA_INVALID: {
    number: 3004,
    message: (d: { reason: string }) => `invalid delta: ${d.reason}`,
    hint: notACat,
  },
  CAT_PACK_INVALID: {
    number: 3005,
    message: (d: { reason: string }) => `invalid pack: ${d.reason}`,
    hint: "The pack is for bulk reading only: the records can be read one by one instead.",
  },
  CAT_RECORD_INVALID: {
    number: 3006,
    message: (d: { reason: string }) => `invalid record: ${d.reason}`,
    hint: "A record is a narinfo in canonical form (docs/spec.md, Record): do not sign it.",
  },
  CAT_RECORD_OF_ANOTHER_PATH: {
    number: 3007,
    message: (d: { nixId: string; storePath: string }) => `the record for ${d.nixId} is one of ${d.storePath}`,
    hint: "The row leads to a record of another store path: do not sign it, and tell the consortium.",
  },
  CAT_GROWTH_REFUSED: {
    number: 3008,
    message: (d: { from: number; to: number; rows: number }) =>
      `the CAT would grow from depth ${d.from} to ${d.to} with only ${d.rows} rows`,
    hint: "Store paths were ground so that they fall into one bucket: find out who did it and leave those rows out.",
  },
  CAT_FULL: {
    number: 3009,
    message: (d: { depth: number }) => `the rows do not fit into a CAT of depth ${d.depth}`,
    hint: "The CAT holds about 100 thousand million rows; this delta cannot be honest.",
  },
  CAT_ROOT_MISMATCH: {
    number: 3010,
    message: (d: { seq: number; expected: string; actual: string }) =>
      `batch ${d.seq} claims the root ${d.expected}, but its delta leads to ${d.actual}`,
    hint: "Do not sign or follow this batch; its publisher, or a Swarm node, is wrong.",
  },
  CAT_TOMBSTONE_UNKNOWN: {
    number: 3011,
    message: (d: { nixId: string }) => `the delta withdraws ${d.nixId}, which the CAT does not list`,
    hint: "Only a listed path can be withdrawn; leave the row out.",
  },
  CAT_CLOSURE_BROKEN: {
    number: 3012,
    message: (d: { storePath: string; reference: string }) =>
      `${d.storePath} refers to ${d.reference}, which would not be live in the CAT`,
    hint: "Publish the whole closure in one batch, or the missing path first.",
  },
  BATCH_FILE_INVALID: {
    number: 3013,
    message: (d: { file: string; reason: string }) => `${d.file} is no batch file: ${d.reason}`,
    hint: "Ask its sender for the file again, or make a new draft.",
  },
  CAT_WITHDRAWN_BUILD: {
    number: 3014,
    message: (d: { storePath: string; through: number; seq: number }) =>
      `the guardian withdrew this build of ${d.storePath} through batch ${d.through}; batch ${d.seq} could not revive it`,
    hint: "If the withdrawal was a mistake, list it again in a batch after that one.",
  },
  CAT_TOMBSTONE_REFERENCED: {
    number: 3015,
    message: (d: { nixId: string; referrer: string }) => `${d.referrer}, which stays listed, refers to ${d.nixId}`,
    hint: "Withdraw the paths that refer to it as well, or force this withdrawal by naming the path.",
  },
  // 3016 refused every record with a listing, when nothing checked them.
  CAT_LISTING_MISMATCH: {
    number: 3017,
    message: (d: { storePath: string; claimed: string; actual: string | undefined }) =>
      `the record of ${d.storePath} names the listing ${d.claimed}, but that of its NAR is ${d.actual ?? "not to be had"}`,
    hint: "Do not sign it; ask its publisher to publish the path again.",
  },
  CAT_PATH_UNKNOWN: {
    number: 3019,
    message: (d: { path: string; seq: number }) => `the CAT of act ${d.seq} does not list ${d.path}`,
    hint: "No quorum has approved a build of it: build it yourself, or wait for a batch that lists it.",
  },
  CAT_PATH_WITHDRAWN: {
    number: 3020,
    message: (d: { path: string; by: string; reason?: string | undefined }) =>
      `${d.path} was withdrawn by ${d.by}${d.reason ? `: ${d.reason}` : ""}`,
    hint: "Do not use copies of this build that you still have, and find out why it was withdrawn.",
  },
} satisfies Record<string, ErrorDescriptor>;
