import { expect } from "chai";
import { listNar } from "../../src/nix/list-nar.js";
import { codeOf } from "../support/code-of.js";
import { collect } from "../support/collect.js";
import { listingOf } from "../support/nar-listing.js";
import { readNixVectorBytes } from "../support/nix-vector.js";
import { splitBytes } from "../support/split-bytes.js";

const nar = readNixVectorBytes("listed.nar");

describe("listNar", () => {
  const list = (source: AsyncIterable<Uint8Array>) => {
    const pieces: Uint8Array[] = [];
    return { listed: listNar(source, (bytes) => void pieces.push(bytes)), pieces };
  };

  it("passes a NAR through unchanged and lists it, whatever pieces it comes in", async () => {
    for (const size of [1, 100, nar.length]) {
      const { listed, pieces } = list(splitBytes(nar, size));
      expect(Buffer.from(await collect(listed)).equals(nar)).to.equal(true);
      expect(listed.hasListing()).to.equal(true);
      expect(Buffer.concat(pieces)).to.deep.equal(listingOf(nar));
    }
  });

  it("says where a NAR has no listing", async () => {
    const other = readNixVectorBytes("tree.nar");
    const { listed } = list(splitBytes(other, 100));
    expect(Buffer.from(await collect(listed)).equals(other)).to.equal(true);
    expect(listed.hasListing()).to.equal(false);
  });

  it("refuses what is no NAR, and says nothing before the end", async () => {
    const { listed } = list(splitBytes(nar.subarray(0, -1), 100));
    expect(() => listed.hasListing()).to.throw(TypeError);
    expect(await codeOf(() => collect(listed))).to.equal("NAR_TRUNCATED");
    expect(() => listed.hasListing()).to.throw(TypeError);
  });
});
