import { execFile } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import { parseStorePath } from "../../nix/store-path.js";
import { parseDerivationAt } from "../../nix/text-path.js";
import type { NixStore } from "../../nixdb/nix-store.js";

const run = promisify(execFile);

/** Characters of what Nix prints: a path is some eighty. */
const MAX_OUTPUT = 16 << 20;

export interface EvaluateOptions {
  /** Attributes of the expression; all of it where there are none. */
  readonly attributes: readonly string[];
  /** As in `nix --store`. */
  readonly store?: string | undefined;
  readonly storeDir: string;
  readonly signal: AbortSignal;
}

/**
 * Evaluates a Nix file, or a folder with a `default.nix`, by `nix-instantiate`; anything else as an installable of a flake, such
 * as `nixpkgs#jq`, by `nix path-info --derivation`. The derivations are in the store then.
 * @returns their store paths
 * @throws CatnixError EVALUATION_FAILED; the signal's reason
 */
export async function evaluate(expression: string, options: EvaluateOptions): Promise<string[]> {
  const { attributes, store, storeDir, signal } = options;
  const at = store === undefined ? [] : ["--store", store];
  const failed = (reason: string, cause?: unknown) =>
    new CatnixError("EVALUATION_FAILED", { expression, reason }, { cause });
  const [program, args] = isFile(expression)
    ? ["nix-instantiate", [...at, expression, ...attributes.flatMap((name) => ["--attr", name])]]
    : ["nix", [...at, ...FLAKES, "path-info", "--derivation", ...installables(expression, attributes)]];
  let stdout: string;
  try {
    ({ stdout } = await run(program, args, { signal, maxBuffer: MAX_OUTPUT }));
  } catch (error) {
    signal.throwIfAborted();
    const { stderr, message } = error as Error & { stderr?: string };
    throw failed(stderr?.trim().split("\n").slice(-5).join(" ") || message, error);
  }
  // An output may be named behind the path: `….drv!dev`.
  const paths = stdout
    .trim()
    .split("\n")
    .map((line) => line.replace(/!.*$/, ""));
  try {
    for (const path of paths)
      if (!parseStorePath(path, storeDir).name.endsWith(".drv")) throw failed(`it gives ${path}`);
  } catch (error) {
    throw isCatnixError(error, "STORE_PATH_INVALID") ? failed(error.message, error) : error;
  }
  return [...new Set(paths)];
}

const FLAKES = ["--extra-experimental-features", "nix-command flakes"];

function installables(expression: string, attributes: readonly string[]): string[] {
  return attributes.length === 0 ? [expression] : attributes.map((name) => `${expression}#${name}`);
}

function isFile(expression: string): boolean {
  if (!existsSync(expression)) return false;
  return !statSync(expression).isDirectory() || existsSync(join(expression, "default.nix"));
}

/** The derivation of an output, and what it is for. */
export interface EvaluatedOutput {
  /** Store path of the `.drv`. */
  readonly derivation: string;
  readonly system: string;
}

/**
 * Which derivation makes which store path, over all that the given ones need.
 * @param nix the store that they are in
 * @throws CatnixError DERIVATION_INVALID, DERIVATION_PATH_MISMATCH, STORE_PATH_NOT_VALID, NIX_DB_…; the signal's reason
 */
export async function mapOutputs(
  nix: NixStore,
  derivations: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, EvaluatedOutput>> {
  const outputs = new Map<string, EvaluatedOutput>();
  for (const { storePath } of nix.closure(derivations)) {
    if (!storePath.endsWith(".drv")) continue;
    const bytes = await readFile(nix.realPath(storePath), { signal });
    const { outputs: made, system } = parseDerivationAt(storePath, bytes, nix.storeDir);
    for (const output of made.values())
      if ("path" in output) outputs.set(output.path, { derivation: storePath, system });
  }
  return outputs;
}
