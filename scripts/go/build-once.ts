import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lockFolder } from "../../src/cli/dev/lock-folder.js";
import { isCatnixError } from "../../src/errors/catnix-error.js";
import { LabError } from "../lab/lab-error.js";
import { runCommand } from "../lab/run-command.js";
import { findCacheFolder } from "./cache-folder.js";
import { findGo } from "./find-go.js";

/** A program made of Go modules. */
export interface GoProgram {
  /** Of the folder in the cache: `bee`. */
  readonly name: string;
  readonly version: string;
  /** The folder with `go.mod` and `go.sum`. */
  readonly source: string;
  /** Other files of that folder that are built. */
  readonly files: readonly string[];
  readonly linkerFlags: string;
  /** What `go build` is given, by package. */
  readonly packages: readonly string[];
  /** What is left to do in the folder that is kept, once `go build` has put the programs there. */
  readonly finish?: (folder: string, run: Run) => Promise<void>;
}

/** Runs a program to its end, and gives what it printed. */
type Run = (program: string, args: readonly string[]) => Promise<string>;

export interface BuildOptions {
  /** Where builds are kept; {@link findCacheFolder} where not given. */
  readonly cache?: string | undefined;
  /** Where to look for Go; the caller's own where not given. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly log?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const POLL_MS = 500;

/**
 * The folder with the programs, from the cache, or built from their Go modules. Whoever comes while another process builds waits
 * for it; a build that is killed leaves nothing that would be taken for one.
 * @throws LabError GO_MISSING, GO_BUILD_FAILED; the reason of an aborted signal
 */
export async function buildOnce(program: GoProgram, options: BuildOptions = {}): Promise<string> {
  const { cache = findCacheFolder(), env, log = () => undefined, signal } = options;
  const folder = join(cache, program.name);
  const made = join(folder, `${program.version}-${await hashRecipe(program)}`);
  if (existsSync(made)) return made;
  const lock = await waitForLock(folder, () => log(`another process builds ${program.name}: waiting for it`), signal);
  try {
    if (existsSync(made)) return made;
    // What a build before was killed in: nobody else works here now.
    for (const name of await readdir(folder))
      if (name.startsWith("build-")) await rm(join(folder, name), { recursive: true, force: true });
    log(`building ${program.name} ${program.version}, which takes some minutes the first time`);
    const work = await mkdtemp(join(folder, "build-"));
    await build(program, work, env, signal);
    await rename(work, made);
    return made;
  } finally {
    lock.close();
  }
}

async function build(
  { name, source, linkerFlags, packages, finish }: GoProgram,
  work: string,
  base: NodeJS.ProcessEnv | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const found = await findGo(base);
  // Nothing of the caller's own Go settings that would change what is built; the network's (GOPROXY, GOSUMDB) stay.
  const env = { ...found, GOFLAGS: "-mod=readonly -buildvcs=false", GOWORK: "off", CGO_ENABLED: "0" };
  const run: Run = async (program, args) => {
    const result = await runCommand(program, args, { env, cwd: source, ...(signal === undefined ? {} : { signal }) });
    signal?.throwIfAborted();
    if (result.code === 0) return result.stdout;
    const reason = result.stderr.trim().split("\n").slice(-3).join(" / ");
    throw new LabError("GO_BUILD_FAILED", `${name} could not be built: ${reason}`);
  };
  await run("go", ["build", "-trimpath", "-o", `${work}/`, "-ldflags", linkerFlags, ...packages]);
  await finish?.(work, run);
}

/** What is built depends on this; another recipe is another entry of the cache. */
async function hashRecipe({ source, files, linkerFlags }: GoProgram): Promise<string> {
  const hash = createHash("sha256").update(linkerFlags).update(process.arch);
  for (const name of ["go.mod", "go.sum", ...files]) hash.update(await readFile(join(source, name)));
  return hash.digest("hex").slice(0, 12);
}

async function waitForLock(
  folder: string,
  onWait: () => void,
  signal: AbortSignal | undefined,
): Promise<{ close(): void }> {
  await mkdir(folder, { recursive: true });
  for (let waited = false; ; waited = true) {
    try {
      return lockFolder(folder);
    } catch (error) {
      if (!isCatnixError(error, "DEV_FOLDER_IN_USE")) throw error;
    }
    if (!waited) onWait();
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
}
