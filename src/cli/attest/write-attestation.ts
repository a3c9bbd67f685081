import { join, relative } from "node:path";
import type { AttestedRow } from "../../attest/attest-rows.js";
import { formatReport } from "../../attest/report.js";
import { writeFileWhole } from "../../files/write-file.js";
import { type Attestation, formatAttestation } from "../../members/attestation.js";
import { formatHashPart } from "../../nix/store-path.js";
import type { Context } from "../context.js";
import { preparePostage } from "../prepare-postage.js";

export interface WrittenAttestation {
  /** The attestation. */
  readonly file: string;
  /** The same for people. */
  readonly report: string;
  /** Swarm address of the attestation; undefined where it was not uploaded. */
  readonly address?: string | undefined;
}

/**
 * Writes an attestation and its report into a folder, and uploads it. The file is there before anything is sent.
 * @throws CatnixError DISK_FULL, FILE_UNWRITABLE, SWARM_…
 */
export async function writeAttestation(
  context: Context,
  attestation: Attestation,
  attested: readonly AttestedRow[],
  { folder, upload }: { folder: string; upload: boolean },
): Promise<WrittenAttestation> {
  const bytes = formatAttestation(attestation);
  const [file, report] = [join(folder, "attestation.json"), join(folder, "report.md")];
  await writeFileWhole(file, bytes);
  const { storeDir } = context.config;
  const kept = new Map<string, string>();
  for (const { row, outcome } of attested)
    if (outcome.kept !== undefined) kept.set(formatHashPart(row.nixId), relative(folder, outcome.kept));
  // Before the upload too: whatever becomes of that, what was found out can be read.
  await writeFileWhole(report, formatReport(attestation, { storeDir, kept }));
  if (!upload) return { file, report };
  await preparePostage(context);
  const { address } = await context.wait("the attestation's upload", context.store().write(bytes));
  await writeFileWhole(report, formatReport(attestation, { storeDir, kept, address }));
  return { file, report, address };
}
