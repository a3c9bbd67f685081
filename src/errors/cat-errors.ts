import type { ErrorDescriptor } from "./descriptor.js";

/** 3xxx: records, rows, buckets, the CAT, deltas, packs, batches. */
export const catErrors = {
  CAT_ROW_INVALID: {
    number: 3001,
    message: (d: { reason: string }) => `invalid row: ${d.reason}`,
    hint: "The data is not a CAT of version 1; do not sign it.",
  },
} satisfies Record<string, ErrorDescriptor>;
