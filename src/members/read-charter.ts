import type { ContentStore, StoreOptions } from "../swarm/content-store.js";
import { type Charter, MAX_CHARTER_SIZE, parseCharter } from "./charter.js";

/** A council's `charter` word where it has none. */
export const NO_CHARTER = "0".repeat(64);

/**
 * Reads the charter at a Swarm address, such as a council's `charter` word.
 * @param address 64 hex digits
 * @throws CatnixError CHARTER_INVALID, SWARM_NOT_FOUND, SWARM_TOO_LARGE and what else the store throws
 */
export async function readCharter(store: ContentStore, address: string, options?: StoreOptions): Promise<Charter> {
  return parseCharter(await store.readAll(address, MAX_CHARTER_SIZE, options), `the file at ${address}`);
}
