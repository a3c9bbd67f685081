import { expect } from "chai";
import { keccak256 as ethersKeccak256 } from "ethers";
import fc from "fast-check";
import { toHex } from "../../src/encoding/hex.js";
import { keccak256 } from "../../src/encoding/keccak.js";

describe("keccak256", () => {
  it("is Ethereum's, not SHA3-256", () => {
    // The hash of nothing: the Yellow Paper's KEC(()), in every Ethereum client.
    expect(toHex(keccak256())).to.equal("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  });

  it("agrees with ethers, however the input is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), (parts) => {
        expect(`0x${toHex(keccak256(...parts))}`).to.equal(ethersKeccak256(Buffer.concat(parts)));
      }),
    );
  });

  it("gives bytes of their own", () => {
    const first = keccak256(Uint8Array.of(1));
    const before = toHex(first);
    keccak256(Uint8Array.of(2));
    expect(toHex(first)).to.equal(before);
  });
});
