/** Whether the long versions of tests run (`npm run test:long`). */
const isLong = process.env["CATNIX_LONG"] === "1";

/**
 * Seeds of a test that runs once for each: as many as CATNIX_RUNS says, else `short`, or `long` in `npm run test:long`. The
 * first is CATNIX_SEED, else 1, in a long run any. Tests name their seed, so that a failure can be repeated.
 */
function seedsFor({ short, long }: { short: number; long: number }): number[] {
  const runs = readCount("CATNIX_RUNS") ?? (isLong ? long : short);
  const first = readCount("CATNIX_SEED") ?? (isLong ? Date.now() % 1_000_000 : 1);
  return Array.from({ length: runs }, (_, at) => first + at);
}

function readCount(variable: string): number | undefined {
  const text = process.env[variable];
  if (text === undefined) return undefined;
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new RangeError(`${variable} is no number above 0: ${text}`);
  return Number(text);
}

/** Seeds of tests that kill something. */
export const crashSeeds = seedsFor({ short: 5, long: 50 });

/** Seeds of properties over bytes that somebody made to harm. */
export const fuzzSeeds = seedsFor({ short: 1, long: 20 });

/** Calls of any kind that the contract is tried with. */
export const contractCalls = readCount("CATNIX_CALLS") ?? (isLong ? 100_000 : 2_000);
