import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { hashNar } from "../../src/nix/hash-stream.js";
import { writeNar } from "../../src/nix/nar-write.js";
import { removeTree } from "../../src/nix/remove-tree.js";
import { codeOf } from "../support/code-of.js";
import { collect } from "../support/collect.js";
import { encodeNar, makeTree, narTrees } from "../support/nar-tree.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { makeTempFolder } from "../support/temp-folder.js";

describe("writeNar", () => {
  let folder: string;
  beforeEach(async () => (folder = (await makeTempFolder()).path));
  afterEach(() => removeTree(folder));

  it("writes the NAR of any tree, names in any bytes", async () => {
    const path = join(folder, "tree");
    await fc.assert(
      fc.asyncProperty(narTrees, async (tree) => {
        removeTree(path);
        makeTree(Buffer.from(path), tree);
        expect(Buffer.from(await collect(writeNar(path)))).to.deep.equal(encodeNar(tree));
      }),
    );
  });

  it("gives pieces of a bounded size that stay as they are", async () => {
    mkdirSync(join(folder, "tree"));
    const big = Buffer.from(pseudoRandomBytes(1_000_003));
    writeFileSync(join(folder, "tree/big"), big);
    const small = Array.from({ length: 3000 }, (_, at) => String(at).padStart(5, "0"));
    for (const name of small) writeFileSync(join(folder, "tree", name), name);
    const pieces: Uint8Array[] = [];
    for await (const piece of writeNar(join(folder, "tree"))) pieces.push(piece);
    expect(Math.max(...pieces.map((piece) => piece.length))).to.be.at.most(256 * 1024);
    const lengths = pieces.slice(0, -1).map((piece) => piece.length);
    expect(Math.min(...lengths)).to.be.at.least(64 * 1024);
    const regular = (contents: Buffer) => ({ type: "regular" as const, executable: false, contents });
    const entries = small.map((name) => [name, regular(Buffer.from(name))] as [string, ReturnType<typeof regular>]);
    expect(Buffer.concat(pieces).equals(encodeNar({ type: "directory", entries: [...entries, ["big", regular(big)]] })))
      .to.be.true;
  });

  it("does not follow a symlink given to it, nor look at bits other than the owner's", async () => {
    writeFileSync(join(folder, "file"), "x");
    chmodSync(join(folder, "file"), 0o611);
    symlinkSync("file", join(folder, "link"));
    expect(await collect(writeNar(join(folder, "link")))).to.deep.equal(
      new Uint8Array(encodeNar({ type: "symlink", target: "file" })),
    );
    expect(await collect(writeNar(join(folder, "file")))).to.deep.equal(
      new Uint8Array(encodeNar({ type: "regular", executable: false, contents: Buffer.from("x") })),
    );
  });

  it("refuses what is not there, and pipes", async () => {
    expect(await codeOf(() => hashNar(writeNar(join(folder, "absent"))))).to.equal("FILE_UNREADABLE");
    expect(await codeOf(() => hashNar(writeNar(join(folder, "nul\0"))))).to.equal("FILE_UNREADABLE");
    mkdirSync(join(folder, "tree"));
    execFileSync("mkfifo", [join(folder, "tree/pipe")]);
    expect(await codeOf(() => hashNar(writeNar(join(folder, "tree"))))).to.equal("NAR_SOURCE_UNSUPPORTED");
  });

  for (const [name, change] of Object.entries({
    grows: (file: string) => appendFileSync(file, "x"),
    shrinks: (file: string) => truncateSync(file, 900_000),
  })) {
    it(`refuses a file that ${name} while it is read`, async () => {
      const file = join(folder, "file");
      writeFileSync(file, Buffer.alloc(1_000_000));
      const read = async () => {
        let changed = false;
        for await (const piece of writeNar(file)) {
          expect(piece).not.to.be.empty;
          if (!changed) change(file);
          changed = true;
        }
      };
      expect(await codeOf(read)).to.equal("NAR_SOURCE_CHANGED");
    });
  }

  it("stops where its signal says so, with the signal's reason", async () => {
    writeFileSync(join(folder, "file"), Buffer.alloc(2_000_000));
    const controller = new AbortController();
    const reason = new Error("enough");
    let pieces = 0;
    try {
      for await (const piece of writeNar(join(folder, "file"), { signal: controller.signal })) {
        pieces += piece.length > 0 ? 1 : 0;
        controller.abort(reason);
      }
      expect.fail("went on");
    } catch (error) {
      expect(error).to.equal(reason);
    }
    expect(pieces).to.equal(1);
  });
});
