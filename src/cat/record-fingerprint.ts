import { formatFingerprint } from "../nix/fingerprint.js";
import { parseNixSha256 } from "../nix/nix-hash.js";
import type { CatRecord } from "./record.js";

/**
 * The text that Nix signs for a path, of what its record says.
 * @param storeDir the one store folder of the registry
 */
export function formatRecordFingerprint(
  { storePath, narHash, narSize, references }: Pick<CatRecord, "storePath" | "narHash" | "narSize" | "references">,
  storeDir: string,
): string {
  const paths = references.map((baseName) => `${storeDir}/${baseName}`);
  return formatFingerprint({ storePath, narHash: parseNixSha256(narHash), narSize, references: paths });
}
