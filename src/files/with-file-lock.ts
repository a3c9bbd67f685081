import { open, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeFolders } from "./make-folders.js";
import { writeErrorOf } from "./write-error.js";

const PAUSE_MS = 20;
/** A lock that is older is of a process that was killed: what is done under one takes milliseconds. */
const STALE_MS = 5000;

/**
 * Does something with a file while no other process does so, as far as all of them use this. The lock is a file beside it, which
 * works on any file system that members share; one that a killed process left is taken away after five seconds.
 * @param work short: no network in it
 * @throws CatnixError DISK_FULL, FILE_UNWRITABLE where no lock can be made; what `work` throws
 */
export async function withFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = `${file}.lock`;
  await takeLock(file, lock);
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function takeLock(file: string, lock: string): Promise<void> {
  let seen: { lock: string | undefined; since: number } = { lock: undefined, since: 0 };
  while (!(await tryLock(file, lock))) {
    const [other, now] = [await identify(lock), performance.now()];
    if (other === undefined || seen.lock !== other) seen = { lock: other, since: now };
    else if (now - seen.since > STALE_MS) await rm(lock, { force: true });
    await sleep(PAUSE_MS);
  }
}

async function tryLock(file: string, lock: string): Promise<boolean> {
  try {
    makeFolders(dirname(lock));
    await (await open(lock, "wx")).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw writeErrorOf(file, error);
  }
}

/** Tells one lock from the next, whose inode may be the same; undefined where there is none any more. */
async function identify(lock: string): Promise<string | undefined> {
  const found = await stat(lock, { bigint: true }).catch(() => undefined);
  return found && `${found.ino} ${found.ctimeNs}`;
}
