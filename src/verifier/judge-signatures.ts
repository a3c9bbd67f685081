import type { CatRecord } from "../cat/record.js";
import { formatFingerprint } from "../nix/fingerprint.js";
import { parseNixSha256 } from "../nix/nix-hash.js";
import { verifySignature } from "../nix/signature.js";
import { type PublicKey, splitNamed } from "../nix/signing-key.js";

/** A signature over a path, as far as it can be judged. */
export interface JudgedSignature {
  /** Name of the key that it says it is by. */
  readonly key: string;
  /** `unknown`: none of the keys has that name; `invalid`: it does not hold under any that has. */
  readonly verdict: "holds" | "invalid" | "unknown";
}

/**
 * Holds signatures of a record against the keys that are known.
 * @param sigs `name:base64` each
 */
export function judgeSignatures(
  { storePath, narHash, narSize, references }: CatRecord,
  sigs: Iterable<string>,
  keys: readonly PublicKey[],
): JudgedSignature[] {
  const storeDir = storePath.slice(0, storePath.lastIndexOf("/"));
  const fingerprint = formatFingerprint({
    ...{ storePath, narSize, narHash: parseNixSha256(narHash) },
    references: references.map((baseName) => `${storeDir}/${baseName}`),
  });
  return [...new Set(sigs)].map((sig) => {
    const key = splitNamed(sig)?.name ?? sig;
    if (!keys.some(({ name }) => name === key)) return { key, verdict: "unknown" };
    return { key, verdict: verifySignature(sig, fingerprint, keys) ? "holds" : "invalid" };
  });
}
