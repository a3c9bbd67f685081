import type { ErrorDescriptor } from "./descriptor.js";

/** 511x: what a member checked before it signs, and what it leaves out. */
export const attestErrors = {
  ATTESTATION_INVALID: {
    number: 5110,
    message: (d: { source: string; reason: string }) => `${d.source} is no attestation: ${d.reason}`,
    hint: "Take it as `catnix attest` wrote it, byte for byte, or run that again.",
  },
  ATTESTATION_OF_ANOTHER_BATCH: {
    number: 5111,
    message: (d: { expected: string; actual: string }) =>
      `the attestation is of the batch with digest ${d.actual}, not of ${d.expected}`,
    hint: "Run `catnix attest` on this batch: what was checked before is not checked again.",
  },
  ATTESTATION_OF_ANOTHER_MEMBER: {
    number: 5112,
    message: (d: { expected: string; actual: string }) => `the attestation is by ${d.actual}, not by ${d.expected}`,
    hint: "A member signs by its own checks: run `catnix attest` with this member's address.",
  },
  ATTESTATION_INCOMPLETE: {
    number: 5113,
    message: (d: { count: number; rows: string[] }) =>
      `the attestation does not speak of ${d.count} of the batch's rows as they are: ${d.rows.join(", ")}`,
    hint: "Run `catnix attest` on this batch again, and look at who changed the file in between.",
  },
  ATTESTATION_REFUSES: {
    number: 5114,
    message: (d: { count: number; rows: readonly { storePath: string; result: string }[] }) =>
      [
        `what was found out does not vouch for ${d.count} of the batch's rows:`,
        ...d.rows.map(({ storePath, result }) => `  ${result}: ${storePath}`),
        ...(d.count > d.rows.length ? [`  and ${d.count - d.rows.length} more`] : []),
      ].join("\n"),
    hint: "Nothing was signed: look into these rows, or leave them out with `catnix batch leave-out` and attest and sign the new draft.",
  },
  BUILDER_UNREACHABLE: {
    number: 5115,
    message: (d: { url: string; reason: string }) => `the builder's cache ${d.url} does not answer: ${d.reason}`,
    hint: "Check the URL and the network, and run it again: what was checked is not checked again.",
    retryable: true,
  },
  BUILDER_ANSWER_INVALID: {
    number: 5116,
    message: (d: { url: string; reason: string }) =>
      `the builder's cache ${d.url} does not answer as a Nix binary cache: ${d.reason}`,
    hint: "Give the URL that stands in a nix.conf as a substituter, of a cache of the same store folder.",
  },
  BATCH_NOT_VOUCHED: {
    number: 5117,
    message: (d: { differs: number; failed: number; rows: number; report: string }) =>
      `of ${d.rows} rows ${d.differs} differ and ${d.failed} failed: see ${d.report}`,
    hint: "Look into them; what failed may pass when it is run again, and what you will not sign is left out with --leave-out PATH.",
  },
  LEAVE_OUT_REFERENCED: {
    number: 5118,
    message: (d: { count: number; referrers: string[] }) =>
      [
        `${d.count} rows that would stay refer to what is left out:`,
        ...d.referrers.map((path) => `  ${path}`),
        ...(d.count > d.referrers.length ? [`  and ${d.count - d.referrers.length} more`] : []),
      ].join("\n"),
    hint: "Leave them out as well, each by name or all with --with-referrers; nothing was written.",
  },
  LEAVE_OUT_INVALID: {
    number: 5119,
    message: (d: { reason: string }) => `these rows cannot be left out: ${d.reason}`,
    hint: "Give store paths that `catnix batch show` lists for this batch, and leave at least one of them in.",
  },
  EVALUATION_FAILED: {
    number: 5121,
    message: (d: { expression: string; reason: string }) => `Nix could not evaluate ${d.expression}: ${d.reason}`,
    hint: "Give a Nix file, with --attr where it has several derivations, or a flake such as nixpkgs#jq, and see what nix-instantiate says.",
  },
} satisfies Record<string, ErrorDescriptor>;
