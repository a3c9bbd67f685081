import { copyFile, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { debFile } from "./debian/apt.js";
import type { PlannedPackage } from "./debian/plan-closure.js";
import { LabError } from "./lab-error.js";

/** By Debian's name of the architecture: what Nix, the compiler and the C library call it. */
const platforms = {
  amd64: { system: "x86_64-linux", triplet: "x86_64-linux-gnu", loader: "ld-linux-x86-64.so.2" },
  arm64: { system: "aarch64-linux", triplet: "aarch64-linux-gnu", loader: "ld-linux-aarch64.so.1" },
} as const;

/** What the builders' scripts call. */
const applets = ["cat", "chmod", "dirname", "dpkg-deb", "head", "mkdir", "readlink", "sh"];

/** What the closure is made of. */
export interface ClosurePlan {
  /** As Debian names it. */
  readonly architecture: string;
  /** Dependencies first. */
  readonly packages: readonly PlannedPackage[];
  /** Names of the packages that get wrappers for their programs. */
  readonly roots: readonly string[];
  /** The folder of the .deb files. */
  readonly debs: string;
  /** A static busybox. */
  readonly busybox: string;
}

/**
 * Writes into the folder `workDir` what `closure/default.nix` evaluates: `plan.json` and a folder `busybox`.
 * @returns the path of `plan.json`
 * @throws LabError PACKAGE_UNSUPPORTED on an architecture that the lab does not know
 */
export async function writePlan(workDir: string, plan: ClosurePlan): Promise<string> {
  const platform = Object.entries(platforms).find(([name]) => name === plan.architecture)?.[1];
  if (!platform)
    throw new LabError("PACKAGE_UNSUPPORTED", `the lab runs on amd64 and arm64, not on ${plan.architecture}`);
  await mkdir(workDir, { recursive: true });
  const packages = plan.packages.map((found) => ({
    ...found,
    storeName: storeName(found),
    file: debFile(plan.debs, found),
  }));
  const busybox = { name: "busybox-static", path: await copyBusybox(workDir, plan.busybox) };
  const file = join(workDir, "plan.json");
  await writeFile(file, JSON.stringify({ ...platform, busybox, roots: plan.roots, packages }, undefined, 2));
  return file;
}

/** Name and version without its epoch, in the characters that Nix allows in a store path's name. */
function storeName({ name, version }: PlannedPackage): string {
  return `${name}-${version.replace(/^\d+:/, "")}`.replace(/[^a-zA-Z0-9+._?=-]/g, "_");
}

/** A folder with `bin/busybox` and its applets as links, and nothing else of the machine's own folder. */
async function copyBusybox(workDir: string, busybox: string): Promise<string> {
  const folder = join(workDir, "busybox");
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, "bin"), { recursive: true });
  await copyFile(busybox, join(folder, "bin", "busybox"));
  for (const applet of applets) await symlink("busybox", join(folder, "bin", applet));
  return folder;
}
