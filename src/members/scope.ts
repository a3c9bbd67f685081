import { z } from "zod";
import { compileGlobs } from "../files/glob.js";

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
 * Whether a member speaks for a package. Tools warn where it does not; the contract knows of no scopes.
 * @param packageName as Nix splits a name, such as `python3.12-requests` of `python3.12-requests-2.32`
 * @param system such as `x86_64-linux`; where it is not known, a scope by systems excludes nothing
 */
export function covers(
  { scope }: { readonly scope?: Scope | undefined },
  packageName: string,
  system?: string,
): boolean {
  if (scope?.systems && system !== undefined && !scope.systems.includes(system)) return false;
  return scope?.packages === undefined || compileGlobs(scope.packages)(packageName);
}
