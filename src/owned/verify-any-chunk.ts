import { verifyChunk } from "../bmt/chunk.js";
import { verifyOwnedChunk } from "./owned-chunk.js";

/** A verified chunk of either kind, in its one form. */
export interface AnyChunk {
  readonly kind: "content" | "owned";
  readonly data: Uint8Array;
}

/**
 * Finds out which kind of chunk `data` is at `address` (32 bytes): it belongs there as one or as the other, or not at all. No
 * address is of both kinds, since that would take a collision of keccak-256.
 * @throws CatnixError of {@link verifyChunk} where it is neither
 */
export function verifyAnyChunk(address: Uint8Array, data: Uint8Array): AnyChunk {
  try {
    return { kind: "content", data: verifyChunk(address, data) };
  } catch (error) {
    try {
      return { kind: "owned", data: verifyOwnedChunk(address, data).data };
    } catch {
      throw error;
    }
  }
}
