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
    await writeNewFile(partial, source, { shown: file });
    attemptNow(file, () => renameSync(partial, file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Writes a stream to a new file of mode 0644, until it is on the disk. Where it fails, the beginning stays there.
 * @param path must not exist
 * @param options.shown what errors call the file
 * @throws CatnixError DISK_FULL, FILE_UNWRITABLE; what `source` throws; the signal's reason
 */
export async function writeNewFile(
  path: string,
  source: AsyncIterable<Uint8Array>,
  { shown = path, signal }: { shown?: string; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const attempt = <T>(operation: Promise<T>): Promise<T> =>
    operation.catch((error: unknown) => {
      throw writeErrorOf(shown, error);
    });
  await using handle = await attempt(open(path, "wx", 0o644));
  for await (const piece of source) {
    signal?.throwIfAborted();
    await attempt(handle.writeFile(piece));
  }
  await attempt(handle.sync());
}

function attemptNow<T>(file: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw writeErrorOf(file, error);
  }
}
