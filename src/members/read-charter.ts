import { CatnixError } from "../errors/catnix-error.js";
import type { Registry } from "../registry/registry.js";
import type { ContentStore, StoreOptions } from "../swarm/content-store.js";
import { type Charter, MAX_CHARTER_SIZE, parseCharter } from "./charter.js";

/** A council's `charter` word where it has none. */
export const NO_CHARTER = "0".repeat(64);

/**
 * Reads the charter at a Swarm address.
 * @param address 64 hex digits
 * @throws CatnixError CHARTER_INVALID, SWARM_NOT_FOUND, SWARM_TOO_LARGE and what else the store throws
 */
export async function readCharter(store: ContentStore, address: string, options?: StoreOptions): Promise<Charter> {
  return parseCharter(await store.readAll(address, MAX_CHARTER_SIZE, options), `the file at ${address}`);
}

/**
 * Reads the charter that a registry's council names.
 * @throws CatnixError CHARTER_MISSING where it names none; of {@link readCharter}; what the chain throws
 */
export async function readRegistryCharter(
  registry: Registry,
  store: ContentStore,
  options?: StoreOptions,
): Promise<{ charter: Charter; address: string; members: readonly string[] }> {
  const { charter: address, members } = await registry.council();
  if (address === NO_CHARTER) throw new CatnixError("CHARTER_MISSING", { registry: registry.id.registry });
  return { charter: await readCharter(store, address, options), address, members };
}
