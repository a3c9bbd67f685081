import { delimiter } from "node:path";
import { LabError } from "../lab/lab-error.js";
import { runCommand } from "../lab/run-command.js";

/** Where Go's own installation instructions put it; many a PATH lacks it. */
const USUAL = "/usr/local/go/bin";

/**
 * The environment in which `go` is found, the machine's own.
 * @param usual a folder to look in where the PATH has none
 * @throws LabError GO_MISSING with one line saying what to install
 */
export async function findGo(base: NodeJS.ProcessEnv = process.env, usual = USUAL): Promise<NodeJS.ProcessEnv> {
  const env = { ...base, PATH: [base["PATH"] ?? "", usual].join(delimiter) };
  if ((await runCommand("go", ["version"], { env })).code === 0) return env;
  throw new LabError(
    "GO_MISSING",
    "a program is built with Go, which is missing: install Go 1.26 or later (https://go.dev/dl)",
  );
}
