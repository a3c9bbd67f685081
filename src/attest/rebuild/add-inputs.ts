import { CatnixError } from "../../errors/catnix-error.js";
import { type Derivation, referencesOf } from "../../nix/derivation.js";
import { DerivationReader, isDerivation } from "./read-derivation.js";
import type { ProvidedPath, RebuildOptions } from "./rebuild-path.js";
import type { ThrowawayStore } from "./throwaway-store.js";
import { walkPaths } from "./walk-paths.js";

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
  const { derivation: root, signal, onProgress } = options;
  const { storeDir } = store;
  const reader = new DerivationReader(root, options.provide, storeDir);
  const derivations = new Map<string, Derivation>();
  await walkPaths([root], options, async (path, either) => {
    const { derivation, contents, provided } = await reader.read(path, either);
    onProgress?.({ kind: "input", storePath: path, narSize: provided.narSize });
    const references = referencesOf(derivation);
    store.addText(provided, contents);
    store.register(provided, references);
    derivations.set(path, derivation);
    return references.filter((reference) => isDerivation(reference, storeDir));
  });
  signal.throwIfAborted();
  const derivation = derivations.get(root)!;
  const outputs = requireRebuildable(root, derivation);
  const sources = [...derivations.values()].flatMap(({ inputSources }) => inputSources);
  await walkPaths([...sources, ...inputsOf(root, derivations)], options, async (path, either) => {
    if (outputs.has(path)) throw refused(root, `what is to go in refers to ${path}, which it makes`);
    if (derivations.has(path)) return [];
    const provided = await provide(path, { ...options, signal: either });
    await store.unpack(provided, either);
    store.register(provided, provided.references);
    return provided.references;
  });
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

function refused(derivation: string, reason: string): CatnixError {
  return new CatnixError("REBUILD_REFUSED", { derivation, reason });
}
