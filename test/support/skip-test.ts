/**
 * Skips a test for what this machine lacks, and says so: never under `CI=true`, where that fails it.
 * @param reason what is missing, and how to get it
 */
export function skipTest(context: Mocha.Context, reason: string, cause?: unknown): never {
  if (process.env["CI"] === "true") throw new Error(reason, { cause });
  process.stdout.write(`      skipped: ${reason}\n`);
  return context.skip();
}
