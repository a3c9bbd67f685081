import { existsSync } from "node:fs";
import { AttestedBuilds } from "../../attest/attested-builds.js";
import type { CheckedBatch, CheckedRow } from "../../consortium/check-batch.js";
import { isHex, toHex } from "../../encoding/hex.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { readSmallFile } from "../../files/read-file.js";
import { type Attestation, MAX_ATTESTATION_SIZE, parseAttestation } from "../../members/attestation.js";
import { type BuildToSign, refuseRows, requireAttested } from "../../members/require-attested.js";
import { formatHashPart } from "../../nix/store-path.js";
import type { Context } from "../context.js";
import { describeChecks } from "../describe-checks.js";

/** A row that is no tombstone. */
type ListedRow = Exclude<CheckedRow, { kind: "withdrawn" }>;

/**
 * Reads an attestation that `catnix attest` wrote: a file, or what is at an address on Swarm; none where none is named.
 * @throws CatnixError FILE_UNREADABLE, ATTESTATION_INVALID, SWARM_…
 */
export async function readAttestation(context: Context, source: string | undefined): Promise<Attestation | undefined> {
  if (source === undefined) return undefined;
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
 * Holds a batch that a member is about to sign to what the same member found out about it: to an attestation, or where there is
 * none to the differences that `catnix attest` remembers on this machine.
 * @param member checksummed
 * @throws CatnixError ATTESTATION_OF_ANOTHER_BATCH, ATTESTATION_OF_ANOTHER_MEMBER, ATTESTATION_INCOMPLETE, ATTESTATION_REFUSES;
 * DATABASE_FAILED
 */
export function holdToAttestation(
  context: Context,
  { digest, rows }: CheckedBatch,
  attestation: Attestation | undefined,
  member: string,
): void {
  const listed = rows.filter((row) => row.kind !== "withdrawn");
  if (attestation === undefined) {
    holdToMemory(context, listed, member);
    return;
  }
  const builds = listed.map(({ row: { nixId, swarmId }, held }): BuildToSign => {
    const { storePath, narHash } = held.record;
    return { storePath, nixId: formatHashPart(nixId), swarmId: toHex(swarmId), narHash };
  });
  requireAttested(attestation, { digest, member, builds });
}

function holdToMemory(context: Context, rows: readonly ListedRow[], member: string): void {
  const file = context.stateFile("attested.sqlite");
  if (!existsSync(file)) return;
  const memory = context.keep(new AttestedBuilds(file, member, "rebuild"));
  const differing = rows.flatMap(({ row, held }) =>
    memory.differs(row) ? [{ storePath: held.record.storePath, result: "differs" as const }] : [],
  );
  refuseRows(differing);
}
