/**
 * Mutation testing of the registry contract: changes it in one place at a time and runs the contract's tests, first the model
 * (test/contracts/fuzz.test.ts, 400 calls), then the others. Writes docs/audit/mutants.md, and fails where a mutant
 * lives that scripts/mutate/survivors.ts does not explain.
 *
 *     npm run mutate
 *     npm run mutate -- CatProof   # only mutants whose key, such as their file or line of code, contains this
 *     npm run mutate -- --fresh    # also those that an earlier run has killed: after a change of the tests
 *     npm run mutate -- --jobs=4   # so many at a time
 *     npm run mutate -- --page     # only writes the page, of what was found so far
 *
 * Takes a second or two for each of some six hundred; what was killed is remembered in cache/mutants.jsonl, so that a run can be
 * broken off.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { parse, type Compiled, type Sources } from "./mutate/compile.js";
import { findMutants, type Mutant } from "./mutate/mutants.js";
import { formatMutantsPage } from "./mutate/page.js";
import { Results, type Result } from "./mutate/results.js";
import { survivors } from "./mutate/survivors.js";
import { Workshop } from "./mutate/workshop.js";

const MUTATED = [
  "contracts/CatRegistry.sol",
  "contracts/libraries/CatDelta.sol",
  "contracts/libraries/CatHash.sol",
  "contracts/libraries/CatProof.sol",
  "contracts/libraries/MemberSignature.sol",
];
const NEEDED = ["contracts/ICatRegistry.sol", "contracts/mocks/CatProofHarness.sol"];

const readSources = async (files: readonly string[]): Promise<Sources> =>
  Object.fromEntries(await Promise.all(files.map(async (file) => [file, await readFile(file, "utf8")] as const)));

/** Compiles in a thread of its own, so that the next mutant is ready when the last one's tests are through. */
class Compiler {
  readonly #worker = new Worker(new URL("./mutate/compile.ts", import.meta.url), { execArgv: ["--import", "tsx"] });

  async compile(sources: Sources): Promise<Compiled> {
    const answer = new Promise<Compiled>((resolve, reject) => {
      this.#worker.once("message", resolve).once("error", reject);
    });
    this.#worker.postMessage(sources);
    return await answer.finally(() => this.#worker.removeAllListeners("error"));
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

async function testMutant(workshop: Workshop, compiled: Compiled, original: string): Promise<Result> {
  if ("fault" in compiled) return { fate: "no contract", by: compiled.fault.split("\n")[0]! };
  if (JSON.stringify(compiled.code) === original) return { fate: "same code", by: "" };
  const { byModel, bySuites } = await workshop.test(compiled);
  if (byModel !== null) return { fate: "killed by the model", by: byModel };
  return bySuites === null ? { fate: "alive", by: "" } : { fate: "killed by the suites", by: bySuites };
}

/** Takes one mutant after the other from the list, until there is none. */
async function work(workshop: Workshop, next: () => Mutant | undefined, sources: Sources, note: Note): Promise<void> {
  const compiler = new Compiler();
  const compileNext = (): { mutant: Mutant; compiling: Promise<Compiled> } | undefined => {
    const mutant = next();
    return mutant && { mutant, compiling: compiler.compile({ ...sources, [mutant.file]: mutant.text }) };
  };
  try {
    const original = await compiler.compile(sources);
    if ("fault" in original) throw new Error(original.fault);
    const { byModel, bySuites } = await workshop.test(original);
    if (byModel !== null || bySuites !== null) throw new Error(`fails unchanged: ${byModel ?? bySuites}`);
    for (let at = compileNext(); at !== undefined;) {
      const { mutant } = at;
      const compiled = await at.compiling;
      at = compileNext();
      await note(mutant, await testMutant(workshop, compiled, JSON.stringify(original.code)));
    }
  } finally {
    await compiler.close();
  }
}

type Note = (mutant: Mutant, result: Result) => Promise<void>;

async function run(mutants: readonly Mutant[], sources: Sources, jobs: number): Promise<Map<Mutant, Result>> {
  const results = await Results.open();
  const found = results.of(mutants);
  const toDo = mutants.filter((mutant) => {
    const fate = found.get(mutant)?.fate;
    return fate === undefined || fate === "alive"; // a test may have been written for it
  });
  const toDoCount = toDo.length;
  let count = 0;
  const note: Note = async (mutant, result) => {
    found.set(mutant, result);
    console.log(`${++count}/${toDoCount} ${result.fate}: ${mutant.key}${result.by && ` (${result.by})`}`);
    await results.put(mutant, result);
  };
  const workshops = await Promise.all(Array.from({ length: jobs }, () => Workshop.open()));
  const closeAll = (): void => workshops.forEach((one) => one.close());
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      closeAll();
      process.exit(130);
    });
  try {
    await Promise.all(workshops.map((workshop) => work(workshop, () => toDo.shift(), sources, note)));
  } finally {
    closeAll();
  }
  return found;
}

const flags = process.argv.slice(2);
if (flags.includes("--fresh")) await rm("cache/mutants.jsonl", { force: true });
const only = flags.find((flag) => !flag.startsWith("--"));
const isPage = flags.includes("--page");
const jobs = Number(flags.find((flag) => flag.startsWith("--jobs="))?.slice("--jobs=".length) ?? 1);
if (!(jobs >= 1 && jobs <= 64)) throw new RangeError("--jobs wants a number from 1 to 64");
const mutated = await readSources(MUTATED);
const sources = { ...mutated, ...(await readSources(NEEDED)) };
const all = findMutants(mutated, parse(sources));
const chosen = only === undefined ? all : all.filter(({ key }) => key.includes(only));
const found = isPage ? (await Results.open()).of(chosen) : await run(chosen, sources, jobs);
const alive = chosen.filter((mutant) => found.get(mutant)?.fate === "alive");
const unexplained = alive.filter(({ key }) => !(key in survivors));
for (const { key } of unexplained) console.log(`alive, and not explained: ${key}`);
const stale = only !== undefined ? [] : Object.keys(survivors).filter((key) => !alive.some((one) => one.key === key));
for (const key of stale) console.log(`explained, and not alive: ${key}`);
if (only === undefined) await writeFile("docs/audit/mutants.md", formatMutantsPage(chosen, found, survivors));
console.log(`${chosen.length} mutants, ${alive.length} alive, ${unexplained.length} not explained`);
if (unexplained.length + stale.length > 0) process.exitCode = 1;
