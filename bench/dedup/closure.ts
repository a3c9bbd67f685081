import { join } from "node:path";
import { debFile, downloadDebs, readArchitecture, readPackageIndex } from "../../scripts/lab/debian/apt.js";
import { planClosure } from "../../scripts/lab/debian/plan-closure.js";
import { CACHE, unpackToNar } from "./packages.js";
import { makeHashPart } from "./rebuild.js";

/** A store path in the making. */
export interface ClosurePath {
  readonly name: string;
  /** Hash parts of the paths that it refers to, its own last. */
  readonly references: readonly string[];
  readonly readNar: () => Promise<Buffer>;
}

/**
 * Plans a closure out of Debian packages: a store path each, with true references, named in `nix-support` as nixpkgs does. The
 * .deb files are downloaded by apt and kept.
 */
export async function planPaths(roots: readonly string[]): Promise<ClosurePath[]> {
  const architecture = await readArchitecture();
  const log = (line: string) => console.error(line);
  const packages = planClosure(await readPackageIndex(architecture, log), roots);
  const debs = join(CACHE, "debs");
  await downloadDebs(debs, packages, { log });
  const hashes = new Map(packages.map(({ name, version }) => [name, makeHashPart(`${name}-${version}`)]));
  return packages.map((found) => {
    const references = [...found.dependencies, found.name].map((name) => hashes.get(name)!);
    const named = found.dependencies.map((name) => `/nix/store/${hashes.get(name)!}-${name}`).join(" ");
    const extra = { "nix-support/propagated-build-inputs": `${named}\n` };
    return { name: found.name, references, readNar: () => unpackToNar(debFile(debs, found), extra) };
  });
}
