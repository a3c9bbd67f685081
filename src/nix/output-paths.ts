import { createHash } from "node:crypto";
import { type Derivation, formatDerivation } from "./derivation.js";
import type { DerivationOutput } from "./derivation-output.js";
import { makeStorePath } from "./make-store-path.js";
import { defaultStoreDir, parseStorePath } from "./store-path.js";

/**
 * What stands for each derivation where paths are made of others that need it (`hashDerivationModulo`): SHA-256 in hexadecimal,
 * by store path; undefined where its outputs have no paths before they are built.
 */
export type DerivationHashes = ReadonlyMap<string, string | undefined>;

/**
 * What stands for a derivation in those that need it: of a fixed output what is in it, however it is fetched; else its text, with
 * what stands for its own inputs in the place of their paths (libstore/derivations.cc, `hashDerivationModulo`).
 * @param inputs has all of its input derivations
 * @returns undefined where its outputs' paths follow from no text
 * @throws TypeError where an input is not among `inputs`
 */
export function hashDerivation(derivation: Derivation, inputs: DerivationHashes): string | undefined {
  const [only] = derivation.outputs.values();
  if (only?.kind === "fixed" && derivation.outputs.size === 1) {
    const { method, algorithm, hash, path } = only;
    return sha256(`fixed:out:${method}${algorithm}:${hash}:${path}`);
  }
  return isInputAddressed(derivation) ? hashText(derivation, inputs) : undefined;
}

/**
 * The paths that input-addressed outputs of a derivation have by its text: what Nix itself compares those with that it names.
 * @param path the derivation's own
 * @param inputs has all of its input derivations
 * @returns by name; undefined where the paths follow from no text
 * @throws TypeError where an input is not among `inputs`; CatnixError STORE_PATH_INVALID
 */
export function computeOutputPaths(
  path: string,
  derivation: Derivation,
  inputs: DerivationHashes,
  storeDir: string = defaultStoreDir,
): Map<string, string> | undefined {
  if (!isInputAddressed(derivation)) return undefined;
  const drvName = parseStorePath(path, storeDir).name.replace(/\.drv$/, "");
  const { outputs, env } = derivation;
  const nameless = new Map([...outputs.keys()].map((name): [string, DerivationOutput] => [name, { kind: "deferred" }]));
  const pathless = new Map([...env].map(([name, value]) => [name, outputs.has(name) ? "" : value]));
  const hash = hashText({ ...derivation, outputs: nameless, env: pathless }, inputs);
  if (hash === undefined) return undefined;
  return new Map(
    [...outputs.keys()].map((name) => {
      const full = name === "out" ? drvName : `${drvName}-${name}`;
      return [name, makeStorePath(`output:${name}`, Buffer.from(hash, "hex"), full, storeDir)];
    }),
  );
}

function isInputAddressed({ outputs }: Derivation): boolean {
  return [...outputs.values()].every(({ kind }) => kind === "input-addressed");
}

function hashText(derivation: Derivation, inputs: DerivationHashes): string | undefined {
  const names = new Map<string, Set<string>>();
  for (const [path, wanted] of derivation.inputDerivations) {
    if (!inputs.has(path)) throw new TypeError(`there is no hash of ${path}`);
    const hash = inputs.get(path);
    if (hash === undefined) return undefined;
    // Two that fetch the same are one.
    names.set(hash, new Set([...(names.get(hash) ?? []), ...wanted]));
  }
  const inputDerivations = new Map([...names].sort(ascending).map(([hash, wanted]) => [hash, [...wanted].sort()]));
  return sha256(formatDerivation({ ...derivation, inputDerivations }));
}

function ascending([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
