import { randomUUID } from "node:crypto";
import { chmodSync, lstatSync, readdirSync, renameSync, rmdirSync, unlinkSync } from "node:fs";

/** Linux takes paths of 4,095 bytes and names of 255 (limits.h); a tree may be deeper than that. */
const LONG_PATH = 3000;

/**
 * Removes a file tree with read-only directories in it, as store paths have them, with names that are not UTF-8, and however
 * deep it is; `fs.rm` gives up on each of these as an ordinary user. What is not there, or is removed by somebody else meanwhile,
 * need not be removed; follows no symlink.
 */
export function removeTree(path: string | Buffer): void {
  const top = Buffer.from(path);
  const stat = lstatSync(top, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isDirectory()) {
    ifThere(() => unlinkSync(top));
    return;
  }
  const open: { directory: Buffer; isEmpty: boolean }[] = [{ directory: top, isEmpty: false }];
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const { directory, isEmpty } = last;
    if (isEmpty) {
      ifThere(() => rmdirSync(directory));
      open.pop();
      continue;
    }
    ifThere(() => chmodSync(directory, 0o700));
    for (const name of ifThere(() => readdirSync(directory, "buffer")) ?? []) {
      const found = join(directory, name);
      const inner = ifThere(() => removeOrEnter(found, top));
      if (inner) open.push({ directory: inner, isEmpty: false });
    }
    last.isEmpty = true;
  }
}

/** Removes what is no directory; of one, gives where it is from now on. */
function removeOrEnter(found: Buffer, top: Buffer): Buffer | undefined {
  if (lstatSync(found).isDirectory()) return found.length > LONG_PATH ? moveUp(found, top) : found;
  unlinkSync(found);
  return undefined;
}

function ifThere<T>(operation: () => T): T | undefined {
  try {
    return operation();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Beside what is directly in `top`, where its path is short again. */
function moveUp(directory: Buffer, top: Buffer): Buffer {
  const to = join(top, Buffer.from(randomUUID()));
  chmodSync(directory, 0o700); // its `..` is written
  renameSync(directory, to);
  return to;
}

function join(directory: Buffer, name: Buffer): Buffer {
  return Buffer.concat([directory, Buffer.from("/"), name]);
}
