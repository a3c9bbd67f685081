import { expect } from "chai";
import fc from "fast-check";
import { fileAddress } from "../../src/bmt/file-hasher.js";
import { toHex } from "../../src/encoding/hex.js";
import { verifyBody } from "../../src/swarm/verify-body.js";
import { codeOf } from "../support/code-of.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";

describe("verifyBody", () => {
  const size = fc.oneof(fc.nat({ max: 20_000 }), fc.constantFrom(0, 1, 4095, 4096, 4097, 8192));
  const cuts = fc.array(fc.nat({ max: 20_000 }), { maxLength: 8 });
  const piecesOf = (bytes: Uint8Array, at: number[]) => {
    const edges = [0, ...at.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
    return edges.slice(1).map((edge, part) => bytes.subarray(edges[part], edge));
  };
  const read = async (address: string, stated: number, pieces: Uint8Array[]) => {
    const out: Uint8Array[] = [];
    const code = await codeOf(async () => {
      for await (const piece of verifyBody(address, stated, ReadableStream.from(pieces))) out.push(piece.slice());
    });
    return { code, bytes: Buffer.concat(out) };
  };

  it("gives right content as it is, however it is cut", async () => {
    await fc.assert(
      fc.asyncProperty(size, cuts, async (length, at) => {
        const content = pseudoRandomBytes(length, length + 1);
        const { code, bytes } = await read(toHex(fileAddress(content)), length, piecesOf(content, at));
        expect(code).to.equal(undefined);
        expect(Buffer.compare(bytes, content)).to.equal(0);
      }),
      { numRuns: 60 },
    );
  });

  it("never gives the last bytes of content that is wrong, short or long", async () => {
    await fc.assert(
      fc.asyncProperty(
        size,
        cuts,
        fc.nat(),
        fc.constantFrom("flip", "short", "long"),
        async (length, at, where, fault) => {
          const content = pseudoRandomBytes(length + 1, length + 1);
          const address = toHex(fileAddress(content));
          const sent = fault === "short" ? content.subarray(0, where % content.length) : content.slice();
          if (fault === "flip") sent[where % content.length]! ^= 1;
          const pieces = piecesOf(sent, at);
          if (fault === "long") pieces.push(Uint8Array.of(0));
          const { code, bytes } = await read(address, content.length, pieces);
          expect(code).to.equal(fault === "short" ? "SWARM_TRUNCATED" : "SWARM_MISMATCH");
          expect(bytes.length).to.be.at.most(Math.max(0, content.length - 4096));
        },
      ),
      { numRuns: 100 },
    );
  });
});
