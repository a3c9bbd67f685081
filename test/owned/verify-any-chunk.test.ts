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

  it("gives an owned one in its one form", () => {
    const padded = concatBytes(owned.data, new Uint8Array(5));
    expect(Buffer.compare(verifyAnyChunk(owned.address, padded).data, owned.data)).to.equal(0);
  });

  it("refuses what is neither: SWARM_MISMATCH, SWARM_CHUNK_INVALID", async () => {
    for (const [address, data, code] of [
      [content.address, owned.data, "SWARM_MISMATCH"],
      [owned.address, content.data, "SWARM_MISMATCH"],
      [owned.address, new Uint8Array(4200), "SWARM_CHUNK_INVALID"],
      [content.address, new Uint8Array(3), "SWARM_CHUNK_INVALID"],
      [content.address, concatBytes(content.data, new Uint8Array(1)), "SWARM_CHUNK_INVALID"],
    ] as const)
      expect(await codeOf(() => verifyAnyChunk(address, data))).to.equal(code);
  });
});
