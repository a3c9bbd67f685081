import { CatnixError } from "../../errors/catnix-error.js";
import type { Derivation } from "../../nix/derivation.js";
import { computeOutputPaths, hashDerivation } from "../../nix/output-paths.js";
import { DerivationReader } from "./read-derivation.js";
import type { Provide } from "./rebuild-path.js";
import { walkPaths } from "./walk-paths.js";

/**
 * Tells which derivation makes a path without running it, where nothing here can: the path of an output follows from the texts of
 * all derivations that it is made with. What those add up to is remembered by path: many rows need the same.
 */
export class KnownDerivations {
  readonly #hashes = new Map<string, string | undefined>();

  constructor(
    readonly provide: Provide,
    readonly storeDir: string,
  ) {}

  /**
   * Makes sure that a derivation's outputs are what its text says they are.
   * @throws CatnixError REBUILD_REFUSED where they are not, or their paths follow from no text; REBUILD_INPUT_MISSING, CLOSURE_TOO_LARGE,
   * DERIVATION_INVALID, DERIVATION_PATH_MISMATCH, NAR_…; what `provide` throws; the signal's reason
   */
  async requireOutputs(path: string, derivation: Derivation, signal: AbortSignal): Promise<void> {
    await this.#learn(path, [...derivation.inputDerivations.keys()], signal);
    const computed = computeOutputPaths(path, derivation, this.#hashes, this.storeDir);
    for (const [name, output] of derivation.outputs)
      if (!("path" in output) || computed?.get(name) !== output.path) {
        const reason = `the path of its output ${name} does not follow from it`;
        throw new CatnixError("REBUILD_REFUSED", { derivation: path, reason });
      }
  }

  /** Reads derivations and all that they are made with, as far as they are new. */
  async #learn(derivation: string, starts: readonly string[], signal: AbortSignal): Promise<void> {
    const reader = new DerivationReader(derivation, this.provide, this.storeDir);
    const fresh = new Map<string, Derivation>();
    await walkPaths(starts, { derivation, signal }, async (path, either) => {
      if (this.#hashes.has(path)) return [];
      const read = (await reader.read(path, either)).derivation;
      fresh.set(path, read);
      return [...read.inputDerivations.keys()];
    });
    // Each after its inputs; no stack is as deep as a chain of derivations may be.
    for (const todo = [...fresh.keys()]; todo.length > 0;) {
      const path = todo.at(-1)!;
      const unknown = [...(fresh.get(path)?.inputDerivations.keys() ?? [])].filter((input) => !this.#hashes.has(input));
      if (unknown.length > 0) todo.push(...unknown);
      else {
        if (!this.#hashes.has(path)) this.#hashes.set(path, hashDerivation(fresh.get(path)!, this.#hashes));
        todo.pop();
      }
    }
  }
}
