import { expect } from "chai";
import { parseDerivation } from "../../src/nix/derivation.js";
import { makeTextPath, parseDerivationAt } from "../../src/nix/text-path.js";
import { codeOf } from "../support/code-of.js";
import { derivationVector, derivationVectors } from "../support/derivation-vectors.js";
import { readNixVector } from "../support/nix-vector.js";

describe("paths of texts", () => {
  for (const [name, text] of derivationVectors) {
    it(`are those that a real Nix gave to derivations: ${name.slice(33)}`, () => {
      expect(parseDerivationAt(`/nix/store/${name}`, text)).to.deep.equal(parseDerivation(text));
    });
  }

  it("are those that a real Nix gave to a text file", () => {
    // builtins.toFile "greeting" in test/vectors/nix/make.sh
    const path = /^StorePath: (.*)$/m.exec(readNixVector("greeting.narinfo"))![1]!;
    expect(makeTextPath("greeting", Buffer.from("hello"), [])).to.equal(path);
  });

  it("commit to the text, the name and the store folder", async () => {
    const { path, text } = derivationVector("plain");
    const altered = Buffer.from(text.toString().replace("x86_64", "x86_65"));
    expect(await codeOf(() => parseDerivationAt(path, altered))).to.equal("DERIVATION_PATH_MISMATCH");
    const renamed = path.replace("plain-1.0", "plain-1.1");
    expect(await codeOf(() => parseDerivationAt(renamed, text))).to.equal("DERIVATION_PATH_MISMATCH");
    expect(makeTextPath("a", text, [], "/gnu/store").slice(10)).not.to.equal(makeTextPath("a", text, []).slice(10));
  });

  it("are refused where they are no store paths", async () => {
    const { text } = derivationVector("plain");
    expect(await codeOf(() => parseDerivationAt("/nix/store/plain.drv", text))).to.equal("STORE_PATH_INVALID");
  });
});
