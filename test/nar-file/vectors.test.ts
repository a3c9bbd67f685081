import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { equalBytes } from "../../src/encoding/bytes.js";
import { decodeNarFile } from "../../src/nar-file/decode-nar-file.js";
import { encodeNarFile } from "../../src/nar-file/encode-nar-file.js";
import { collect } from "../support/collect.js";
import { setUpRealNix } from "../support/real-nix.js";
import { decompressByStockZstd } from "../support/stock-zstd.js";
import { splitBytes } from "../support/split-bytes.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { hashPart } from "./support/sample-nar.js";
import { makeVector, readVectors, sha256, VECTORS } from "./support/vector.js";

const { zstd, vectors } = readVectors();
const read = (name: string) => readFileSync(new URL(name, VECTORS));
const decode = (file: Uint8Array) => collect(decodeNarFile(splitBytes(file, 5000)));

describe("stable-zstd/1 by its vectors", () => {
  for (const vector of vectors)
    it(`makes the file of "${vector.name}" and reads it back`, async () => {
      const { vector: made, nar, file } = await makeVector(vector, 77_777);
      expect(made.narSha256, "the input").to.equal(vector.narSha256);
      // Another zstd may make other bytes of the same input, in the same pieces.
      if (process.versions["zstd"] === zstd) expect(made).to.deep.equal(vector);
      else expect(made.pieces).to.equal(vector.pieces);
      expect(equalBytes(await decode(file), nar)).to.equal(true);
    });

  it("reads the file that is here whole, as the stock zstd does, and makes it again", async function () {
    const [nar, file] = [read("small.nar"), read("small.nar.zst")];
    expect(equalBytes(await decode(file), nar)).to.equal(true);
    expect(equalBytes(decompressByStockZstd(this, file), nar)).to.equal(true);
    const references = [1, 2, 3].map(hashPart);
    const again = await collect(encodeNarFile(splitBytes(nar, 100), { references }));
    if (process.versions["zstd"] === zstd) expect(sha256(again)).to.equal(sha256(file));
  });

  it("differs in hashes only where NARs do", async () => {
    const [a, b] = [read("pair-a.nar.zst"), read("pair-b.nar.zst")];
    expect(a.length).to.equal(b.length);
    const [narA, narB] = [await decode(a), await decode(b)];
    const differing = (x: Uint8Array, y: Uint8Array) => [...x].filter((byte, at) => byte !== y[at]).length;
    expect(differing(a, b)).to.be.within(50, differing(narA, narB));
  });

  it("is restored by a real Nix", async function () {
    const folder = await makeTempFolder();
    try {
      const nix = setUpRealNix(this, folder.path);
      const nar = await decode(read("small.nar.zst"));
      nix.feed(Buffer.from(nar), "nix-store", "--restore", join(folder.path, "restored"));
      expect(equalBytes(nix.run("nix-store", "--dump", join(folder.path, "restored")), nar)).to.equal(true);
    } finally {
      await folder.remove();
    }
  });
});
