import type { SigningKey } from "ethers";
import { batchDigest, type RegistryId } from "../cat/batch.js";
import type { StoreOptions } from "../swarm/content-store.js";
import { approvalId, rootId, signedId } from "./identifiers.js";
import { encodeSignedBatch, type SignedBatch } from "./signed-batch.js";
import { putStatement, type StatementStore } from "./statements.js";

/**
 * Puts a member's approval on Swarm, so that whoever submits finds it: by the batch's digest, and as the last one for its act.
 * @param key the member's owned key
 * @returns address of the first owned chunk, 64 hex digits
 * @throws CatnixError of uploads
 */
export async function announceApproval(
  stores: StatementStore,
  key: SigningKey,
  registry: RegistryId,
  signed: SignedBatch,
  options?: StoreOptions,
): Promise<string> {
  const payload = encodeSignedBatch(signed);
  const id = approvalId(batchDigest(registry, signed.batch));
  const address = await putStatement(stores, key, id, payload, options);
  await putStatement(stores, key, signedId(registry, signed.batch.seq), payload, options);
  return address;
}

/**
 * Says on Swarm that a batch, which the registry has to hold already, is act `seq`: readers without a chain count such
 * announcements.
 * @param key the member's owned key
 * @returns address of the owned chunk, 64 hex digits
 * @throws CatnixError of uploads
 */
export async function announceRoot(
  stores: StatementStore,
  key: SigningKey,
  registry: RegistryId,
  signed: SignedBatch,
  options?: StoreOptions,
): Promise<string> {
  return putStatement(stores, key, rootId(registry, signed.batch.seq), encodeSignedBatch(signed), options);
}
