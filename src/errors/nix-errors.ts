import type { ErrorDescriptor } from "./descriptor.js";

/** 1xxx: store paths, narinfo, NAR, signatures, the Nix database. */
export const nixErrors = {
  NIX_BASE32_INVALID: {
    number: 1001,
    message: (d: { text: string; reason: string }) => `not nix-base32: ${JSON.stringify(d.text)}: ${d.reason}`,
    hint: "Nix writes hashes with the characters 0-9 a-z without e, o, t and u.",
  },
} satisfies Record<string, ErrorDescriptor>;
