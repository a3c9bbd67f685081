import { createKeccak } from "hash-wasm";

// One instance is enough: a hash is computed from start to end without yielding.
const hasher = await createKeccak(256);

/** keccak-256 (Ethereum's, not SHA3-256) of the concatenation of `parts`: 32 bytes. */
export function keccak256(...parts: Uint8Array[]): Uint8Array {
  hasher.init();
  for (const part of parts) hasher.update(part);
  return hasher.digest("binary");
}
