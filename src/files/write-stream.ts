import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeFolders } from "./make-folders.js";
import { writeErrorOf } from "./write-error.js";

/**
 * Writes a stream to a file, whole or not at all, over the one that is there: beside it first, in a hidden folder that is gone
 * afterwards however it ends.
 * @throws CatnixError DISK_FULL, FILE_UNWRITABLE; what `source` throws
 */
export async function writeStreamWhole(file: string, source: AsyncIterable<Uint8Array>): Promise<void> {
  const folder = attemptNow(file, () => {
    makeFolders(dirname(file));
    return mkdtempSync(join(dirname(file), ".catnix-partial-"));
  });
  try {
    const partial = join(folder, basename(file));
    await writeNew(partial, file, source);
    attemptNow(file, () => renameSync(partial, file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writeNew(partial: string, file: string, source: AsyncIterable<Uint8Array>): Promise<void> {
  const attempt = <T>(operation: Promise<T>): Promise<T> =>
    operation.catch((error: unknown) => {
      throw writeErrorOf(file, error);
    });
  await using handle = await attempt(open(partial, "wx", 0o644));
  for await (const piece of source) await attempt(handle.writeFile(piece));
  await attempt(handle.sync());
}

function attemptNow<T>(file: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw writeErrorOf(file, error);
  }
}
