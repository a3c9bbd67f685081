import { readFileSync } from "node:fs";
import { MerkleTree } from "@ethersphere/bee-js";
import { expect } from "chai";
import fc from "fast-check";
import { addressOfChunkData } from "../../src/bmt/chunk.js";
import { FileHasher, fileAddress } from "../../src/bmt/file-hasher.js";
import { toHex } from "../../src/encoding/hex.js";
import { countingBytes } from "../support/counting-bytes.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/swarm/file-addresses.json", import.meta.url), "utf8")) as {
  size: number;
  address: string;
}[];

describe("FileHasher", () => {
  for (const { size, address } of vectors) {
    it(`gives Bee's address for ${size} bytes`, () => {
      expect(toHex(fileAddress(countingBytes(size)))).to.equal(address);
    });
  }

  it("gives the empty file its address", () => {
    expect(toHex(fileAddress(new Uint8Array(0)))).to.match(/^b34ca8c2.*171526$/);
  });

  // An independent implementation, the one inside bee-js, at the sizes where trees change shape.
  const full = 128 * 4096;
  for (const size of [
    0,
    1,
    31,
    32,
    33,
    4095,
    4096,
    4097,
    8192,
    full - 4096,
    full - 1,
    full,
    full + 1,
    full + 4096,
    2 * full + 1,
  ]) {
    it(`agrees with bee-js at ${size} bytes, chunk by chunk`, async () => {
      const bytes = pseudoRandomBytes(size, size);
      const theirs: string[] = [];
      const tree = new MerkleTree((chunk) => {
        theirs.push(toHex(chunk.hash()));
        return Promise.resolve();
      });
      await tree.append(bytes);
      const root = toHex((await tree.finalize()).hash());
      const ours: string[] = [];
      const digest = new FileHasher((chunk) => ours.push(toHex(chunk.address))).update(bytes).digest();
      expect(toHex(digest.address)).to.equal(root);
      expect(digest.size).to.equal(size);
      expect(ours.at(-1)).to.equal(root);
      expect(ours.toSorted()).to.deep.equal(theirs.toSorted());
    });
  }

  it("does not depend on where the pieces end", () => {
    const bytes = pseudoRandomBytes(150_000);
    const whole = toHex(fileAddress(bytes));
    const cuts = fc.array(fc.nat({ max: bytes.length }), { maxLength: 12 });
    fc.assert(
      fc.property(cuts, (at) => {
        const edges = [0, ...at.toSorted((a, b) => a - b), bytes.length];
        const hasher = new FileHasher();
        for (let part = 1; part < edges.length; part++) hasher.update(bytes.slice(edges[part - 1], edges[part]));
        return toHex(hasher.digest().address) === whole;
      }),
      { numRuns: 15 },
    );
  });

  it("does not keep the caller's buffer", () => {
    const bytes = pseudoRandomBytes(10_000);
    const buffer = new Uint8Array(1000);
    const chunks: Uint8Array[] = [];
    const hasher = new FileHasher((chunk) => chunks.push(chunk.data));
    for (let at = 0; at < bytes.length; at += buffer.length) {
      buffer.set(bytes.subarray(at, at + buffer.length));
      hasher.update(buffer);
    }
    expect(toHex(hasher.digest().address)).to.equal(toHex(fileAddress(bytes)));
    expect(chunks[0]!.subarray(8)).to.deep.equal(bytes.subarray(0, 4096));
  });

  it("lets the sink hash other things meanwhile", () => {
    const bytes = pseudoRandomBytes(300 * 4096 + 5);
    const other = pseudoRandomBytes(40 * 4096 + 7, 2);
    const plain: string[] = [];
    new FileHasher(({ address }) => plain.push(toHex(address))).update(bytes).digest();
    const busy: Uint8Array[] = [];
    const wanted = toHex(fileAddress(other));
    const hasher = new FileHasher(({ address, data }) => {
      if (busy.length % 50 === 0) expect(toHex(fileAddress(other))).to.equal(wanted);
      expect(toHex(addressOfChunkData(data))).to.equal(toHex(address));
      busy.push(address);
    });
    hasher.update(bytes).digest();
    expect(busy.map(toHex)).to.deep.equal(plain);
  });

  it("keeps two files apart that arrive in turns", () => {
    const files = [pseudoRandomBytes(200_000, 1), pseudoRandomBytes(200_000, 2)];
    const hashers = files.map(() => new FileHasher());
    for (let at = 0; at < 200_000; at += 7000)
      files.forEach((bytes, i) => hashers[i]!.update(bytes.subarray(at, at + 7000)));
    const addresses = hashers.map((hasher) => toHex(hasher.digest().address));
    expect(addresses).to.deep.equal(files.map((bytes) => toHex(fileAddress(bytes))));
  });

  it("ends once", () => {
    const hasher = new FileHasher().update(Uint8Array.of(1));
    expect(hasher.digest()).to.equal(hasher.digest());
    expect(() => hasher.update(Uint8Array.of(2))).to.throw(TypeError);
  });
});
