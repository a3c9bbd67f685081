import { expect } from "chai";
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChunkCounter } from "../../../bench/dedup/chunk-count.js";
import { makeHashPart, simulateRebuild } from "../../../bench/dedup/rebuild.js";
import { cutSmallPieces } from "../../../bench/dedup/small-pieces.js";
import { writeNar } from "../../../src/nix/nar-write.js";

describe("bench:dedup", () => {
  const references = ["library", "program"].map(makeHashPart);
  let folder: string;
  let nar: Buffer;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "catnix-dedup-"));
    copyFileSync("/bin/ls", join(folder, "ls")); // a real ELF file with a build id, as any Linux has it
    chmodSync(join(folder, "ls"), 0o755);
    writeFileSync(join(folder, "script"), `#!/bin/sh\n${"# a line\n".repeat(20)}`);
    const parts: Uint8Array[] = [];
    for await (const part of writeNar(folder)) parts.push(part);
    nar = Buffer.concat(parts);
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it("renames every hash part and changes build ids, and nothing else", () => {
    const { before, after, referencesAfter, elfFiles, pages } = simulateRebuild(nar, references);
    expect(elfFiles).to.equal(1);
    expect(after.length).to.equal(before.length);
    expect(pages).to.be.within(2, before.length / 4096);
    const renamed = Buffer.from(after);
    for (const [at, hash] of references.entries()) {
      expect(before.includes(hash)).to.equal(true);
      expect(after.includes(hash)).to.equal(false);
      for (
        let found = after.indexOf(referencesAfter[at]!);
        found >= 0;
        found = after.indexOf(referencesAfter[at]!, found + 32)
      )
        renamed.write(hash, found, "latin1");
    }
    const differing = [...before.keys()].filter((at) => before[at] !== renamed[at]);
    expect(differing.length).to.be.within(1, 20);
    expect(differing.at(-1)! - differing[0]!).to.be.below(20);
  });

  it("changes neither the same rebuild nor a chunk that is there twice", () => {
    const first = simulateRebuild(Buffer.from(nar), references).after;
    expect(simulateRebuild(Buffer.from(nar), references).after.equals(first)).to.equal(true);
    const counter = new ChunkCounter();
    for (let copy = 0; copy < 2; copy++) counter.add([Buffer.alloc(3 * 4096, "x")]);
    expect(counter.count()).to.deep.equal({ bytes: 6 * 4096, leaves: 1, chunks: 2 });
    const later = new ChunkCounter(counter);
    later.add([Buffer.alloc(4096, "x")]);
    later.add([Buffer.alloc(4096, "y")]);
    expect(later.count()).to.deep.equal({ bytes: 2 * 4096, leaves: 1, chunks: 1 });
  });

  it("cuts small pieces of 16 to 256 KiB that are the NAR again", () => {
    const pieces = [...cutSmallPieces(nar)];
    expect(Buffer.concat(pieces).equals(nar)).to.equal(true);
    for (const piece of pieces.slice(0, -1)) expect(piece.length).to.be.within(16 * 1024, 256 * 1024);
  });
});
