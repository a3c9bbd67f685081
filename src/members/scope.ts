import { z } from "zod";

/** Characters of a glob at most, and stars in it: what a charter says may not keep its readers' processors busy. */
const MAX_GLOB = 100;
const MAX_STARS = 2;

/** A glob over package names: the characters of store path names, `*` and `?`. */
const glob = z
  .string()
  .max(MAX_GLOB)
  .regex(/^[A-Za-z0-9+._?=*-]+$/, "the characters of package names, * and ?")
  .refine(
    (text) => !text.includes("**") && text.split("*").length <= MAX_STARS + 1,
    `at most ${MAX_STARS} stars, no two together`,
  );

/** What a member speaks for. @param systems schema of a list of systems */
export function scopeSchema<S extends z.ZodType<string[]>>(systems: S) {
  return z.strictObject({
    packages: z
      .array(glob)
      .min(1)
      .max(1000)
      .refine((globs) => new Set(globs).size === globs.length, "a glob is there twice")
      .optional()
      .describe("globs over package names; absent: every package"),
    systems: systems.optional().describe("absent: every system"),
  });
}

/** What a member speaks for; what is absent is not restricted. */
export interface Scope {
  readonly packages?: readonly string[] | undefined;
  readonly systems?: readonly string[] | undefined;
}

/**
 * Makes a test of what a member speaks for. Tools warn where it does not; the contract knows of no scopes.
 * @returns whether it speaks for a package by its name as Nix splits it, such as `python3.12-requests` of `python3.12-requests-2.32`, and
 * a system such as `x86_64-linux`; where that is not known, a scope by systems excludes nothing
 */
export function compileScope(scope: Scope | undefined): (packageName: string, system?: string) => boolean {
  const { packages, systems } = scope ?? {};
  // As one expression the engine gives up at the first character where no glob begins so.
  const globs = packages && new RegExp(`^(?:${packages.map(globSource).join("|")})$`, "s");
  return (packageName, system) => {
    if (systems && system !== undefined && !systems.includes(system)) return false;
    return globs === undefined || globs.test(packageName);
  };
}

/** Globs of file names are another language: there `libstdc++` also means `libstdc+`, and `*` no name of dots alone. */
function globSource(glob: string): string {
  return glob.replaceAll(/[^A-Za-z0-9_]/g, (mark) => (mark === "*" ? ".*" : mark === "?" ? "." : `\\${mark}`));
}
