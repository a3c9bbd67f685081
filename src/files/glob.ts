import picomatch from "picomatch";

/**
 * Hidden files are files like any other; `!` and `./` mean nothing; brackets have to close; a `+`, as in many packages' names, is
 * one. A name may hold a newline, which `**` stops at without the flag.
 */
const OPTIONS = { dot: true, nonegate: true, regex: false, strictBrackets: true, windows: false, flags: "s" } as const;

/**
 * Makes one test of glob patterns: `*` within a component, `**` over any number of them, `?`, `[…]` and `{a,b}`, upper and
 * lower case told apart.
 * @returns whether a path matches one of them
 * @throws SyntaxError where a bracket is left open; TypeError where a pattern is empty
 */
export function compileGlobs(patterns: readonly string[]): (path: string) => boolean {
  const expressions = patterns.map((pattern) => picomatch.makeRe(pattern, OPTIONS));
  return (path) => expressions.some((expression) => expression.test(path));
}
