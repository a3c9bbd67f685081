import { expect } from "chai";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { removeTree } from "../../src/nix/remove-tree.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { type RealNix, setUpRealNix } from "../support/real-nix.js";
import { type Program, startProgram } from "../support/start-program.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { readRun } from "./support/read-run.js";

const scriptOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const MIB = 1 << 20;

/** A stock Nix of this machine; skipped without one, but never under `CI=true`. */
describe("the publisher as a process", function () {
  this.timeout(120_000);
  let folder: string;
  let nix: RealNix;
  let node: Program;
  beforeEach(async function () {
    folder = (await makeTempFolder()).path;
    nix = setUpRealNix(this, folder);
    node = startProgram(scriptOf("../support/run-node.ts"), [join(folder, "chunks.db")]);
  });
  afterEach(async () => {
    await node.kill();
    removeTree(folder);
  });

  it("holds little of a file of 300 MB, whatever it compresses to", async () => {
    const source = join(folder, "large");
    await mkdir(source);
    /** Every other part compresses to nothing, those between not at all. */
    function* content() {
      for (let at = 0; at < 300; at++) yield at % 2 === 0 ? pseudoRandomBytes(MIB, at + 1) : new Uint8Array(MIB);
    }
    await pipeline(Readable.from(content()), createWriteStream(join(source, "file")));
    const path = nix.run("nix-store", "--add", source).toString().trim();
    const args = [nix.root, (await node.nextLine())!, join(folder, "journal.sqlite"), path];
    const run = await readRun(startProgram(scriptOf("support/run-publisher.ts"), args));
    expect(run.uploaded.chunksNew).to.be.above(150 * 256);
    // Two encoders of zstd with windows of 4 MiB, and the pieces on their way.
    expect(run.memory / MIB).to.be.below(230);
  });
});
