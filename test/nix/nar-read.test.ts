import { expect } from "chai";
import { checkNar } from "../../src/nix/nar-read.js";
import { codeOf } from "../support/code-of.js";
import { collect } from "../support/collect.js";
import { readNixVectorBytes } from "../support/nix-vector.js";
import { splitBytes } from "../support/split-bytes.js";

const nar = readNixVectorBytes("tree.nar");

describe("checkNar", () => {
  it("passes a NAR through unchanged", async () => {
    expect(Buffer.from(await collect(checkNar(splitBytes(nar, 999))))).to.deep.equal(nar);
  });

  it("hands on nothing of a piece that is wrong", async () => {
    const broken = Buffer.concat([nar, Buffer.alloc(1)]);
    const seen: Uint8Array[] = [];
    const read = async () => {
      for await (const piece of checkNar(splitBytes(broken, nar.length))) seen.push(piece);
    };
    expect(await codeOf(read)).to.equal("NAR_TRAILING_DATA");
    expect(seen).to.have.length(1);
  });

  it("refuses a stream that is cut off", async () => {
    expect(await codeOf(() => collect(checkNar(splitBytes(nar.subarray(0, -1), 100))))).to.equal("NAR_TRUNCATED");
  });

  it("closes the source where the reader stops", async () => {
    let closed = false;
    async function* source() {
      try {
        yield* splitBytes(nar, 100);
      } finally {
        closed = true;
      }
    }
    for await (const piece of checkNar(source())) if (piece.length > 0) break;
    expect(closed).to.equal(true);
  });
});
