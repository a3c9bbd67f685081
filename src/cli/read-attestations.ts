import type { RegistryId } from "../cat/batch.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { MAX_ATTESTATION_SIZE, parseAttestation } from "../members/attestation.js";
import type { Charter, CharterMember } from "../members/charter.js";
import { approvalId } from "../members/identifiers.js";
import { readSignedBatch } from "../members/read-signed-batch.js";
import { NO_ATTESTATION } from "../members/signed-batch.js";
import type { StatementStore } from "../members/statements.js";
import { formatHashPart } from "../nix/store-path.js";
import type { Row } from "../cat/row.js";
import type { StoryBuild } from "../verifier/story-format.js";

type MemberSaid = NonNullable<StoryBuild["attestations"]>[number];

export interface AttestationSource {
  readonly registry: RegistryId;
  readonly charter: Charter;
  readonly stores: StatementStore;
  readonly signal: AbortSignal;
}

/**
 * What each member of a charter says that it checked of one row, by the approval that it put on Swarm. Who has none, lies or is
 * out of reach has that as the reason.
 * @param digest of the batch that set the row
 * @throws the signal's reason
 */
export function readAttestationsOf(row: Row, digest: string, source: AttestationSource): Promise<MemberSaid[]> {
  return Promise.all(source.charter.members.map((member) => readOne(member, row, digest, source)));
}

async function readOne(
  entry: CharterMember,
  row: Row,
  digest: string,
  { registry, stores, signal }: AttestationSource,
): Promise<MemberSaid> {
  const who = { member: entry.address, name: entry.name };
  try {
    const signed = await readSignedBatch(stores, entry, approvalId(digest), { digest, registry }, { signal });
    if (!signed) return { ...who, reason: "no approval of it on Swarm" };
    const { attestation: address } = signed;
    if (address === NO_ATTESTATION) return { ...who, reason: "approved without an attestation" };
    const bytes = await stores.content.readAll(address, MAX_ATTESTATION_SIZE, { signal });
    const { rows, ...head } = parseAttestation(bytes, address);
    if (head.digest !== digest)
      throw new CatnixError("ATTESTATION_OF_ANOTHER_BATCH", { expected: digest, actual: head.digest });
    if (head.member !== entry.address)
      throw new CatnixError("ATTESTATION_OF_ANOTHER_MEMBER", { expected: entry.address, actual: head.member });
    const nixId = formatHashPart(row.nixId);
    const said = rows.find((each) => each.nixId === nixId && each.swarmId === toHex(row.swarmId));
    if (!said) return { ...who, attestation: address, reason: "its attestation does not have this row" };
    const { result, deriver, builder, builderKey, foundNarHash, reason } = said;
    return {
      ...{ ...who, attestation: address, result },
      ...(deriver !== undefined && { deriver }),
      ...(builder !== undefined && { builder }),
      ...(builderKey !== undefined && { builderKey }),
      ...(foundNarHash !== undefined && { foundNarHash }),
      ...(reason !== undefined && { reason }),
    };
  } catch (error) {
    signal.throwIfAborted();
    if (!isCatnixError(error)) throw error;
    return { ...who, reason: error.message };
  }
}
