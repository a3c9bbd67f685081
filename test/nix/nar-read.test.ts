import { expect } from "chai";
import { checkNar, readNar } from "../../src/nix/nar-read.js";
import { codeOf } from "../support/code-of.js";
import { collect } from "../support/collect.js";
import { readNixVectorBytes } from "../support/nix-vector.js";
import { splitBytes } from "../support/split-bytes.js";

const nar = readNixVectorBytes("tree.nar");

describe("readNar", () => {
  it("yields the events of a stream, and an error where it is cut off", async () => {
    const types = new Set<string>();
    for await (const event of readNar(splitBytes(nar, 100))) types.add(event.type);
    expect([...types].sort()).to.deep.equal(["content", "directory", "directory-end", "file", "file-end", "symlink"]);
    const readCut = async () => {
      for await (const event of readNar(splitBytes(nar.subarray(0, -1), 100))) types.add(event.type);
    };
    expect(await codeOf(readCut)).to.equal("NAR_TRUNCATED");
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
    for await (const event of readNar(source())) if (event.type === "file") break;
    expect(closed).to.be.true;
  });
});

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
});
