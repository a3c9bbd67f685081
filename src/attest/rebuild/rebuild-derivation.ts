import { join } from "node:path";
import { CatnixError } from "../../errors/catnix-error.js";
import type { Derivation } from "../../nix/derivation.js";
import { parseStorePath } from "../../nix/store-path.js";
import { openNixStore } from "../../nixdb/nix-store.js";
import { addInputs } from "./add-inputs.js";
import { BuildLog } from "./build-log.js";
import { compareOutput } from "./compare-output.js";
import type { PublishedOutput, RebuildOptions, RebuildOutcome } from "./rebuild-path.js";
import { type NixRun, runNixStore } from "./run-nix-store.js";
import { ThrowawayStore } from "./throwaway-store.js";

const DEFAULT_TIMEOUT_MS = 4 * 60 * 60 * 1000;
const DEFAULT_LOG_BYTES = 16 * 1024 * 1024;
/** What Nix says last where the machine gives it no sandbox; whatever a builder prints, Nix has the last word. */
const NO_SANDBOX =
  /unable to start build process|kernel namespaces that are required for sandboxing|cloning builder process/;

/**
 * Runs a derivation with the local Nix, in its sandbox, in a store that is made for it and removed afterwards, and holds what it
 * made against what was published (docs/decisions/016-rebuilds.md). The outputs are built there and never substituted. The
 * derivation is only run where its text is the one that its path names and, as Nix itself checks, where the paths of its
 * outputs follow from it.
 * @param published outputs of the derivation
 * @returns what was found of each, in the same order; a derivation that cannot be built is a finding and no error
 * @throws CatnixError where nothing was found out: REBUILD_REFUSED, REBUILD_INPUT_MISSING, DERIVATION_INVALID, DERIVATION_PATH_MISMATCH,
 * CLOSURE_TOO_LARGE; NIX_UNUSABLE, SANDBOX_UNAVAILABLE; DISK_FULL, FILE_UNWRITABLE; NAR_…, and what `provide` throws; the
 * signal's reason. No process of it runs any more when it throws.
 */
export async function rebuildDerivation(
  published: readonly PublishedOutput[],
  options: RebuildOptions,
): Promise<RebuildOutcome[]> {
  const { derivation: path, folder, timeoutMs = DEFAULT_TIMEOUT_MS, maxLogBytes = DEFAULT_LOG_BYTES } = options;
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  using store = new ThrowawayStore({ ...options, timeoutMs });
  const { baseName } = parseStorePath(path, store.storeDir);
  const derivation = await addInputs(store, { ...options, signal });
  for (const { storePath } of published) requireOutput(path, derivation, storePath);

  const logFile = join(folder, `${baseName}.log`);
  using log = new BuildLog(logFile, maxLogBytes);
  const run = (args: string[], more: Pick<NixRun, "input" | "timeoutMs"> = {}) =>
    runNixStore({ args: ["--store", store.root, ...args], env: store.env, log, signal, ...more });
  if ((await run(["--load-db"], { input: store.registrations() })) !== 0)
    throw new CatnixError("REBUILD_REFUSED", { derivation: path, reason: `Nix does not take it: ${log.findReason()}` });

  options.onProgress?.({ kind: "building", derivation: path });
  const status = await run(["--realise", path], { timeoutMs });
  if (status !== 0) {
    const late = `it was not built within ${Math.round(timeoutMs / 1000)} seconds`;
    const reason = status === undefined ? late : log.findReason();
    if (NO_SANDBOX.test(reason)) throw new CatnixError("SANDBOX_UNAVAILABLE", { reason });
    return published.map(({ storePath }) => ({ result: "failed", storePath, logFile, reason }));
  }
  using built = openNixStore({ root: store.root, storeDir: store.storeDir });
  const outcomes: RebuildOutcome[] = [];
  for (const output of published) {
    options.onProgress?.({ kind: "comparing", storePath: output.storePath });
    outcomes.push(await compareOutput(output, built, { folder, logFile, signal }));
  }
  return outcomes;
}

/** @throws CatnixError REBUILD_REFUSED */
export function requireOutput(path: string, { outputs }: Derivation, storePath: string): void {
  if ([...outputs.values()].some((output) => "path" in output && output.path === storePath)) return;
  throw new CatnixError("REBUILD_REFUSED", { derivation: path, reason: `${storePath} is none of its outputs` });
}
