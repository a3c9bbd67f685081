import type { CatRecord } from "../cat/record.js";
import type { AttestationRow } from "../members/attestation.js";

/** A row of a batch's delta that lists a build. */
export interface RowToAttest {
  /** 20 bytes. */
  readonly nixId: Uint8Array;
  /** 32 bytes. */
  readonly swarmId: Uint8Array;
  readonly record: CatRecord;
}

/** Whose word an input of a rebuild was: what was found out stands as long as that does. */
export type InputOrigin =
  /** A build that the batch or the CAT lists: `nixId` and `swarmId` in hexadecimal. */
  | { readonly kind: "listed"; readonly nixId: string; readonly swarmId: string }
  /** A builder's cache, under a key as `trusted-public-keys` has it. */
  | { readonly kind: "builder"; readonly builder: string; readonly builderKey: string };

/** What was found out about one row. */
export interface RowOutcome extends Pick<
  AttestationRow,
  "result" | "mode" | "deriver" | "builder" | "builderKey" | "foundNarHash" | "reason"
> {
  /** The folder or file with what was kept: both NARs of what differs, the log of a build. */
  readonly kept?: string | undefined;
  /** What it was built with, where that was others' word. */
  readonly inputs?: readonly InputOrigin[] | undefined;
}
