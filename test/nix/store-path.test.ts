import { expect } from "chai";
import { toHex } from "../../src/encoding/hex.js";
import { formatHashPart, parseBaseName, parseHashPart, parseStorePath } from "../../src/nix/store-path.js";
import { codeOf } from "../support/code-of.js";

const hash = "b6gvzjyb2pg0kjfwrjmg1vfhh54ad73z"; // the Nix manual's example
const hashHex = "7f9ca64881d0edf0aaccdcc909de15cbcbbf9f59"; // by nix-hash --type sha1 --to-base16

describe("store paths", () => {
  it("are parsed into their parts", () => {
    const path = parseStorePath(`/nix/store/${hash}-firefox-33.1`);
    expect(path).to.include({ path: `/nix/store/${hash}-firefox-33.1`, baseName: `${hash}-firefox-33.1` });
    expect(path).to.include({ hashPart: hash, name: "firefox-33.1" });
    expect(toHex(path.nixId)).to.equal(hashHex);
    expect(formatHashPart(path.nixId)).to.equal(hash);
  });

  it("may lie in another store folder", () => {
    expect(parseStorePath(`/gnu/store/${hash}-x`, "/gnu/store").name).to.equal("x");
  });

  for (const name of ["a", "-", ".x", "..x", "...", ".x-.-", "a.b_c+d?e=f-G", "x".repeat(211)]) {
    it(`may have the name ${name.slice(0, 20)}`, () => {
      expect(parseBaseName(`${hash}-${name}`).name).to.equal(name);
    });
  }

  const refused: Record<string, string> = {
    "an empty text": "",
    "another folder": `/nix/other/${hash}-x`,
    "a folder that only starts alike": `/nix/store2/${hash}-x`,
    "a relative path": `nix/store/${hash}-x`,
    "something below it": `/nix/store/${hash}-x/bin`,
    "a slash at its end": `/nix/store/${hash}-x/`,
    "a doubled slash": `/nix/store//${hash}-x`,
    "no name": `/nix/store/${hash}`,
    "an empty name": `/nix/store/${hash}-`,
    "a name of 212 characters": `/nix/store/${hash}-${"x".repeat(212)}`,
    "the name .": `/nix/store/${hash}-.`,
    "the name ..": `/nix/store/${hash}-..`,
    "a name that starts with .-": `/nix/store/${hash}-.-x`,
    "a name that starts with ..-": `/nix/store/${hash}-..-x`,
    "a space in the name": `/nix/store/${hash}-a b`,
    "a letter that is not ASCII": `/nix/store/${hash}-é`,
    "a newline at its end": `/nix/store/${hash}-x\n`,
    "a hash part of another alphabet": `/nix/store/e${hash.slice(1)}-x`,
    "an upper-case hash part": `/nix/store/${hash.toUpperCase()}-x`,
    "a short hash part": `/nix/store/${hash.slice(1)}-x`,
    "a zero hash part": `/nix/store/${"0".repeat(32)}-x`,
  };
  for (const [name, path] of Object.entries(refused)) {
    it(`with ${name} are refused`, async () => {
      expect(await codeOf(() => parseStorePath(path))).to.equal("STORE_PATH_INVALID");
    });
  }

  it("have hash parts that are refused where they stand alone, too", async () => {
    expect(toHex(parseHashPart(hash))).to.equal(hashHex);
    expect(await codeOf(() => parseHashPart("0".repeat(32)))).to.equal("STORE_PATH_INVALID");
    expect(() => formatHashPart(new Uint8Array(32))).to.throw(RangeError);
  });
});
