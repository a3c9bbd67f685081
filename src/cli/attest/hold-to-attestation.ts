import type { CheckedBatch } from "../../consortium/check-batch.js";
import { isHex, toHex } from "../../encoding/hex.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { readSmallFile } from "../../files/read-file.js";
import { type Attestation, MAX_ATTESTATION_SIZE, parseAttestation } from "../../members/attestation.js";
import { type BuildToSign, requireAttested } from "../../members/require-attested.js";
import { formatHashPart } from "../../nix/store-path.js";
import type { Context } from "../context.js";
import { describeChecks } from "../describe-checks.js";

/**
 * Reads an attestation that `catnix attest` wrote: a file, or what is at an address on Swarm.
 * @throws CatnixError FILE_UNREADABLE, ATTESTATION_INVALID, SWARM_…
 */
export async function readAttestation(context: Context, source: string): Promise<Attestation> {
  const bytes = isHex(source, 32)
    ? await context.store().readAll(source, MAX_ATTESTATION_SIZE, { signal: context.signal })
    : await readSmallFile(source, MAX_ATTESTATION_SIZE);
  return parseAttestation(bytes, source);
}

/**
 * What an attestation, by whomever, says of a checked batch.
 * @throws CatnixError ATTESTATION_OF_ANOTHER_BATCH
 */
export function describeAttestation({ digest }: CheckedBatch, attestation: Attestation, context: Context): string {
  if (attestation.digest !== digest)
    throw new CatnixError("ATTESTATION_OF_ANOTHER_BATCH", { expected: digest, actual: attestation.digest });
  return describeChecks(attestation, { storeDir: context.config.storeDir, colors: context.colors });
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
