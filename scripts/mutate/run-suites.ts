/**
 * Runs the contract's tests against one contract after the other, in a process that stays: starting Hardhat and loading the
 * tests takes longer than most mutants live. Works in a copy of the project, whose artifacts it overwrites.
 *
 * Gets {@link Order}s by IPC from the process that forked it, and answers each with a {@link Verdict}.
 */
import fc from "fast-check";
import Mocha from "mocha";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DEPLOYED } from "./compile.js";

/** Creation code by contract name. */
export interface Order {
  readonly code: Readonly<Record<string, string>>;
}

/** What tells the contract from the one that is meant: the title of a test, or nothing. */
export interface Verdict {
  readonly byModel: string | null;
  /** Not asked where the model tells. */
  readonly bySuites: string | null;
}

const TESTS = resolve("test/contracts");
// Of the optimized code, which this is not; and of a run of the model that is longer than these.
const LEFT_OUT = /costs the same at any number|is smaller than the 24,576|has tried every function/;

/** A mocha that can run its files again and again. */
async function load(files: readonly string[]): Promise<Mocha> {
  const mocha = new Mocha({ bail: true, timeout: 60_000, reporter: "dot", grep: LEFT_OUT }).invert();
  for (const file of files) mocha.addFile(file);
  await mocha.loadFilesAsync();
  return mocha.cleanReferencesAfterRun(false);
}

/** The first test that fails, and why. */
async function firstFailure(mocha: Mocha): Promise<string | null> {
  let found: string | null = null;
  await new Promise<void>((resolve) => {
    mocha
      .run(() => resolve())
      .on("fail", (test, error: Error) => {
        const broken = /broken: (.*)/.exec(error.cause instanceof Error ? error.cause.message : "")?.[1];
        found ??= `${test.fullTitle()}${broken === undefined ? "" : `: ${broken}`}`;
      });
  });
  return found;
}

async function putCode({ code }: Order): Promise<void> {
  for (const [file, name] of Object.entries(DEPLOYED)) {
    const path = join("artifacts", file, `${name}.json`);
    const artifact = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
    await writeFile(path, JSON.stringify({ ...artifact, bytecode: code[name] }));
  }
}

fc.configureGlobal({ endOnFailure: true });
const names = (await readdir(TESTS, { recursive: true })).filter((name) => name.endsWith(".test.ts")).sort();
const [model, suites] = [names.filter((name) => name.includes("fuzz")), names.filter((name) => !name.includes("fuzz"))];
const inModel = await load(model.map((name) => join(TESTS, name)));
const inSuites = await load(suites.map((name) => join(TESTS, name)));
const { networkHelpers } = await import("../../test/contracts/support/network.js");

process.on("message", (order: Order) => {
  void (async () => {
    await putCode(order);
    networkHelpers.clearSnapshots(); // of the contract before
    const byModel = await firstFailure(inModel);
    const verdict: Verdict = { byModel, bySuites: byModel === null ? await firstFailure(inSuites) : null };
    process.send!(verdict);
  })();
});
process.on("disconnect", () => process.exit()); // nobody is left to tell
process.send!("ready");
