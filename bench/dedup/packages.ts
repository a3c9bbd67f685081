import { mkdtemp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { writeNar } from "../../src/nix/nar-write.js";
import { runCommand } from "../../scripts/lab/run-command.js";

/** Where downloads are kept from run to run: outside the repository, as the machine keeps such things. */
export const CACHE = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "catnix", "bench-dedup");

/**
 * The NAR of a package's files.
 * @param file a `.deb`, `.tgz` or `.whl`
 * @param extra files to add, by their paths in the package's tree
 */
export async function unpackToNar(file: string, extra: Readonly<Record<string, string>> = {}): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "catnix-dedup-"));
  try {
    const tree = join(folder, "tree");
    await mkdir(tree);
    const [program, ...args] = unpackCommand(file, tree);
    await runCommand(program, args, { check: true });
    for (const [path, text] of Object.entries(extra)) {
      await mkdir(join(tree, path, ".."), { recursive: true });
      await writeFile(join(tree, path), text);
    }
    const parts: Uint8Array[] = [];
    for await (const part of writeNar(tree)) parts.push(part);
    return Buffer.concat(parts);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function unpackCommand(file: string, tree: string): [string, ...string[]] {
  if (file.endsWith(".deb")) return ["dpkg-deb", "-x", file, tree];
  if (file.endsWith(".whl")) return ["python3", "-m", "zipfile", "-e", file, tree];
  return ["tar", "-xzf", file, "-C", tree];
}

/** The file in the cache whose name begins with `prefix`; where there is none, what `command` leaves there, run in that folder. */
export async function fetchOnce(prefix: string, command: readonly [string, ...string[]]): Promise<string> {
  await mkdir(CACHE, { recursive: true });
  const find = async () => (await readdir(CACHE)).find((name) => name.startsWith(prefix));
  let found = await find();
  if (found === undefined) {
    const [program, ...args] = command;
    await runCommand(program, args, { check: true, cwd: CACHE });
    found = await find();
    if (found === undefined) throw new Error(`${command.join(" ")} left no ${prefix}… in ${CACHE}`);
  }
  return join(CACHE, found);
}
