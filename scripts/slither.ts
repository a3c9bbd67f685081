/**
 * Runs Slither over the contract and holds what it finds against docs/audit/slither.md, where each finding has its answer:
 *
 *     npm run slither
 *
 * Slither comes from PyPI, into a folder of its own under ~/.cache/catnix: Python 3.10 or later with venv is needed. It reads
 * what Hardhat compiled. Fails where a finding has no answer, and where an answer has no finding.
 */
import { execFile } from "node:child_process";
import { access, mkdtemp, readFile, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { answeredFindings, findingsOf } from "./audit/slither-findings.js";

const VERSION = "0.11.6";
const run = promisify(execFile);

async function install(): Promise<string> {
  const folder = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "catnix", `slither-${VERSION}`);
  const program = join(folder, "bin/slither");
  const isThere = await access(program).then(
    () => true,
    () => false,
  );
  if (isThere) return program;
  console.error(`installing Slither ${VERSION} in ${folder}`);
  await run("python3", ["-m", "venv", folder]);
  await run(join(folder, "bin/pip"), ["install", "--quiet", `slither-analyzer==${VERSION}`]);
  return program;
}

/** What Slither prints as JSON. It ends with a code of its own where it finds anything. */
async function analyze(program: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "catnix-slither-"));
  const file = join(folder, "findings.json");
  const flags = [".", "--hardhat-ignore-compile", "--filter-paths", "node_modules|contracts/mocks", "--json", file];
  try {
    const failure = await run(program, flags, { maxBuffer: 1 << 26 }).then(
      () => undefined,
      (error: unknown) => error,
    );
    return await readFile(file, "utf8").catch((error: unknown) => {
      throw failure ?? error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const found = findingsOf(await analyze(await install()));
const answered = answeredFindings(await readFile(new URL("../docs/audit/slither.md", import.meta.url), "utf8"));
for (const one of found.filter((finding) => !answered.includes(finding))) console.log(`not answered: ${one}`);
for (const one of answered.filter((finding) => !found.includes(finding)))
  console.log(`answered, and not found: ${one}`);
console.log(`${found.length} findings, ${answered.length} answers`);
if (found.join("\n") !== answered.join("\n")) process.exitCode = 1;
