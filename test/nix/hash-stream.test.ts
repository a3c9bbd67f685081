import { expect } from "chai";
import { checkNarHash, hashNar, hashStream } from "../../src/nix/hash-stream.js";
import { formatNixSha256 } from "../../src/nix/nix-hash.js";
import { codeOf } from "../support/code-of.js";
import { collect } from "../support/collect.js";
import { readNixVector, readNixVectorBytes } from "../support/nix-vector.js";
import { splitBytes } from "../support/split-bytes.js";

const nar = readNixVectorBytes("tree.nar");
const nix32 = `sha256:${readNixVector("tree.nix32").trim()}`;

describe("hashStream", () => {
  it("passes a stream through and gives its NarHash and NarSize", async () => {
    const stream = hashStream(splitBytes(nar, 333));
    expect(() => stream.result()).to.throw(TypeError);
    expect(Buffer.from(await collect(stream))).to.deep.equal(nar);
    const { sha256, size } = stream.result();
    expect(size).to.equal(nar.length);
    expect(formatNixSha256(sha256)).to.equal(nix32);
    expect(await hashNar(splitBytes(nar, 1000))).to.deep.equal({ sha256, size });
  });
});

describe("checkNarHash", () => {
  it("passes the NAR wanted, and no other", async () => {
    const { sha256: narHash, size: narSize } = await hashNar(splitBytes(nar, 1000));
    const check = (bytes: Uint8Array) => collect(checkNarHash(splitBytes(bytes, 512), { narHash, narSize }));
    expect(Buffer.from(await check(nar))).to.deep.equal(nar);
    const flipped = Buffer.from(nar);
    flipped[2000]! ^= 1;
    for (const wrong of [flipped, nar.subarray(0, -8), Buffer.concat([nar, nar]), Buffer.alloc(0)]) {
      expect(await codeOf(() => check(wrong))).to.equal("NAR_HASH_MISMATCH");
    }
  });

  it("ends a stream that is too long at the first byte too many", async () => {
    let pieces = 0;
    async function* endless() {
      for (;;) {
        pieces++;
        yield await Promise.resolve(new Uint8Array(10));
      }
    }
    const wanted = { narHash: new Uint8Array(32), narSize: 25 };
    expect(await codeOf(() => collect(checkNarHash(endless(), wanted)))).to.equal("NAR_HASH_MISMATCH");
    expect(pieces).to.equal(3);
  });
});
