import { readFileSync } from "node:fs";
import { expect } from "chai";
import { toHex } from "../../../src/encoding/hex.js";
import { fileAddress } from "../../../src/bmt/file-hasher.js";
import { collect } from "../../support/collect.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import type { BackendUnderTest } from "./backend.js";

/** The file of `size` is pseudoRandomBytes(size, 1). */
const vectors = JSON.parse(readFileSync(new URL("../../vectors/swarm/boundaries.json", import.meta.url), "utf8")) as {
  size: number;
  address: string;
}[];

/** Bytes from which on a file is read once, to save time. */
const PLENTY = 1 << 20;

/** Files of every size at which a tree of chunks changes its shape. */
export function describeFiles(backend: BackendUnderTest): void {
  describe("files", () => {
    for (const { size, address } of vectors) {
      it(`keeps one of ${size} bytes, at the address that bee-js computes`, async function () {
        this.timeout(600_000); // 64 MiB, pushed to other nodes by a busy machine
        const bytes = pseudoRandomBytes(size);
        const written = await backend.writer.write(bytes);
        expect(written).to.include({ address, size });
        expect(await backend.reader.has(address)).to.equal(true);
        const { size: stated, body } = await backend.reader.read(address, { size });
        expect(stated).to.equal(size);
        expect(Buffer.compare(await collect(body), bytes)).to.equal(0);
        if (size < PLENTY) expect(Buffer.compare(await backend.reader.readAll(address, size), bytes)).to.equal(0);
      });
    }

    it("takes a stream", async () => {
      const pieces = Array.from({ length: 50 }, (_, at) => pseudoRandomBytes(at * 997, at + 1));
      const written = await backend.writer.write(ReadableStream.from(pieces));
      const bytes = Buffer.concat(pieces);
      expect(written).to.include({ address: toHex(fileAddress(bytes)), size: bytes.length });
      expect(Buffer.compare(await backend.reader.readAll(written.address, bytes.length), bytes)).to.equal(0);
    });

    it("takes the same again, and many at once", async () => {
      const files = Array.from({ length: 24 }, (_, at) => pseudoRandomBytes(5000 + at, at % 12));
      const written = await Promise.all(files.map((bytes) => backend.writer.write(bytes)));
      const again = await Promise.all(files.map((bytes) => backend.writer.write(bytes)));
      const addresses = files.map((bytes) => toHex(fileAddress(bytes)));
      for (const results of [written, again]) expect(results.map(({ address }) => address)).to.deep.equal(addresses);
      const read = await Promise.all(addresses.map((address) => backend.reader.readAll(address, 6000)));
      for (const [at, bytes] of read.entries()) expect(Buffer.compare(bytes, files[at]!)).to.equal(0);
    });
  });
}
