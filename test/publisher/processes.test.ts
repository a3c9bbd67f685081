import { expect } from "chai";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { Journal } from "../../src/publisher/journal.js";
import { removeTree } from "../../src/nix/remove-tree.js";
import { openNixStore } from "../../src/nixdb/nix-store.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { type RealNix, setUpRealNix } from "../support/real-nix.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { addSmallClosure } from "./support/published-store.js";

const scriptOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const MIB = 1 << 20;

interface Run {
  readonly records: string[];
  readonly reused: number;
  readonly uploaded: { readonly paths: number; readonly chunksNew: number };
  readonly memory: number;
}

/** A stock Nix of this machine; skipped without one, but never under `CI=true`. */
describe("the publisher as a process", function () {
  this.timeout(120_000);
  let folder: string;
  let nix: RealNix;
  let nodeUrl: string;
  const children = new Set<ChildProcessByStdio<null, Readable, null>>();
  beforeEach(async function () {
    folder = (await makeTempFolder()).path;
    nix = setUpRealNix(this, folder);
    const lines = start("../support/run-node.ts", [join(folder, "chunks.db")]).lines;
    nodeUrl = (await lines.next()).value as string;
  });
  afterEach(async () => {
    const gone = [...children].map((child) => once(child, "close"));
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(gone);
    removeTree(folder);
  });

  function start(script: string, args: readonly string[]) {
    const child = spawn(process.execPath, ["--import", "tsx", scriptOf(script), ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.add(child);
    child.once("close", () => children.delete(child));
    return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
  }

  function startPublisher(journal: string, paths: readonly string[]) {
    return start("support/run-publisher.ts", [nix.root, nodeUrl, join(folder, journal), ...paths]);
  }

  async function publish(journal: string, paths: readonly string[]): Promise<Run> {
    const { lines } = startPublisher(journal, paths);
    await lines.next();
    return JSON.parse((await lines.next()).value as string) as Run;
  }

  it("goes on where kill -9 stopped it, with the same result", async () => {
    const paths = [1, 2, 3, 4, 5, 6].flatMap((seed) => Object.values(addSmallClosure(nix, folder, seed)) as string[]);
    let stopped = 0;
    for (const wait of [40, 120, 250]) {
      const { child, lines } = startPublisher("killed.sqlite", paths);
      await lines.next(); // what is killed is the publishing, not the start
      await new Promise((resolve) => setTimeout(resolve, wait));
      const gone = once(child, "close");
      if (child.kill("SIGKILL")) stopped++;
      await gone;
    }
    expect(stopped).to.be.above(0);
    const kept = countKept(paths);
    const resumed = await publish("killed.sqlite", paths);
    expect(resumed.reused).to.equal(kept);
    expect(resumed.uploaded.paths).to.equal(resumed.records.length - kept);
    const again = await publish("killed.sqlite", paths);
    expect([again.reused, again.uploaded.paths]).to.deep.equal([again.records.length, 0]);
    // Without any journal: the same records, and every chunk is there.
    const afresh = await publish("fresh.sqlite", paths);
    expect(afresh.uploaded).to.deep.include({ paths: afresh.records.length, chunksNew: 0 });
    expect([resumed.records, again.records]).to.deep.equal([afresh.records, afresh.records]);
  });

  /** Paths that the journal of the killed runs holds. */
  function countKept(paths: readonly string[]): number {
    using journal = new Journal(join(folder, "killed.sqlite"));
    using store = openNixStore({ root: nix.root });
    const isKept = ({ storePath, narHash }: { storePath: string; narHash: Uint8Array }) =>
      journal.find({ nixId: parseStorePath(storePath).nixId, narHash, format: "zstd-9" }, "/nix/store") !== undefined;
    return store.closure(paths).filter(isKept).length;
  }

  it("holds little of a file of 300 MB, whatever it compresses to", async () => {
    const source = join(folder, "large");
    await mkdir(source);
    /** Every other part compresses to nothing, those between not at all. */
    function* content() {
      for (let at = 0; at < 300; at++) yield at % 2 === 0 ? pseudoRandomBytes(MIB, at + 1) : new Uint8Array(MIB);
    }
    await pipeline(Readable.from(content()), createWriteStream(join(source, "file")));
    const path = nix.run("nix-store", "--add", source).toString().trim();
    const run = await publish("journal.sqlite", [path]);
    expect(run.uploaded.chunksNew).to.be.above(150 * 256);
    expect(run.memory / MIB).to.be.below(130);
  });
});
