import { expect } from "chai";
import { makeChunk } from "../../../src/bmt/chunk.js";
import { toHex } from "../../../src/encoding/hex.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import type { BackendUnderTest } from "./backend.js";

/** Single content-addressed chunks, and how a client tells a file's from one. */
export function describeChunks(backend: BackendUnderTest): void {
  describe("chunks", () => {
    for (const size of [1, 32, 300, 4096])
      it(`keeps one of ${size} bytes`, async () => {
        const chunk = makeChunk(size, pseudoRandomBytes(size, 9));
        const address = toHex(chunk.address);
        expect(await backend.writer.putChunk(chunk.data)).to.equal(address);
        // The node that has it: a Bee pushes chunks under a tag later.
        expect(Buffer.compare(await backend.writer.getChunk(address), chunk.data)).to.equal(0);
      });

    it("gives a file's root by its address, with the file's size as its span", async () => {
      const { address } = await backend.writer.write(pseudoRandomBytes(9000, 3));
      const data = Buffer.from(await backend.reader.getChunk(address));
      expect([data.readBigUInt64LE(0), data.length]).to.deep.equal([9000n, 8 + 3 * 32]);
    });

    it("makes a file of the chunks that a client made itself", async () => {
      const leaves = [makeChunk(4096, pseudoRandomBytes(4096, 21)), makeChunk(10, pseudoRandomBytes(10, 22))] as const;
      const root = makeChunk(4106, Buffer.concat(leaves.map(({ address }) => address)));
      for (const chunk of [...leaves, root]) await backend.writer.putChunk(chunk.data);
      const bytes = Buffer.concat([pseudoRandomBytes(4096, 21), pseudoRandomBytes(10, 22)]);
      expect(Buffer.compare(await backend.writer.readAll(toHex(root.address), 5000), bytes)).to.equal(0);
    });
  });
}
