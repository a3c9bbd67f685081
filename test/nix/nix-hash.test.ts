import { expect } from "chai";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import { formatNixSha256, parseNixSha256, parseNixSha256Any } from "../../src/nix/nix-hash.js";
import { codeOf } from "../support/code-of.js";

// The SHA-256 of nothing; the second by nix-hash --to-base32.
const hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const nix32 = "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73";

describe("Nix hashes", () => {
  it("are written and read as narinfo has them", () => {
    expect(formatNixSha256(fromHex(hex, 32))).to.equal(`sha256:${nix32}`);
    expect(toHex(parseNixSha256(`sha256:${nix32}`))).to.equal(hex);
    expect(() => formatNixSha256(new Uint8Array(20))).to.throw(RangeError);
  });

  it("are read as the database has them", () => {
    expect(toHex(parseNixSha256Any(`sha256:${hex}`))).to.equal(hex);
    expect(toHex(parseNixSha256Any(`sha256:${nix32}`))).to.equal(hex);
  });

  const refused: Record<string, string> = {
    "no algorithm": nix32,
    "another algorithm": `sha512:${nix32}`,
    SRI: "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "too large a first character": `sha256:2${nix32.slice(1)}`,
    "upper-case hexadecimal": `sha256:${hex.toUpperCase()}`,
    "63 hexadecimal digits": `sha256:${hex.slice(1)}`,
    "a space before": ` sha256:${nix32}`,
  };
  for (const [name, text] of Object.entries(refused)) {
    it(`with ${name} are refused`, async () => {
      expect(await codeOf(() => parseNixSha256(text))).to.equal("NIX_HASH_INVALID");
      expect(await codeOf(() => parseNixSha256Any(text))).to.equal("NIX_HASH_INVALID");
    });
  }

  it("in hexadecimal are refused where the form of narinfo is wanted", async () => {
    expect(await codeOf(() => parseNixSha256(`sha256:${hex}`))).to.equal("NIX_HASH_INVALID");
  });
});
