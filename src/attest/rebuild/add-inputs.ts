import { lstatSync } from "node:fs";
import { runParallel } from "../../async/run-parallel.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { readSmallFile } from "../../files/read-file.js";
import { type Derivation, isDerivationName, MAX_DERIVATION_SIZE, referencesOf } from "../../nix/derivation.js";
import { parseStorePath } from "../../nix/store-path.js";
import { parseDerivationAt } from "../../nix/text-path.js";
import type { ProvidedPath, RebuildOptions } from "./rebuild-path.js";
import type { ThrowawayStore } from "./throwaway-store.js";

/** Paths that are fetched at a time. */
const PARALLEL = 8;
/** The most paths that a derivation may need; nixpkgs' largest need some ten thousand. */
const MAX_PATHS = 200_000;
/** Bytes of a NAR around the contents of its only file, and some. */
const NAR_ROOM = 1024;

export type InputOptions = Pick<RebuildOptions, "derivation" | "provide" | "onProgress"> & {
  readonly signal: AbortSignal;
};

/**
 * Puts all into the store that Nix needs to run a derivation: it and its input derivations to the last, each compared with
 * its path; their sources; and the outputs of its own inputs, with all that those refer to.
 * @returns the derivation
 * @throws CatnixError REBUILD_REFUSED where it is none that a rebuild says anything about, or something claims to need
 * what is to be built; REBUILD_INPUT_MISSING, DERIVATION_INVALID, DERIVATION_PATH_MISMATCH, CLOSURE_TOO_LARGE; what `provide` and the store throw
 */
export async function addInputs(store: ThrowawayStore, options: InputOptions): Promise<Derivation> {
  const { derivation: root, signal } = options;
  const derivations = new Map<string, Derivation>();
  await walk([root], options, async (path, either) => {
    const derivation = await addDerivation(store, path, { ...options, signal: either });
    derivations.set(path, derivation);
    return referencesOf(derivation).filter((reference) => isDerivation(reference, store.storeDir));
  });
  signal.throwIfAborted();
  const derivation = derivations.get(root)!;
  const outputs = requireRebuildable(root, derivation);
  const sources = [...derivations.values()].flatMap(({ inputSources }) => inputSources);
  await walk([...sources, ...inputsOf(root, derivations)], options, async (path, either) => {
    if (outputs.has(path)) throw refused(root, `what is to go in refers to ${path}, which it makes`);
    if (derivations.has(path)) return [];
    const provided = await provide(path, { ...options, signal: either });
    await store.unpack(provided, either);
    store.register(provided, provided.references);
    return provided.references;
  });
  return derivation;
}

async function addDerivation(store: ThrowawayStore, path: string, options: InputOptions): Promise<Derivation> {
  if (!isDerivation(path, store.storeDir)) throw refused(path, "it is not a derivation");
  const provided = await provide(path, options);
  if (provided.narSize > MAX_DERIVATION_SIZE + NAR_ROOM)
    throw new CatnixError("DERIVATION_INVALID", { character: 0, reason: `its NAR has ${provided.narSize} bytes` });
  const file = await store.unpack(provided, options.signal);
  if (!lstatSync(file).isFile())
    throw new CatnixError("DERIVATION_INVALID", { character: 0, reason: `${path} is not a file` });
  const derivation = parseDerivationAt(path, await readSmallFile(file, MAX_DERIVATION_SIZE), store.storeDir);
  store.register(provided, referencesOf(derivation));
  return derivation;
}

async function provide(path: string, options: InputOptions): Promise<ProvidedPath> {
  const { derivation, onProgress, signal } = options;
  const provided = await options.provide(path, signal);
  if (provided === undefined) throw new CatnixError("REBUILD_INPUT_MISSING", { derivation, path });
  if (provided.storePath !== path) throw new TypeError(`asked for ${path}, was provided with ${provided.storePath}`);
  onProgress?.({ kind: "input", storePath: path, narSize: provided.narSize });
  return provided;
}

/** Its outputs' paths. Other kinds of outputs are named by what is in them: that Nix gets them proves nothing. */
function requireRebuildable(path: string, { outputs }: Derivation): ReadonlySet<string> {
  const paths = [...outputs.values()].map((output) => {
    if (output.kind === "input-addressed") return output.path;
    throw refused(path, output.kind === "fixed" ? "its output is fixed beforehand" : `its output is ${output.kind}`);
  });
  return new Set(paths);
}

/** The outputs of other derivations that one needs. */
function inputsOf(root: string, derivations: ReadonlyMap<string, Derivation>): string[] {
  return [...derivations.get(root)!.inputDerivations].flatMap(([path, names]) =>
    names.map((name) => {
      const output = derivations.get(path)!.outputs.get(name);
      if (output !== undefined && "path" in output) return output.path;
      throw refused(root, `the output ${name} of ${path} ${output === undefined ? "is not there" : "has no path"}`);
    }),
  );
}

/** Visits paths and those that a visit leads to, each once, some at a time. */
async function walk(
  starts: readonly string[],
  { derivation, signal }: InputOptions,
  visit: (path: string, signal: AbortSignal) => Promise<readonly string[]>,
): Promise<void> {
  const seen = new Set<string>();
  for (let level = new Set(starts); level.size > 0;) {
    for (const path of level) seen.add(path);
    if (seen.size > MAX_PATHS) throw new CatnixError("CLOSURE_TOO_LARGE", { path: derivation, limit: MAX_PATHS });
    const next = new Set<string>();
    await runParallel(level.values(), PARALLEL, signal, async (path, either) => {
      for (const found of await visit(path, either)) if (!seen.has(found)) next.add(found);
    });
    level = next;
  }
}

function isDerivation(path: string, storeDir: string): boolean {
  return isDerivationName(parseStorePath(path, storeDir).name);
}

function refused(derivation: string, reason: string): CatnixError {
  return new CatnixError("REBUILD_REFUSED", { derivation, reason });
}
