import { createHash, randomBytes } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

/** What nobody wrote to for so long is nobody's, wherever its process ran, in milliseconds. */
const STALE_MS = 3_600_000;

/** Process ids count within a machine or a container only. */
const machine = createHash("sha256").update(hostname()).digest("hex").slice(0, 12);

/** A name that says whose the file is: `<machine>-<process>-<random>`. */
export function makeTemporaryName(): string {
  return `${machine}-${process.pid}-${randomBytes(8).toString("hex")}`;
}

/**
 * Removes the files that killed processes left in a folder, and none of a process that lives. What cannot be removed stays.
 * @param now milliseconds since 1970
 */
export async function removeStale(folder: string, now = Date.now()): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const written = (await stat(file).catch(() => undefined))?.mtimeMs;
    const isStale = written !== undefined && (isOfTheDead(name) || now - written > STALE_MS);
    if (isStale) await rm(file, { force: true }).catch(() => undefined); // a folder, or another user's
  }
}

function isOfTheDead(name: string): boolean {
  const [, on, pid] = /^([0-9a-f]{12})-(\d{1,10})-[0-9a-f]{16}$/.exec(name) ?? [];
  if (on !== machine || pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
