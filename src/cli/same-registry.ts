import type { RegistryId } from "../cat/batch.js";
import type { BatchFile } from "../consortium/batch-file.js";
import { CatnixError } from "../errors/catnix-error.js";

/** @throws CatnixError BATCH_FILE_INVALID where the file is for another registry than the configuration names */
export function requireSameRegistry(file: string, { registry }: BatchFile, wanted: RegistryId): void {
  if (registry.chainId === wanted.chainId && registry.registry === wanted.registry) return;
  const reason = `it is for ${registry.registry} on chain ${registry.chainId}, the configuration names another registry`;
  throw new CatnixError("BATCH_FILE_INVALID", { file, reason });
}
