import { chmodSync, lstatSync, readdirSync, rmdirSync, unlinkSync } from "node:fs";

/**
 * Removes a file tree with read-only directories in it, as store paths have them, and with names that are not UTF-8;
 * `fs.rm` gives up on both as an ordinary user. Does nothing where there is no such path; follows no symlink.
 */
export function removeTree(path: string | Buffer): void {
  const bytes = Buffer.from(path);
  const stat = lstatSync(bytes, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isDirectory()) {
    unlinkSync(bytes);
    return;
  }
  chmodSync(bytes, 0o700);
  for (const name of readdirSync(bytes, "buffer")) removeTree(Buffer.concat([bytes, Buffer.from("/"), name]));
  rmdirSync(bytes);
}
