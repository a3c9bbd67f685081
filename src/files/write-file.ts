import { dirname } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { makeFolders } from "./make-folders.js";
import { writeErrorOf } from "./write-error.js";

/**
 * Writes a file whole or not at all: a temporary file, fsync, rename.
 * @param mode permissions of the new file
 * @throws CatnixError DISK_FULL, FILE_UNWRITABLE
 */
export async function writeFileWhole(file: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  try {
    makeFolders(dirname(file));
    await writeFileAtomic(file, typeof content === "string" ? content : Buffer.from(content), { mode });
  } catch (error) {
    throw writeErrorOf(file, error);
  }
}
