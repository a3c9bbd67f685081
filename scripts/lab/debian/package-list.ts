import { compareVersions } from "./version.js";

/** Which .deb file it is. */
export interface DebIdentity {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Of the file, 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** What the lab needs of a stanza of a Debian `Packages` file. */
export interface DebianPackage extends DebIdentity {
  /** KiB, as the package says. */
  readonly installedSize: number;
  /** One entry a dependency (Pre-Depends, then Depends): the names of its alternatives, in order, without versions. */
  readonly depends: readonly (readonly string[])[];
  /** Virtual packages, and other real ones, that it stands for. */
  readonly provides: readonly string[];
}

/**
 * Parses the text of a `Packages` file (deb822(5)): stanzas between empty lines. A stanza that lacks a name, version,
 * architecture or checksum, or has one in a form that Debian does not allow, is left out.
 */
export function parsePackageList(text: string): DebianPackage[] {
  return text.split(/\n{2,}/).flatMap((stanza) => parseStanza(stanza) ?? []);
}

function parseStanza(stanza: string): DebianPackage | undefined {
  const [name, version] = [field(stanza, "Package"), field(stanza, "Version")];
  const [architecture, sha256] = [field(stanza, "Architecture"), field(stanza, "SHA256")];
  // What goes into file names and command lines is held to Debian's own rules (policy 5.6.7 and 5.6.12).
  if (!/^[a-z0-9][a-z0-9+.-]+$/.test(name) || !/^(\d{1,9}:)?[A-Za-z0-9.+~-]+$/.test(version)) return undefined;
  if (!/^[a-z0-9-]+$/.test(architecture) || !/^[0-9a-f]{64}$/.test(sha256)) return undefined;
  const size = field(stanza, "Installed-Size");
  return {
    name,
    version,
    architecture,
    sha256,
    installedSize: /^\d{1,12}$/.test(size) ? Number(size) : 0,
    depends: ["Pre-Depends", "Depends"].flatMap((key) => parseRelations(field(stanza, key))),
    provides: parseRelations(field(stanza, "Provides")).flat(),
  };
}

/** A field of one line; empty where it is absent. (The fields read here are never folded in `Packages` files.) */
function field(stanza: string, key: string): string {
  const line = `\n${stanza}`.indexOf(`\n${key}: `);
  if (line < 0) return "";
  const start = line + key.length + 2;
  const end = stanza.indexOf("\n", start);
  return stanza.slice(start, end < 0 ? undefined : end).trim();
}

/** `a (>= 1) | b:any, c` is `[["a", "b"], ["c"]]` (policy 7.1). */
function parseRelations(relations: string): string[][] {
  return relations
    .split(",")
    .map((clause) => clause.split("|").flatMap((option) => /^\s*([a-z0-9][a-z0-9+.-]+)/.exec(option)?.[1] ?? []))
    .filter((alternatives) => alternatives.length > 0);
}

/** The packages that can be had, by name and by what they provide. */
export interface PackageIndex {
  readonly byName: ReadonlyMap<string, DebianPackage>;
  readonly providers: ReadonlyMap<string, DebianPackage>;
}

/**
 * Makes an index of what the machine's apt offers: the newest version of each package of `architecture` or `all`; of
 * several that provide one virtual package, the first by name, so that the plan is the same everywhere.
 */
export function indexPackages(packages: Iterable<DebianPackage>, architecture: string): PackageIndex {
  const byName = new Map<string, DebianPackage>();
  for (const found of packages) {
    if (found.architecture !== architecture && found.architecture !== "all") continue;
    const known = byName.get(found.name);
    if (!known || compareVersions(found.version, known.version) > 0) byName.set(found.name, found);
  }
  const providers = new Map<string, DebianPackage>();
  for (const found of byName.values()) {
    for (const name of found.provides) {
      const known = providers.get(name);
      if (!known || found.name < known.name) providers.set(name, found);
    }
  }
  return { byName, providers };
}
