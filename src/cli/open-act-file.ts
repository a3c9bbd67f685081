import { type ActFile, readActFile, requireActOf } from "../consortium/act-file.js";
import type { Registry } from "../registry/registry.js";
import type { Context } from "./context.js";

/**
 * The file of a council change or a retirement, and the registry that it is for.
 * @throws CatnixError FILE_UNREADABLE, ACT_FILE_INVALID also where it is for another registry than the configured one
 */
export async function openActFile(context: Context, file: string): Promise<{ content: ActFile; registry: Registry }> {
  const content = await readActFile(file);
  const registry = await context.registry();
  requireActOf(file, content, registry.id);
  return { content, registry };
}
