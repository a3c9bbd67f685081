import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { formatTable } from "../../src/cli/format.js";

/** One measured quantity: of which case, of whom. */
export interface Subject {
  readonly case: string;
  readonly subject: string;
  readonly metric: string;
  readonly unit: string;
}

/** All that was measured of one quantity. */
export interface ResultRow extends Subject {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly n: number;
}

/** What a figure should be at most, or at least. */
export interface Goal {
  readonly goal: string;
  readonly bound: "at most" | "at least";
  readonly want: number;
  /** The median; null where this run did not measure it. */
  readonly got: number | null;
  readonly met: boolean | null;
}

/** From the folder in which npm runs scripts: this program may be a compiled one elsewhere. */
const RESULTS = resolve("bench/results");

/**
 * The figures of one benchmark: collected round by round, then written to `bench/results/NAME.json` and printed as a table.
 * A goal that is not met is a result like another: it does not fail the run.
 */
export class Benchmark {
  /** With `--quick`: one round, of what matters most. */
  readonly quick: boolean;
  readonly #values = new Map<string, { subject: Subject; values: number[] }>();
  readonly #goals: Goal[] = [];

  /** Exits with status 2 where the arguments are wrong. */
  constructor(
    readonly name: string,
    args: readonly string[],
  ) {
    if (args.some((arg) => arg !== "--quick")) {
      console.error(`usage: npm run bench:${name} [-- --quick]`);
      process.exit(2);
    }
    this.quick = args.length > 0;
  }

  /** Adds one round's value. */
  add(subject: Subject, value: number): void {
    const key = keyOf(subject);
    const known = this.#values.get(key) ?? { subject, values: [] };
    known.values.push(value);
    this.#values.set(key, known);
  }

  /** Holds the median of a quantity to a bound from above. */
  expectAtMost(goal: string, want: number, subject: Omit<Subject, "unit">): void {
    this.#expect(goal, "at most", want, subject);
  }

  /** Holds the median of a quantity to a bound from below. */
  expectAtLeast(goal: string, want: number, subject: Omit<Subject, "unit">): void {
    this.#expect(goal, "at least", want, subject);
  }

  #expect(goal: string, bound: Goal["bound"], want: number, subject: Omit<Subject, "unit">): void {
    const row = this.rows().find((one) => keyOf(one) === keyOf(subject));
    const got = row?.median ?? null;
    const met = got === null ? null : bound === "at most" ? got <= want : got >= want;
    this.#goals.push({ goal, bound, want, got, met });
  }

  rows(): ResultRow[] {
    return [...this.#values.values()].map(({ subject, values }) => ({ ...subject, ...summarise(values) }));
  }

  /** Writes the results, and prints them. @param versions of what was measured besides Node */
  finish(versions: Readonly<Record<string, string>> = {}): void {
    const { name, quick } = this;
    const all = { node: process.version, ...versions };
    const result = {
      ...{ name, commit: readCommit(), quick, machine: describeMachine(), versions: all },
      ...{ rows: this.rows(), goals: this.#goals },
    };
    mkdirSync(RESULTS, { recursive: true });
    writeFileSync(join(RESULTS, `${name}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
    const table = this.rows().map((row) => [
      ...[row.case, row.subject, row.metric, row.unit],
      ...[row.median, row.min, row.max].map(formatNumber),
      row.n,
    ]);
    console.log(
      formatTable(["case", "subject", "metric", "unit", "median", "min", "max", "n"], table, [4, 5, 6, 7]),
      `\n\n${this.#goals.map(describeGoal).join("\n")}`,
    );
  }
}

/** Median, least, greatest and number of at least one value. */
function summarise(values: readonly number[]): { median: number; min: number; max: number; n: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  const median = (sorted[(n - 1) >> 1]! + sorted[n >> 1]!) / 2;
  return { median, min: sorted[0]!, max: sorted[n - 1]!, n };
}

function keyOf({ case: of, subject, metric }: Omit<Subject, "unit">): string {
  return JSON.stringify([of, subject, metric]);
}

function describeGoal({ goal, bound, want, got, met }: Goal): string {
  const verdict = met === null ? "not measured" : met ? "met" : "MISSED";
  return `${verdict}: ${goal}: ${bound} ${want}${got === null ? "" : `, got ${formatNumber(got)}`}`;
}

function formatNumber(value: number): string {
  return Number.isInteger(value) || value >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}

function describeMachine() {
  const [cpu] = cpus();
  return { cpu: cpu?.model.trim() ?? "unknown", cores: cpus().length, memoryBytes: totalmem(), kernel: release() };
}

/** Of the working tree, with a plus where it has changes. */
function readCommit(): string {
  const git = (...args: string[]) =>
    execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  try {
    return `${git("rev-parse", "HEAD").trim()}${git("status", "--porcelain", "-uno").trim() === "" ? "" : "+"}`;
  } catch {
    return "unknown";
  }
}
