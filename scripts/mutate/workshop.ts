import { fork, type ChildProcess } from "node:child_process";
import { cp, mkdtemp, rm, symlink, writeFile, readFile } from "node:fs/promises";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Order, Verdict } from "./run-suites.js";

const COPIED = [
  "artifacts",
  "contracts",
  "scripts",
  "src",
  "test",
  "hardhat.config.ts",
  "package.json",
  "tsconfig.json",
];
const LIMIT_MS = 300_000;
const SHORT_RUN = "400"; // calls of the model: nearly all that it tells, it tells in the first hundred

/** A copy of the project in which mutants are tested, one after the other. */
export class Workshop {
  #child: ChildProcess | undefined;

  private constructor(private readonly folder: string) {}

  static async open(): Promise<Workshop> {
    const folder = await mkdtemp(join(tmpdir(), "catnix-mutants-"));
    for (const name of COPIED) await cp(name, join(folder, name), { recursive: true });
    await rm(join(folder, "artifacts/build-info"), { recursive: true, force: true }); // of other code
    await symlink(resolve("node_modules"), join(folder, "node_modules"));
    // Code that is not optimized is larger than a contract may be.
    const config = join(folder, "hardhat.config.ts");
    const text = await readFile(config, "utf8");
    await writeFile(
      config,
      text.replace('hardfork: "osaka" }', 'hardfork: "osaka", allowUnlimitedContractSize: true }'),
    );
    return new Workshop(folder);
  }

  /** Tests a contract; a run that ends in no way at all is told as well. */
  async test(order: Order): Promise<Verdict> {
    const child = (this.#child ??= await this.#start());
    try {
      const answer = nextMessage(child);
      child.send(order);
      return (await answer) as Verdict;
    } catch (error) {
      this.#child = undefined;
      child.kill("SIGKILL");
      return { byModel: null, bySuites: `the run did not end: ${(error as Error).message}` };
    }
  }

  /** At once, so that a signal can end the process after it. */
  close(): void {
    this.#child?.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #start(): Promise<ChildProcess> {
    const env = { ...process.env, CATNIX_CALLS: process.env["CATNIX_CALLS"] ?? SHORT_RUN };
    const script = join(this.folder, "scripts/mutate/run-suites.ts");
    const child = fork(script, {
      cwd: this.folder,
      env,
      execArgv: ["--import", "tsx"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    await nextMessage(child);
    return child;
  }
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const end = (finish: () => void): void => {
      clearTimeout(timer);
      child.off("message", onMessage).off("exit", onExit);
      finish();
    };
    const onMessage = (message: unknown): void => end(() => resolve(message));
    const onExit = (code: number | null): void => end(() => reject(new Error(`exit code ${code ?? "none"}`)));
    const timer = setTimeout(() => end(() => reject(new Error(`${LIMIT_MS} ms`))), LIMIT_MS);
    child.once("message", onMessage).once("exit", onExit);
  });
}
