import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const GRACE_MS = 5000;

/** Processes of this machine that name a folder in their command line, as `pid program`. Linux only (proc(5)). */
export async function listProcessesOf(folder: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^[0-9]+$/.test(name) && name !== String(process.pid));
  const found = await Promise.all(
    pids.map(async (pid) => {
      // A process that has just ended has no file, or an empty one.
      const args = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
      return args.some((arg) => arg.includes(folder)) ? [`${pid} ${args[0]!}`] : [];
    }),
  );
  return found.flat();
}

/** The same once they had five seconds to end: those that stay. */
export async function listStayingProcessesOf(folder: string): Promise<string[]> {
  const deadline = Date.now() + GRACE_MS;
  for (;;) {
    const found = await listProcessesOf(folder);
    if (found.length === 0 || Date.now() > deadline) return found;
    await sleep(50);
  }
}

/** Everything that a test left of `folder`: processes, mounts, the folder itself. */
export async function listLeftBehind(folder: string): Promise<string[]> {
  const mounts = (await readFile("/proc/self/mounts", "utf8")).split("\n").filter((line) => line.includes(folder));
  return [...(await listStayingProcessesOf(folder)), ...mounts, ...(existsSync(folder) ? [folder] : [])];
}
