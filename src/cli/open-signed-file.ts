import { requireSameRegistry, type SignedFile, type SignedFileKind } from "../consortium/signed-file.js";
import type { Registry } from "../registry/registry.js";
import type { Context } from "./context.js";

/**
 * The file of an act, and the registry that it is for.
 * @throws CatnixError FILE_UNREADABLE; BATCH_FILE_INVALID, ACT_FILE_INVALID also where it is for another registry than the configured one
 */
export async function openSignedFile<F extends SignedFile>(
  context: Context,
  kind: SignedFileKind<F>,
  file: string,
): Promise<{ content: F; registry: Registry }> {
  const content = await kind.read(file);
  const registry = await context.registry();
  requireSameRegistry(kind, { file, content }, registry.id);
  return { content, registry };
}
