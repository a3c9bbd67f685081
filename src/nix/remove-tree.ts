import { randomUUID } from "node:crypto";
import { chmodSync, lstatSync, readdirSync, renameSync, rmdirSync, unlinkSync } from "node:fs";

/** Linux takes paths of 4,095 bytes and names of 255 (limits.h); a tree may be deeper than that. */
const LONG_PATH = 3000;

/**
 * Removes a file tree with read-only directories in it, as store paths have them, with names that are not UTF-8, and however
 * deep it is; `fs.rm` gives up on each of these as an ordinary user. Does nothing where there is no such path; follows no symlink.
 */
export function removeTree(path: string | Buffer): void {
  const top = Buffer.from(path);
  const stat = lstatSync(top, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isDirectory()) {
    unlinkSync(top);
    return;
  }
  const open: { directory: Buffer; isEmpty: boolean }[] = [{ directory: top, isEmpty: false }];
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const { directory, isEmpty } = last;
    if (isEmpty) {
      rmdirSync(directory);
      open.pop();
      continue;
    }
    chmodSync(directory, 0o700);
    for (const name of readdirSync(directory, "buffer")) {
      const found = join(directory, name);
      if (!lstatSync(found).isDirectory()) unlinkSync(found);
      else open.push({ directory: found.length > LONG_PATH ? moveUp(found, top) : found, isEmpty: false });
    }
    last.isEmpty = true;
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
