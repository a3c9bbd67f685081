/**
 * Runs all tests, a part after the other, and closes with one line over all of them: `N passed, N failed`.
 *
 *     npm test
 *     npm test -- test:crash   # other parts
 *     npm run test:long        # the parts named in package.json, with CATNIX_LONG=1
 *
 * Each part is an npm script of its own that ends with mocha's summary. Under CI=true a skipped test counts as failed.
 */
import { spawn } from "node:child_process";
import { resolve } from "node:path";

interface Result {
  readonly passed: number;
  readonly failed: number;
  /** What mocha says of the tests that failed, or the end of what was printed where it says nothing. */
  readonly failures: string;
}

const PARTS = ["test:contracts", "test:unit", "test:e2e"]; // contracts first: their types are generated on the way
const KEPT = 1 << 20;
const SHOWN_FAILURES = 4000;
const COMPILED = resolve("node_modules/.cache/compiled");

/** The numbers of mocha's own summary; one failure where there is none, or where the part failed in another way. */
function readSummary(output: string, exitCode: number): Result {
  const plain = output.replaceAll(/\u001b\[[0-9;]*m/g, "");
  const count = (word: string) => {
    const matches = [...plain.matchAll(new RegExp(`^ {2}(\\d+) ${word}\\b`, "gm"))];
    return matches.length === 0 ? undefined : Number(matches.at(-1)![1]);
  };
  const passed = count("passing") ?? 0;
  const failed = (count("failing") ?? 0) + (process.env["CI"] === "true" ? (count("pending") ?? 0) : 0);
  const isWrong = exitCode !== 0 || count("passing") === undefined;
  const at = plain.search(/^ {2}\d+ failing\b/m);
  const failures = at < 0 ? plain.slice(-SHOWN_FAILURES) : plain.slice(at, at + SHOWN_FAILURES);
  return { passed, failed: isWrong ? Math.max(1, failed) : failed, failures };
}

async function runPart(script: string): Promise<Result> {
  const start = performance.now();
  // What npm built just before is what is tested as a process: starting from the sources takes three times as long. V8 keeps
  // what it compiled: hundreds of short processes load the same modules.
  const env = { ...process.env, CATNIX_BUILT: "1", NODE_COMPILE_CACHE: COMPILED };
  const child = spawn("npm", ["run", "--silent", script], { stdio: ["ignore", "pipe", "inherit"], env });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    process.stdout.write(text);
    output = (output + text).slice(-KEPT);
  });
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on("error", reject).on("close", (code) => resolve(code ?? 1));
  });
  const result = readSummary(output, exitCode);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`${script}: ${result.passed} passed, ${result.failed} failed, ${seconds} s\n`);
  return result;
}

let [passed, failed] = [0, 0];
const failures: string[] = [];
const named = process.argv.slice(2);
for (const script of named.length > 0 ? named : PARTS) {
  const result = await runPart(script);
  passed += result.passed;
  failed += result.failed;
  if (result.failed > 0) failures.push(`${script}:\n${result.failures.trimEnd()}\n`);
}
// Once more at the end, where they are found.
for (const text of failures) console.log(text);
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
