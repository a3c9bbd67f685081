import type { CheckedBatch } from "../../consortium/check-batch.js";
import { toHex } from "../../encoding/hex.js";
import { readSmallFile } from "../../files/read-file.js";
import { type Attestation, MAX_ATTESTATION_SIZE, parseAttestation } from "../../members/attestation.js";
import { type BuildToSign, requireAttested } from "../../members/require-attested.js";
import { formatHashPart } from "../../nix/store-path.js";

/**
 * Reads an attestation that `catnix attest` wrote.
 * @throws CatnixError FILE_UNREADABLE, ATTESTATION_INVALID
 */
export async function readAttestation(file: string): Promise<Attestation> {
  return parseAttestation(await readSmallFile(file, MAX_ATTESTATION_SIZE), file);
}

/**
 * Holds a batch that a member is about to sign to what the same member found out about it.
 * @param member checksummed
 * @throws CatnixError ATTESTATION_OF_ANOTHER_BATCH, ATTESTATION_OF_ANOTHER_MEMBER, ATTESTATION_INCOMPLETE, ATTESTATION_REFUSES
 */
export function holdToAttestation({ digest, rows }: CheckedBatch, attestation: Attestation, member: string): void {
  const builds = rows.flatMap((row): BuildToSign[] => {
    if (row.kind === "withdrawn") return [];
    const { storePath, narHash } = row.held.record;
    const { nixId, swarmId } = row.row;
    return [{ storePath, nixId: formatHashPart(nixId), swarmId: toHex(swarmId), narHash }];
  });
  requireAttested(attestation, { digest, member, builds });
}
