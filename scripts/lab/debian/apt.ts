import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../ensure-nix.js";
import { LabError } from "../lab-error.js";
import { runAsRoot } from "../run-as-root.js";
import { runCommand } from "../run-command.js";
import { indexPackages, parsePackageList, type DebIdentity, type PackageIndex } from "./package-list.js";

/**
 * Debian's name of the machine's architecture, for example `amd64`.
 * @throws LabError COMMAND_FAILED where this is no Debian
 */
export async function readArchitecture(): Promise<string> {
  return (await runCommand("dpkg", ["--print-architecture"], { check: true })).stdout.trim();
}

/**
 * Reads the package lists that the machine's apt has; where it has none, fetches them first (root, or sudo that asks
 * for no password).
 * @throws LabError APT_LISTS_MISSING, with one line saying what to run
 */
export async function readPackageIndex(architecture: string, log: Log): Promise<PackageIndex> {
  let lists = await readLists();
  if (lists.length === 0 && (await updateLists(log))) lists = await readLists();
  if (lists.length === 0)
    throw new LabError("APT_LISTS_MISSING", "apt has no package lists: run apt-get update as root");
  return indexPackages(lists.flatMap(parsePackageList), architecture);
}

/** Runs `apt-get update` where that needs no password; whether it went well. */
export async function updateLists(log: Log): Promise<boolean> {
  log("fetching Debian's package lists");
  return (await runAsRoot("apt-get", ["-q=2", "update"]))?.code === 0;
}

/** The text of each list, whatever it is compressed with; those that apt knows of but does not have are left out. */
async function readLists(): Promise<string[]> {
  const format = ["--format", "$(FILENAME)", "Created-By: Packages"];
  const targets = await runCommand("apt-get", ["indextargets", ...format], { check: true });
  const files = targets.stdout.split("\n").filter(Boolean);
  const texts = await Promise.all(files.map((file) => runCommand("/usr/lib/apt/apt-helper", ["cat-file", file])));
  return texts.filter(({ code }) => code === 0).map(({ stdout }) => stdout);
}

/** Where `downloadDebs` keeps a package in `folder`: apt's own name for it. */
export function debFile(folder: string, { name, version, architecture }: DebIdentity): string {
  return join(folder, `${name}_${version.replace(":", "%3a")}_${architecture}.deb`);
}

/**
 * Downloads packages by `apt-get download` into `folder`; a file that is there with the right checksum is used again.
 * Every file is compared with the SHA256 of the package list.
 * @throws LabError DEB_UNAVAILABLE where one cannot be fetched or is not what the list says
 */
export async function downloadDebs(
  folder: string,
  packages: readonly DebIdentity[],
  { log, signal }: { readonly log: Log; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const missing = await filterMissing(folder, packages);
  if (missing.length === 0) return;
  log(`downloading ${missing.length} Debian packages`);
  // As root apt would fetch as the user _apt, who may not write here.
  const args = ["-q=2", "-o", "APT::Sandbox::User=root", "download"];
  const names = missing.map(({ name, version }) => `${name}=${version}`);
  const { stderr } = await runCommand("apt-get", [...args, ...names], { cwd: folder, ...(signal ? { signal } : {}) });
  signal?.throwIfAborted();
  const [lost] = await filterMissing(folder, missing);
  if (!lost) return;
  const reason = stderr.trim().split("\n").at(-1) ?? "";
  throw new LabError("DEB_UNAVAILABLE", `no good copy of ${lost.name} ${lost.version}; run apt-get update: ${reason}`);
}

async function filterMissing(folder: string, packages: readonly DebIdentity[]): Promise<DebIdentity[]> {
  const missing: DebIdentity[] = [];
  for (const wanted of packages) {
    const bytes = await readFile(debFile(folder, wanted)).catch(() => undefined);
    if (!bytes || createHash("sha256").update(bytes).digest("hex") !== wanted.sha256) missing.push(wanted);
  }
  return missing;
}
