import { expect } from "chai";
import fc from "fast-check";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import { decodeNixBase32, encodeNixBase32, nixBase32Length } from "../../src/encoding/nix-base32.js";
import { codeOf } from "../support/code-of.js";

// Hexadecimal and nix-base32 of one hash, by `nix-hash --type … --to-base32` (2.8.0).
const vectors = [
  ["00".repeat(20), "0".repeat(32)],
  ["ff".repeat(20), "z".repeat(32)],
  ["0123456789abcdef0123456789abcdef01234567", "cx2j60ggrnmqjrs54c0yzkdbi5kla8q1"],
  [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73",
  ],
  ["00".repeat(31) + "80", "1" + "0".repeat(51)],
] as const;

describe("nix-base32", () => {
  for (const [hex, text] of vectors) {
    it(`writes ${text} as Nix does, and reads it`, () => {
      const bytes = fromHex(hex, hex.length / 2);
      expect(encodeNixBase32(bytes)).to.equal(text);
      expect(toHex(decodeNixBase32(text, bytes.length))).to.equal(hex);
    });
  }

  it("is a bijection at every length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        const text = encodeNixBase32(bytes);
        expect(text).to.have.length(nixBase32Length(bytes.length));
        expect(decodeNixBase32(text, bytes.length)).to.deep.equal(bytes);
      }),
    );
  });

  it("reads every text of its alphabet to what writes it again, or refuses it", () => {
    const character = fc.constantFrom(...Array.from("0123456789abcdfghijklmnpqrsvwxyz"));
    fc.assert(
      fc.property(fc.string({ unit: character, minLength: 52, maxLength: 52 }), (text) => {
        if (text[0]! > "1") expect(() => decodeNixBase32(text, 32)).to.throw();
        else expect(encodeNixBase32(decodeNixBase32(text, 32))).to.equal(text);
      }),
    );
  });

  const refused: Record<string, [string, number]> = {
    "an empty text": ["", 20],
    "one character too few": ["0".repeat(31), 20],
    "one character too many": ["0".repeat(33), 20],
    "upper case": ["A" + "0".repeat(31), 20],
    "the letter e": ["0".repeat(31) + "e", 20],
    "the letter u": ["u" + "0".repeat(31), 20],
    "a character beyond ASCII": ["é" + "0".repeat(31), 20],
    "a character whose code is beyond the table": ["\u{ff10}" + "0".repeat(31), 20],
    "a 52 whose first character is 2": ["2" + "0".repeat(51), 32],
    "white space": [" " + "0".repeat(31), 20],
  };
  for (const [name, [text, length]] of Object.entries(refused)) {
    it(`refuses ${name}`, async () => {
      expect(await codeOf(() => decodeNixBase32(text, length))).to.equal("NIX_BASE32_INVALID");
    });
  }
});
