import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { writePlan } from "./closure-plan.js";
import { downloadDebs, readArchitecture, readPackageIndex, updateLists } from "./debian/apt.js";
import { planClosure, type PlannedPackage } from "./debian/plan-closure.js";
import { ensureNix, type Log } from "./ensure-nix.js";
import { isLabError } from "./lab-error.js";
import type { NixClient } from "./nix-client.js";
import { runCommand, type CommandResult } from "./run-command.js";

const expression = join(dirname(fileURLToPath(import.meta.url)), "closure", "default.nix");

export interface ClosureOptions {
  readonly client: NixClient;
  /** For the .deb files (kept and used again, checksums compared), the plan and the busybox; made where missing. */
  readonly workDir: string;
  /** A Debian package with a program; default `jq`. Others come in addition to jq, which the report needs. */
  readonly package?: string;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/** A closure that was built, in the client's store. */
export interface Closure {
  /** The store path that refers to everything else: the report. It has `report.json` and `bin/catnix-report`. */
  readonly root: string;
  /** The store path of the package, with a wrapper `bin/NAME` for each of its programs. */
  readonly program: string;
  /** All store paths of the closure, references before referrers, the root last. */
  readonly paths: readonly string[];
  /** The root's derivation. */
  readonly drv: string;
  /** Sum of the NarSizes of `paths`. */
  readonly narBytes: number;
}

/**
 * Builds a real closure out of Debian packages: one store path a package, with true references, and a report made by
 * running the closure's own jq. The same package lists and busybox give the same store paths and NarHashes everywhere.
 * @throws LabError NIX_MISSING, APT_LISTS_MISSING, PACKAGE_UNKNOWN, PACKAGE_UNSUPPORTED, DEB_UNAVAILABLE, COMMAND_FAILED
 */
export async function buildClosure(options: ClosureOptions): Promise<Closure> {
  const { client, workDir, log, signal } = options;
  const roots = [...new Set([options.package ?? "jq", "jq"])];
  const { busybox } = await ensureNix(log);
  const architecture = await readArchitecture();
  const debs = resolve(workDir, "debs");
  const packages = await fetchPackages(architecture, roots, debs, options);
  const plan = await writePlan(resolve(workDir), { architecture, packages, roots, debs, busybox });
  log("building the closure in Nix's sandbox");
  const build = (attribute: string) => client.build(expression, attribute, { plan }, signal ? { signal } : {});
  const { drv, out: root } = await build("report");
  const { out: program } = await build("programs.0");
  const paths = await client.closure(root);
  const infos = await client.pathInfo(paths);
  return { root, program, paths, drv, narBytes: infos.reduce((sum, { narSize }) => sum + narSize, 0) };
}

/**
 * Builds a tiny store path that no closure refers to: what an attacker would slip in, or nobody approved yet.
 * @throws LabError NIX_MISSING, COMMAND_FAILED
 */
export async function buildUnapproved(
  options: Pick<ClosureOptions, "client" | "workDir" | "log">,
): Promise<{ path: string; drv: string }> {
  const { busybox } = await ensureNix(options.log);
  const folder = resolve(options.workDir, "unapproved");
  const nothing = { architecture: await readArchitecture(), packages: [], roots: [], debs: folder };
  const plan = await writePlan(folder, { ...nothing, busybox });
  const { drv, out } = await options.client.build(expression, "unapproved", { plan });
  return { path: out, drv };
}

/**
 * Runs a program of a store path in whatever root it lies, with nothing of the caller's environment.
 * @param storeRoot as `NixClient.root`: the path's files lie at `ROOT/nix/store/…`
 * @param program relative to the store path, for example `bin/catnix-report`
 */
export function runProgram(
  storeRoot: string,
  storePath: string,
  program: string,
  args: readonly string[] = [],
): Promise<CommandResult> {
  return runCommand(join(storeRoot, storePath, program), args, { env: { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8" } });
}

/** Plans and downloads; where a file is not to be had, the lists may be out of date: fetches those, and tries again. */
async function fetchPackages(
  architecture: string,
  roots: readonly string[],
  debs: string,
  { log, signal }: Pick<ClosureOptions, "log" | "signal">,
): Promise<PlannedPackage[]> {
  async function attempt(): Promise<PlannedPackage[]> {
    const packages = planClosure(await readPackageIndex(architecture, log), roots);
    const installed = packages.reduce((sum, { installedSize }) => sum + installedSize, 0);
    log(
      `the closure of ${roots[0] ?? ""}: ${packages.length} packages, ${(installed / 1024).toFixed(1)} MiB installed`,
    );
    await downloadDebs(debs, packages, { log, signal });
    return packages;
  }
  try {
    return await attempt();
  } catch (error) {
    if (!isLabError(error, "DEB_UNAVAILABLE") || !(await updateLists(log))) throw error;
    return attempt();
  }
}
