import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
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
 * Evaluates a Nix file, or a folder with a `default.nix`, by `nix-instantiate`; another folder as a flake, and anything else as
 * an installable of one, such as `nixpkgs#jq`, by `nix path-info --derivation`. The derivations are in the store then.
 * @returns their store paths
 * @throws CatnixError EVALUATION_FAILED; the signal's reason
 */
export async function evaluate(expression: string, options: EvaluateOptions): Promise<string[]> {
  const { attributes, store, storeDir, signal } = options;
  const at = store === undefined ? [] : ["--store", store];
  const failed = (reason: string, cause?: unknown) =>
    new CatnixError("EVALUATION_FAILED", { expression, reason }, { cause });
  if (attributes.length > 0 && !isThere(expression) && expression.includes("#"))
    throw failed("its attribute is named behind the # already");
  // Absolute, and behind `--`: what begins with a dash is no option of Nix's.
  const [program, args] = isFile(expression)
    ? ["nix-instantiate", [...at, resolve(expression), ...attributes.flatMap((name) => ["--attr", name])]]
    : ["nix", [...at, ...PATH_INFO, "--", ...installables(expression, attributes)]];
  let stdout: string;
  try {
    ({ stdout } = await run(program, args, { signal, maxBuffer: MAX_OUTPUT }));
  } catch (error) {
    signal.throwIfAborted();
    const { stderr, message } = error as Error & { stderr?: string };
    throw failed(stderr?.trim().split("\n").slice(-5).join(" ") || message, error);
  }
  // An output may be named behind the path: `….drv!dev`; newer versions write `^`.
  const paths = stdout
    .trim()
    .split("\n")
    .map((line) => line.replace(/[!^].*$/, ""));
  try {
    for (const path of paths)
      if (!parseStorePath(path, storeDir).name.endsWith(".drv")) throw failed(`it gives ${path}`);
  } catch (error) {
    throw isCatnixError(error, "STORE_PATH_INVALID") ? failed(error.message, error) : error;
  }
  return [...new Set(paths)];
}

/** The member's flake is read: a lock file that is missing stays so. */
const PATH_INFO = [
  ...["--extra-experimental-features", "nix-command flakes"],
  ...["path-info", "--derivation", "--no-write-lock-file"],
];

function installables(expression: string, attributes: readonly string[]): string[] {
  // Nix takes a bare word for a name in its registry of flakes.
  const flake = isThere(expression) ? resolve(expression) : expression;
  // A fragment is percent-encoded.
  return attributes.length === 0 ? [flake] : attributes.map((name) => `${flake}#${name.replaceAll("%", "%25")}`);
}

function isFile(expression: string): boolean {
  const stat = statSync(expression, { throwIfNoEntry: false });
  return stat !== undefined && (!stat.isDirectory() || isThere(join(expression, "default.nix")));
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
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
