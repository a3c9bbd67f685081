import { CatnixError } from "../errors/catnix-error.js";
import type { Attestation, AttestationResult } from "./attestation.js";

/** One row of a batch that is to be signed, tombstones excepted. */
export interface BuildToSign {
  readonly storePath: string;
  /** 32 nix-base32 characters. */
  readonly nixId: string;
  /** 64 hex digits. */
  readonly swarmId: string;
  readonly narHash: string;
}

/** Rows that an error names; it says how many more there are. */
const NAMED_ROWS = 20;

/** Results with which a batch is not signed. */
const REFUSED: readonly AttestationResult[] = ["differs", "failed"];

/**
 * Holds an attestation against what its member is about to sign: of this batch, by this member, a row for each build, and none
 * that differs or failed. Rows that were skipped are let through: whoever signs is shown them.
 * @param wanted.digest of the batch, recomputed by the signer: `0x` and 64 hex digits
 * @param wanted.member checksummed
 * @throws CatnixError ATTESTATION_OF_ANOTHER_BATCH, ATTESTATION_OF_ANOTHER_MEMBER, ATTESTATION_INCOMPLETE, ATTESTATION_REFUSES
 */
export function requireAttested(
  attestation: Attestation,
  wanted: { readonly digest: string; readonly member: string; readonly builds: Iterable<BuildToSign> },
): void {
  const { digest, member } = wanted;
  if (attestation.digest !== digest)
    throw new CatnixError("ATTESTATION_OF_ANOTHER_BATCH", { expected: digest, actual: attestation.digest });
  if (attestation.member !== member)
    throw new CatnixError("ATTESTATION_OF_ANOTHER_MEMBER", { expected: member, actual: attestation.member });
  const rows = new Map(attestation.rows.map((row) => [row.nixId, row]));
  const strange: string[] = [];
  const refused: RefusedRow[] = [];
  for (const { storePath, nixId, swarmId, narHash } of wanted.builds) {
    const row = rows.get(nixId);
    rows.delete(nixId);
    if (row?.swarmId !== swarmId || row.narHash !== narHash) strange.push(storePath);
    else if (REFUSED.includes(row.result)) refused.push({ storePath, result: row.result });
  }
  // A digest fixes its delta: more rows than the batch has are as wrong as fewer.
  for (const { nixId, name } of rows.values()) strange.push(`${nixId}-${name}`);
  if (strange.length > 0)
    throw new CatnixError("ATTESTATION_INCOMPLETE", { count: strange.length, rows: strange.slice(0, NAMED_ROWS) });
  refuseRows(refused);
}

/** A build that its signer found out to be another one, or nothing about. */
export interface RefusedRow {
  readonly storePath: string;
  readonly result: AttestationResult;
}

/** @throws CatnixError ATTESTATION_REFUSES unless there is none */
export function refuseRows(rows: readonly RefusedRow[]): void {
  if (rows.length > 0)
    throw new CatnixError("ATTESTATION_REFUSES", { count: rows.length, rows: rows.slice(0, NAMED_ROWS) });
}
