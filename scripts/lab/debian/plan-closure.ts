import { LabError } from "../lab-error.js";
import type { DebIdentity, DebianPackage, PackageIndex } from "./package-list.js";

/** A package of the plan; the names are those of other packages of the plan, sorted. */
export interface PlannedPackage extends DebIdentity {
  /** KiB, as the package says. */
  readonly installedSize: number;
  /** Direct dependencies, without those that would close a cycle: they come earlier in the plan. */
  readonly dependencies: readonly string[];
  /** Everything that it needs, directly or not, the other roots left out; only for the roots, empty otherwise. */
  readonly needs: readonly string[];
}

/**
 * Plans the closure of `roots` over Depends and Pre-Depends, dependencies first. Of alternatives the first that exists
 * is taken, a real package before one that provides the name; version constraints are not looked at, because a suite
 * of Debian satisfies its own; a dependency that does not exist at all is left out.
 *
 * Debian has cycles (libc6 and libgcc-s1) and store paths cannot: the edge that closes one is dropped. So are edges
 * into a root, which leaves a root free to name everything that it needs, what the dropped edges hid included.
 * @throws LabError PACKAGE_UNKNOWN where a root is in none of the lists
 */
export function planClosure(index: PackageIndex, roots: readonly string[]): PlannedPackage[] {
  const rootNames = new Set(roots);
  const plan: PlannedPackage[] = [];
  const state = new Map<string, "open" | "done">();

  function visit(found: DebianPackage): void {
    state.set(found.name, "open");
    const dependencies: string[] = [];
    for (const dependency of resolveDependencies(index, found)) {
      if (rootNames.has(dependency.name) || state.get(dependency.name) === "open") continue;
      dependencies.push(dependency.name);
      if (!state.has(dependency.name)) visit(dependency);
    }
    state.set(found.name, "done");
    const { name, version, architecture, sha256, installedSize } = found;
    const needs = rootNames.has(name) ? collectNeeds(index, found, rootNames) : [];
    plan.push({ name, version, architecture, sha256, installedSize, dependencies: dependencies.sort(), needs });
  }

  for (const name of rootNames) visit(findRoot(index, name));
  return plan;
}

function findRoot(index: PackageIndex, name: string): DebianPackage {
  const found = index.byName.get(name);
  if (!found) throw new LabError("PACKAGE_UNKNOWN", `this Debian suite has no package ${name}: name another one`);
  return found;
}

function resolveDependencies({ byName, providers }: PackageIndex, { name, depends }: DebianPackage): DebianPackage[] {
  const found = depends.flatMap((alternatives) => {
    const existing = alternatives.find((option) => byName.has(option) || providers.has(option));
    return existing === undefined ? [] : [byName.get(existing) ?? providers.get(existing)!];
  });
  return [...new Set(found)].filter((dependency) => dependency.name !== name);
}

function collectNeeds(index: PackageIndex, root: DebianPackage, roots: ReadonlySet<string>): string[] {
  const needs = new Set<string>();
  const waiting = [root];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    for (const dependency of resolveDependencies(index, next)) {
      if (roots.has(dependency.name) || needs.has(dependency.name)) continue;
      needs.add(dependency.name);
      waiting.push(dependency);
    }
  }
  return [...needs].sort();
}
