import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { lockFolder } from "../../src/cli/dev/lock-folder.js";
import { isCatnixError } from "../../src/errors/catnix-error.js";
import { LabError } from "../lab/lab-error.js";
import { runCommand } from "../lab/run-command.js";
import { BEE_API_VERSION, BEE_VERSION } from "./bee-version.js";
import { findCacheFolder } from "./cache-folder.js";
import { findGo } from "./find-go.js";

/** What a network of one's own needs, built once for each version. */
export interface BeePrograms {
  /** The node. */
  readonly bee: string;
  /** JSON of Swarm's contracts by name, each with its `abi` and its `bytecode`. */
  readonly contracts: string;
}

const MODULE = "github.com/ethersphere/bee/v2";
const source = fileURLToPath(new URL("build", import.meta.url));
const LINKER_FLAGS = [
  "-s -w",
  `-X ${MODULE}.version=${BEE_VERSION}`,
  `-X ${MODULE}/pkg/api.Version=${BEE_API_VERSION}`,
  // Without it a node on loopback never counts as reachable, and full nodes refuse its chunks.
  `-X ${MODULE}/pkg/p2p/libp2p.reachabilityOverridePublic=true`,
  // A node looks for batches in every block, not in every fifth.
  `-X ${MODULE}/pkg/postage/listener.batchFactorOverridePublic=1`,
].join(" ");
const POLL_MS = 500;

/**
 * Bee and Swarm's contracts, from the cache, or built from their Go modules (two minutes on two cores, 130 MB to download).
 * Whoever comes while another process builds waits for it; a build that is killed leaves nothing that would be taken for one.
 * @param options.cache where builds are kept; {@link findCacheFolder} where not given
 * @param options.env where to look for Go; the caller's own where not given
 * @throws LabError GO_MISSING, BEE_BUILD_FAILED; the reason of an aborted signal
 */
export async function ensureBee(
  options: {
    cache?: string;
    env?: NodeJS.ProcessEnv;
    log?: (line: string) => void;
    signal?: AbortSignal | undefined;
  } = {},
): Promise<BeePrograms> {
  const { cache = findCacheFolder(), env, log = () => undefined, signal } = options;
  const folder = join(cache, "bee");
  const made = join(folder, `${BEE_VERSION}-${await hashRecipe()}`);
  const programs = { bee: join(made, "bee"), contracts: join(made, "contracts.json") };
  if (existsSync(made)) return programs;
  const lock = await waitForLock(folder, log, signal);
  try {
    if (existsSync(made)) return programs;
    // What a build before was killed in: nobody else works here now.
    for (const name of await readdir(folder))
      if (name.startsWith("build-")) await rm(join(folder, name), { recursive: true, force: true });
    log(`building Bee ${BEE_VERSION}, which takes some minutes the first time`);
    const work = await mkdtemp(join(folder, "build-"));
    await build(work, env, signal);
    await rename(work, made);
    return programs;
  } finally {
    lock.close();
  }
}

async function build(work: string, base: NodeJS.ProcessEnv | undefined, signal?: AbortSignal): Promise<void> {
  const found = await findGo(base);
  // Nothing of the caller's own Go settings that would change what is built; the network's (GOPROXY, GOSUMDB) stay.
  const env = { ...found, GOFLAGS: "-mod=readonly -buildvcs=false", GOWORK: "off", CGO_ENABLED: "0" };
  const run = async (program: string, args: readonly string[]) => {
    const result = await runCommand(program, args, { env, cwd: source, ...(signal === undefined ? {} : { signal }) });
    signal?.throwIfAborted();
    if (result.code === 0) return result.stdout;
    const reason = result.stderr.trim().split("\n").slice(-3).join(" / ");
    throw new LabError("BEE_BUILD_FAILED", `Bee could not be built: ${reason}`);
  };
  await run("go", [
    "build",
    "-trimpath",
    "-o",
    `${work}/`,
    "-ldflags",
    LINKER_FLAGS,
    `${MODULE}/cmd/bee`,
    "./contracts",
  ]);
  await writeFile(join(work, "contracts.json"), await run(join(work, "contracts"), []));
  await rm(join(work, "contracts"));
}

/** What is built depends on this; another recipe is another entry of the cache. */
async function hashRecipe(): Promise<string> {
  const hash = createHash("sha256").update(LINKER_FLAGS).update(process.arch);
  const names = ["go.mod", "go.sum", "contracts/main.go", "batch-archive/archive.go"];
  for (const name of names) hash.update(await readFile(join(source, name)));
  return hash.digest("hex").slice(0, 12);
}

async function waitForLock(
  folder: string,
  log: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<{ close(): void }> {
  await mkdir(folder, { recursive: true });
  for (let waited = false; ; waited = true) {
    try {
      return lockFolder(folder);
    } catch (error) {
      if (!isCatnixError(error, "DEV_FOLDER_IN_USE")) throw error;
    }
    if (!waited) log("another process builds Bee: waiting for it");
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
}
