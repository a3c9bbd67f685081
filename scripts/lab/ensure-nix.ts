import { constants } from "node:fs";
import { access, realpath } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { isStaticElf } from "./elf.js";
import { LabError } from "./lab-error.js";
import { runAsRoot } from "./run-as-root.js";

/** Says what is going on, one line a call. */
export type Log = (line: string) => void;

/** Where the lab's programs are, as absolute paths. */
export interface NixPrograms {
  readonly nix: string;
  readonly nixStore: string;
  /** A statically linked busybox: it runs as a builder where nothing else is. */
  readonly busybox: string;
}

const aptPackages = ["nix-bin", "busybox-static"];
const advice = `install it as root: apt-get install ${aptPackages.join(" ")}`;

/**
 * Finds Nix and the static busybox on the PATH; where one is missing, installs Debian's `nix-bin` and `busybox-static`
 * by apt-get (root, or sudo that asks for no password). It never lets apt remove a package to do so.
 * @throws LabError NIX_MISSING where they cannot be installed, with one line saying what to install
 */
export async function ensureNix(log: Log): Promise<NixPrograms> {
  const found = await findPrograms();
  if (found) return found;
  if (!(await runAsRoot("apt-get", ["-q=2", "update"]))) throw new LabError("NIX_MISSING", `Nix is missing: ${advice}`);
  log(`installing ${aptPackages.join(" ")}`);
  const install = ["apt-get", "-q=2", "-y", "--no-install-recommends", "--no-remove", "install", ...aptPackages];
  const installed = await runAsRoot("env", ["DEBIAN_FRONTEND=noninteractive", ...install]);
  const now = await findPrograms();
  if (now) return now;
  const reason = installed?.stderr.trim().split("\n").at(-1) ?? "";
  throw new LabError("NIX_MISSING", `Nix is missing and could not be installed; ${advice}: ${reason}`);
}

async function findPrograms(): Promise<NixPrograms | undefined> {
  const [nix, nixStore, busybox] = await Promise.all(["nix", "nix-store", "busybox"].map(findOnPath));
  if (nix === undefined || nixStore === undefined || busybox === undefined) return undefined;
  return (await isStaticElf(busybox)) ? { nix, nixStore, busybox: await realpath(busybox) } : undefined;
}

async function findOnPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const file = join(folder, program);
    if (folder.startsWith("/") && (await isExecutable(file))) return file;
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
