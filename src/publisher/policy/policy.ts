import type { Config } from "../../config/schema.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { compileGlobs } from "../../files/glob.js";
import { parseBaseName, parseStorePath } from "../../nix/store-path.js";
import { DENY_FILES, type FileRules, makeFileRules } from "./file-rules.js";
import type { FileHit } from "./scan-tree.js";
import { SECRET_RULES } from "./secret-rules.js";

/** Something that the policy does not let out. */
export interface Finding {
  readonly storePath: string;
  /** A store path, or a file in one: what an exception for it would name. */
  readonly path: string;
  /** A built-in rule, or the key of the configuration that says so. */
  readonly rule: string;
  readonly reason: string;
}

export type PolicySettings = Config["publish"];

/** The rule for what `nix-instantiate` makes: its environment is where secrets of a build stand. */
export const DERIVATION = "derivation";

const REASONS: ReadonlyMap<string, string> = new Map([
  ...SECRET_RULES.map(({ name, what }) => [name, what] as const),
  [DERIVATION, "a derivation, whose variables may hold secrets"],
  [DENY_FILES, "the file matches a pattern"],
]);

/**
 * What may be published: it decides, and looks at nothing. A store path is denied by its name or path, or by what its files
 * are found to be; an exception for the very path or file, or for a rule, lifts that. What `publish.only` leaves out is
 * denied whatever exceptions there are.
 */
export class PublishPolicy {
  readonly fileRules: FileRules;
  /** `publish.only`; undefined where nothing is restricted. */
  readonly only: { readonly paths: readonly string[]; readonly closures: readonly string[] } | undefined;
  readonly #storeDir: string;
  readonly #deniedPaths: ReadonlySet<string>;
  readonly #isDeniedName: (name: string) => boolean;
  readonly #allowedPaths: ReadonlySet<string>;
  readonly #isAllowedFile: (subject: string) => boolean;
  readonly #allowedRules: ReadonlySet<string>;

  /**
   * @param storeDir the one store folder of the registry
   * @param allow further exceptions, as in `publish.allow.paths`: what somebody named for this run
   * @throws CatnixError PUBLISH_POLICY_INVALID
   */
  constructor({ deny, allow, only }: PolicySettings, storeDir: string, more: readonly string[] = []) {
    const storePath = (key: string) => (path: string) => valid(key, () => parseStorePath(path, storeDir).path);
    this.#storeDir = storeDir;
    this.#deniedPaths = new Set(deny.paths.map(storePath("publish.deny.paths")));
    this.#isDeniedName = valid("publish.deny.names", () => compileGlobs(deny.names.map(requireNamePattern)));
    this.fileRules = valid(DENY_FILES, () => makeFileRules(deny.files.map(requireFilePattern)));
    this.#allowedPaths = new Set([
      ...allow.paths.map((path) => valid("publish.allow.paths", () => parseBelow(path, storeDir))),
      ...more.map((path) => valid("--allow", () => parseBelow(path, storeDir))),
    ]);
    this.#isAllowedFile = valid("publish.allow.files", () => compileGlobs(allow.files.map(requireFilePattern)));
    this.#allowedRules = new Set(allow.rules.map((rule) => valid("publish.allow.rules", () => requireRule(rule))));
    if (only.paths !== undefined || only.closures !== undefined)
      this.only = {
        paths: (only.paths ?? []).map(storePath("publish.only.paths")),
        closures: only.closures ?? [],
      };
  }

  /** What is against a store path before anybody looks into it. */
  judgePath(storePath: string, onlyThese: ReadonlySet<string> | undefined): Finding[] {
    const found = (rule: string, reason: string): Finding[] => [{ storePath, path: storePath, rule, reason }];
    if (onlyThese?.has(storePath) === false) return found("publish.only", "it is not among what may be published");
    if (this.isExcepted(storePath)) return [];
    const { name } = parseStorePath(storePath, this.#storeDir);
    if (this.#deniedPaths.has(storePath)) return found("publish.deny.paths", "the store path is denied");
    if (this.#isDeniedName(name)) return found("publish.deny.names", "its name matches a pattern");
    if (name.endsWith(".drv") && !this.#allowedRules.has(DERIVATION))
      return found(DERIVATION, REASONS.get(DERIVATION)!);
    return [];
  }

  /** Whether a whole store path is an exception: nobody need look into it. */
  isExcepted(storePath: string): boolean {
    return this.#allowedPaths.has(storePath);
  }

  /** What is against a store path after a look into it, less the exceptions: one finding a file. */
  judgeFiles(storePath: string, hits: readonly FileHit[]): Finding[] {
    const { name } = parseStorePath(storePath, this.#storeDir);
    return hits.flatMap(({ file, rules }) => {
      const [path, subject] = file === "" ? [storePath, name] : [`${storePath}/${file}`, `${name}/${file}`];
      const rule = rules.find((rule) => !this.#allowedRules.has(rule));
      if (rule === undefined || this.#isBelowAllowed(path) || this.#isAllowedFile(subject)) return [];
      return [{ storePath, path, rule, reason: REASONS.get(rule)! }];
    });
  }

  #isBelowAllowed(path: string): boolean {
    if (this.#allowedPaths.size === 0) return false;
    for (let at = path; at.length > this.#storeDir.length; at = at.slice(0, at.lastIndexOf("/")))
      if (this.#allowedPaths.has(at)) return true;
    return false;
  }
}

/** A store path, or a path below one without detours. */
function parseBelow(path: string, storeDir: string): string {
  if (!path.startsWith(`${storeDir}/`)) throw new Error(`${JSON.stringify(path)} is not in ${storeDir}`);
  const [baseName, ...below] = path.slice(storeDir.length + 1).split("/");
  parseBaseName(baseName!);
  if (below.some((part) => part === "" || part === "." || part === ".."))
    throw new Error(`${JSON.stringify(path)} has an empty component, "." or ".."`);
  return path;
}

/** A pattern that nothing can match would deny nothing, and nobody would notice. */
function requireNamePattern(pattern: string): string {
  if (pattern.replaceAll("**/", "").includes("/")) throw new Error(`${JSON.stringify(pattern)}: names have no slash`);
  return pattern;
}

function requireFilePattern(pattern: string): string {
  if (pattern.startsWith("/") || pattern.endsWith("/"))
    throw new Error(
      `${JSON.stringify(pattern)}: patterns of files begin with the name of a store path, or **, and end with a file's`,
    );
  return pattern;
}

function requireRule(rule: string): string {
  const known = [...SECRET_RULES.map(({ name }) => name), DERIVATION];
  if (!known.includes(rule)) throw new Error(`${JSON.stringify(rule)} is no rule; there are ${known.join(", ")}`);
  return rule;
}

function valid<T>(key: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new CatnixError("PUBLISH_POLICY_INVALID", { key, reason: (cause as Error).message }, { cause });
  }
}
