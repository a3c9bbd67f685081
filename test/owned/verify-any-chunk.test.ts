import { expect } from "chai";
import { SigningKey } from "ethers";
import { makeChunk } from "../../src/bmt/chunk.js";
import { concatBytes } from "../../src/encoding/bytes.js";
import { makeOwnedChunk } from "../../src/owned/owned-chunk.js";
import { verifyAnyChunk } from "../../src/owned/verify-any-chunk.js";
import { codeOf } from "../support/code-of.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { wellKnownKey } from "../support/well-known-key.js";

describe("verifyAnyChunk", () => {
  const content = makeChunk(300, pseudoRandomBytes(300, 1));
  const owned = makeOwnedChunk(new SigningKey(wellKnownKey(1)), new Uint8Array(32), content);

  it("tells which kind a chunk is", () => {
    expect(verifyAnyChunk(content.address, content.data)).to.deep.equal({ kind: "content", data: content.data });
    expect(verifyAnyChunk(owned.address, owned.data)).to.deep.equal({ kind: "owned", data: owned.data });
  });

  it("gives either in its one form", () => {
    for (const { address, data } of [owned, content]) {
      const padded = concatBytes(data, new Uint8Array(5));
      expect(Buffer.compare(verifyAnyChunk(address, padded).data, data)).to.equal(0);
    }
  });

  it("refuses what is neither: SWARM_MISMATCH, SWARM_CHUNK_INVALID", async () => {
    const longer = makeChunk(2, Uint8Array.of(1, 2, 3));
    for (const [address, data, code] of [
      [content.address, owned.data, "SWARM_MISMATCH"],
      [owned.address, content.data, "SWARM_MISMATCH"],
      [owned.address, new Uint8Array(4200), "SWARM_CHUNK_INVALID"],
      [content.address, new Uint8Array(3), "SWARM_CHUNK_INVALID"],
      [longer.address, longer.data, "SWARM_CHUNK_INVALID"],
    ] as const)
      expect(await codeOf(() => verifyAnyChunk(address, data))).to.equal(code);
  });
});
