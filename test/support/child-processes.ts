import { readFile } from "node:fs/promises";

/** The children of a process whose program has that name. Linux only (proc(5)). */
export async function findChildren(parent: number, program: string): Promise<number[]> {
  const text = await readFile(`/proc/${parent}/task/${parent}/children`, "utf8");
  const pids = text.split(" ").filter((pid) => pid !== "");
  const named = await Promise.all(
    pids.map(async (pid) => {
      const [name = ""] = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
      return name.endsWith(`/${program}`) ? [Number(pid)] : [];
    }),
  );
  return named.flat();
}
