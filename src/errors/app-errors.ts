import type { ErrorDescriptor } from "./descriptor.js";

/** 5xxx: configuration, files, keys and the commands themselves. */
export const appErrors = {
  FILE_UNREADABLE: {
    number: 5001,
    message: (d: { file: string; reason: string }) => `cannot read ${d.file}: ${d.reason}`,
    hint: "Check that the file exists and that you may read it.",
  },
} satisfies Record<string, ErrorDescriptor>;
