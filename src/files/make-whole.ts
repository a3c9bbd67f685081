import { linkSync, lstatSync, mkdtempSync, renameSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { removeTree } from "../nix/remove-tree.js";
import { makeFolders } from "./make-folders.js";
import { writeErrorOf } from "./write-error.js";

/**
 * Makes a file or a folder whole or not at all: in a hidden folder `.catnix-partial-…` beside it, which is then moved to its name and
 * is gone afterwards however it ends; a killed process leaves it behind, and nothing under the name.
 * @param target must not exist; the folders above it are made
 * @param make makes the content at the path that it is given
 * @throws CatnixError FILE_EXISTS, DISK_FULL, FILE_UNWRITABLE; what `make` throws
 */
export async function makeWhole(target: string, make: (partial: string) => Promise<void>): Promise<void> {
  const path = resolve(target);
  attempt(target, () => requireFree(path));
  const folder = attempt(target, () => {
    makeFolders(dirname(path));
    return mkdtempSync(join(dirname(path), ".catnix-partial-"));
  });
  try {
    const partial = join(folder, basename(path) || "root");
    await make(partial);
    attempt(target, () => move(partial, path));
  } finally {
    attempt(folder, () => removeTree(folder));
  }
}

function requireFree(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })) throw new CatnixError("FILE_EXISTS", { file: path });
}

/** Never over something that somebody else made meanwhile: a hard link fails there, and a folder replaces at most an empty one. */
function move(partial: string, path: string): void {
  requireFree(path);
  if (lstatSync(partial).isDirectory()) {
    renameSync(partial, path);
    return;
  }
  try {
    linkSync(partial, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw error;
    renameSync(partial, path); // a file system without hard links
  }
}

function attempt<T>(file: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    if (isCatnixError(error)) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || code === "ENOTEMPTY") throw new CatnixError("FILE_EXISTS", { file }, { cause: error });
    throw writeErrorOf(file, error);
  }
}
