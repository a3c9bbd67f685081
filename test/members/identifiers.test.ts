import { expect } from "chai";
import { concat, id, keccak256, toBeHex, zeroPadBytes, zeroPadValue } from "ethers";
import { toHex } from "../../src/encoding/hex.js";
import { approvalId, rootId, signaturesId, signedId } from "../../src/members/identifiers.js";

const registry = { chainId: 31_337, registry: "0x5FbDB2315678afecb367f032d93F642f64180aa3" };
const digest = id("a batch");

// The ABI by hand: offset of the text, the static words, then the text's length and its bytes.
const word = (value: number) => toBeHex(value, 32);
function byHand(kind: string, words: string[]): string {
  const text = zeroPadBytes(`0x${Buffer.from(kind).toString("hex")}`, 32);
  return keccak256(concat([word(32 * (words.length + 1)), ...words, word(kind.length), text]));
}
const ofAct = (kind: string, seq: number) =>
  byHand(kind, [word(registry.chainId), zeroPadValue(registry.registry, 32), word(seq)]);

describe("identifiers of members' owned chunks", () => {
  it("are keccak-256 of the ABI's encoding, made by hand", () => {
    expect(`0x${toHex(approvalId(digest))}`).to.equal(byHand("cat/1/approval", [digest]));
    for (const seq of [1, 12, Number.MAX_SAFE_INTEGER]) {
      expect(`0x${toHex(rootId(registry, seq))}`).to.equal(ofAct("cat/1/root", seq));
      expect(`0x${toHex(signaturesId(registry, seq))}`).to.equal(ofAct("cat/1/sigs", seq));
      expect(`0x${toHex(signedId(registry, seq))}`).to.equal(ofAct("cat/1/signed", seq));
    }
  });

  it("are those that they always were", () => {
    // Computed with byHand above, and held so that no change of them goes unseen.
    expect([approvalId(digest), rootId(registry, 12), signaturesId(registry, 12)].map(toHex)).to.deep.equal([
      "276ace1d0708779ebe99b255e63d09bb4f5208710b6d2e9b4b2603fc1205c71c",
      "c1b4e2b1df995e2cd29240d65b99ebe778781f6ea23e8d5b5feb7321d925057d",
      "cdd55ee55523ca9400f93aee1aa90f35b11bd4742ba7cf5ad240baed2fd241f0",
    ]);
  });

  it("differ by act, chain, registry and kind", () => {
    const others = [
      rootId(registry, 1),
      rootId(registry, 2),
      rootId({ ...registry, chainId: 1 }, 1),
      rootId({ ...registry, registry: "0x000000000000000000000000000000000000dEaD" }, 1),
      signaturesId(registry, 1),
      signedId(registry, 1),
      approvalId(digest),
      approvalId(id("another batch")),
    ];
    expect(new Set(others.map(toHex)).size).to.equal(others.length);
  });
});
