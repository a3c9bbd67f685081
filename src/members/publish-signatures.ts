import type { SigningKey } from "ethers";
import { makeChunk } from "../bmt/chunk.js";
import type { RegistryId } from "../cat/batch.js";
import { fromHex } from "../encoding/hex.js";
import { makeOwnedChunk } from "../owned/owned-chunk.js";
import type { StoreOptions } from "../swarm/content-store.js";
import { signaturesId } from "./identifiers.js";
import type { StatementStore } from "./statements.js";

/**
 * Puts a list of signatures on Swarm, and its address under the member's owned key, where followers look for it.
 * @param key the member's owned key
 * @returns the list's address and that of the owned chunk, 64 hex digits each
 * @throws CatnixError of uploads
 */
export async function publishSignatures(
  { owned, content }: StatementStore,
  key: SigningKey,
  registry: RegistryId,
  seq: number,
  list: Uint8Array,
  options: StoreOptions = {},
): Promise<{ list: string; ownedChunk: string }> {
  const { address } = await content.write(list, options);
  const payload = fromHex(address, 32);
  const chunk = makeOwnedChunk(key, signaturesId(registry, seq), makeChunk(payload.length, payload));
  return { list: address, ownedChunk: await owned.putOwned(chunk, options) };
}
