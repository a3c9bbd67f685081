import { expect } from "chai";
import { parseDerivation } from "../../src/nix/derivation.js";
import { computeOutputPaths, hashDerivation } from "../../src/nix/output-paths.js";
import { derivationVector, derivationVectors } from "../support/derivation-vectors.js";

/** What stands for all derivations of the vectors. */
function hashAll(): Map<string, string | undefined> {
  const hashes = new Map<string, string | undefined>();
  const read = (path: string): void => {
    if (hashes.has(path)) return;
    const derivation = parseDerivation(derivationVectors.get(path.slice("/nix/store/".length))!);
    for (const input of derivation.inputDerivations.keys()) read(input);
    hashes.set(path, hashDerivation(derivation, hashes));
  };
  for (const baseName of derivationVectors.keys()) read(`/nix/store/${baseName}`);
  return hashes;
}

describe("paths of a derivation's outputs", () => {
  const hashes = hashAll();

  for (const [baseName, text] of derivationVectors) {
    const derivation = parseDerivation(text);
    const outputs = [...derivation.outputs];
    const named = outputs.flatMap(([name, output]) => (output.kind === "input-addressed" ? [[name, output.path]] : []));
    it(`are those that a real Nix gave to it: ${baseName.slice(33)}`, () => {
      const computed = computeOutputPaths(`/nix/store/${baseName}`, derivation, hashes);
      expect(computed && [...computed]).to.deep.equal(named.length > 0 ? named : undefined);
    });
  }

  it("follow from the name, the texts of its inputs and all of its own but these paths", () => {
    const { path, text } = derivationVector("many");
    const derivation = parseDerivation(text);
    const honest = computeOutputPaths(path, derivation, hashes)!.get("out");
    const [input] = derivation.inputDerivations.keys();
    const others = [
      computeOutputPaths(path.replace("many", "more"), derivation, hashes),
      computeOutputPaths(path, { ...derivation, system: "mips64-linux" }, hashes),
      computeOutputPaths(path, derivation, new Map([...hashes, [input!, "ab".repeat(32)]])),
    ];
    for (const other of others) expect(other!.get("out")).not.to.equal(honest);
    const claimed = new Map(
      [...derivation.outputs].map(([name, output]) => [name, { ...output, path: "/nix/store/x" }]),
    );
    expect(computeOutputPaths(path, { ...derivation, outputs: claimed }, hashes)!.get("out")).to.equal(honest);
  });

  it("need all inputs, and follow from nothing where one has none", () => {
    const { path, text } = derivationVector("many");
    const derivation = parseDerivation(text);
    expect(() => computeOutputPaths(path, derivation, new Map())).to.throw(TypeError);
    const unknown = new Map([...derivation.inputDerivations.keys()].map((input) => [input, undefined]));
    expect(computeOutputPaths(path, derivation, unknown)).to.equal(undefined);
    expect(hashDerivation(derivation, unknown)).to.equal(undefined);
  });
});
