import { createHash } from "node:crypto";
import { formatHashPart } from "./store-path.js";

/**
 * The store path that Nix gives to something of which it knows `innerHash` (libstore/store-dir-config.cc, `makeStorePath`).
 * @param type such as `source`, `text` or `output:out`, with what it refers to
 * @param innerHash SHA-256: 32 bytes
 * @param name what follows the hash part
 */
export function makeStorePath(type: string, innerHash: Uint8Array, name: string, storeDir: string): string {
  const fingerprint = `${type}:sha256:${Buffer.from(innerHash).toString("hex")}:${storeDir}:${name}`;
  return `${storeDir}/${formatHashPart(compressHash(createHash("sha256").update(fingerprint).digest()))}-${name}`;
}

/** Nix's `compressHash`: 20 bytes, each the sum without carry of those of the hash that are 20 apart. */
function compressHash(hash: Uint8Array): Uint8Array {
  const short = new Uint8Array(20);
  hash.forEach((byte, at) => (short[at % short.length]! ^= byte));
  return short;
}
