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

/** What was found out about one row. */
export interface RowOutcome extends Pick<
  AttestationRow,
  "result" | "mode" | "deriver" | "builder" | "builderKey" | "foundNarHash" | "reason"
> {
  /** The folder or file with what was kept: both NARs of what differs, the log of a build. */
  readonly kept?: string | undefined;
}
