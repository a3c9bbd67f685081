import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { traceTree } from "../../src/files/trace-tree.js";
import { writeNar } from "../../src/nix/nar-write.js";
import type { PathInfo } from "../../src/nixdb/path-info.js";
import { checkContents } from "../../src/verifier/check-contents.js";
import { HashedPaths } from "../../src/verifier/hashed-paths.js";
import { codeOf } from "../support/code-of.js";
import { makeStorePath } from "../support/fill-index.js";
import { TSX } from "../support/start-program.js";
import { makeTempFolder } from "../support/temp-folder.js";

const NOW = Math.floor(Date.now() / 1000) + 60; // no note of a test is of the future
const WEEK = 7 * 24 * 3600;

describe("checkContents", () => {
  const storePath = makeStorePath("app");
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let realPath: string;
  let info: PathInfo;
  /** What Nix's database says when it is asked again. */
  let registered: PathInfo | undefined;
  const nix = { realPath: () => realPath, queryPathInfo: () => registered };
  const infoOfDisk = async (): Promise<PathInfo> => {
    const [hash, sizes] = [createHash("sha256"), [] as number[]];
    for await (const piece of writeNar(realPath)) {
      hash.update(piece);
      sizes.push(piece.length);
    }
    const narSize = sizes.reduce((sum, size) => sum + size, 0);
    return { storePath, narHash: hash.digest(), narSize, references: [], sigs: [], registrationTime: 1 };
  };
  const memoryOf = (now = NOW, store = "/nix/store") => {
    const failures: string[] = [];
    const memory = new HashedPaths(join(folder.path, "audit.sqlite"), store, now, ({ code }) => failures.push(code));
    return Object.assign(memory, { failures });
  };
  beforeEach(async () => {
    folder = await makeTempFolder();
    realPath = join(folder.path, "app");
    mkdirSync(realPath);
    writeFileSync(join(realPath, "file"), "contents");
    symlinkSync("file", join(realPath, "link"));
    registered = info = await infoOfDisk();
  });
  afterEach(() => folder.remove());

  it("tells what is right from what was edited, is gone, or is no NAR", async () => {
    expect((await checkContents(info, nix))?.contents.same).to.equal(true);
    writeFileSync(join(realPath, "file"), "Contents");
    const edited = await checkContents(info, nix);
    expect(edited?.contents).to.include({ same: false }).and.to.have.property("narHash");
    rmSync(realPath, { recursive: true });
    expect((await checkContents(info, nix))?.contents)
      .to.include({ same: false })
      .and.to.have.property("reason");
  });

  it("has nothing to say of what was collected as garbage while it was read", async () => {
    rmSync(realPath, { recursive: true });
    registered = undefined;
    expect(await checkContents(info, nix)).to.equal(undefined);
  });

  it("looks again at what was repaired or replaced while it was read, as it is registered then", async () => {
    const before = { ...info, narHash: new Uint8Array(32) };
    const found = await checkContents(before, nix);
    expect(found?.info.narHash).to.deep.equal(info.narHash);
    expect(found?.contents.same).to.equal(true);
  });

  it("does not take its own lack of descriptors for a fault of the path", () => {
    const program = `
      import { openSync } from "node:fs";
      import { checkContents } from ${JSON.stringify(new URL("../../src/verifier/check-contents.ts", import.meta.url).href)};
      const [realPath] = process.argv.slice(1);
      const info = { storePath: "/x", narHash: new Uint8Array(32), narSize: 1, references: [], sigs: [], registrationTime: 1 };
      const nix = { realPath: () => realPath, queryPathInfo: () => info };
      const look = () => checkContents(info, nix).then((found) => found.contents.same, (error) => error.cause.code);
      await look(); // all that it needs is loaded
      try { for (;;) openSync("/dev/null"); } catch {}
      console.log(await look());`;
    const node = [process.execPath, "--import", TSX, "--input-type=module", "-e", program, realPath];
    const command = ["-c", 'ulimit -n 64; exec "$@"', "sh", ...node];
    expect(execFileSync("sh", command, { stdio: "pipe" }).toString()).to.equal("EMFILE\n");
  });

  describe("with a memory", () => {
    it("does not read again what was right, unless somebody touched it", async () => {
      const memory = memoryOf();
      // Noted without a look, of a NarHash that is wrong: what it says now comes from the memory alone.
      const wrong = { ...info, narHash: new Uint8Array(32) };
      registered = wrong;
      memory.add(wrong, await traceTree(realPath), NOW);
      expect((await checkContents(wrong, nix, { memory }))?.contents.same).to.equal(true);
      for (const touch of [
        () => writeFileSync(join(realPath, "file"), "contents"),
        () => rmSync(join(realPath, "link")),
        () => symlinkSync("elsewhere", join(realPath, "link")),
        () => mkdirSync(join(realPath, "empty")),
      ]) {
        memory.add(wrong, await traceTree(realPath), NOW);
        await setTimeout(20); // a file system's clock ticks in steps of up to 10 ms
        touch();
        expect((await checkContents(wrong, nix, { memory }))?.contents.same, String(touch)).to.equal(false);
      }
      memory.close();
    });

    it("notes what is right alone, and has it after the process was killed", async () => {
      const memory = memoryOf();
      await checkContents(info, nix, { memory });
      const wrong = { ...info, narSize: info.narSize + 1 };
      registered = wrong;
      await checkContents(wrong, nix, { memory });
      const other = memoryOf(); // another process, while the first has not closed anything
      expect(other.before()).to.deep.include({ paths: 1 });
      expect(other.has(info, await traceTree(realPath))).to.equal(true);
      expect(other.has(wrong, await traceTree(realPath))).to.equal(false);
      other.forget();
      expect(memory.before()).to.equal(undefined);
      for (const one of [memory, other]) one.close();
    });

    it("forgets after a week, and what a clock that went wrong has noted; knows one store from another", () => {
      const [memory, trace] = [memoryOf(), new Uint8Array(32)];
      memory.add(info, trace, NOW - WEEK - 1);
      memory.close();
      const later = memoryOf();
      expect(later.before()).to.equal(undefined);
      later.add(info, trace, NOW + 1000);
      later.close();
      const corrected = memoryOf();
      expect(corrected.before()).to.equal(undefined);
      corrected.add(info, trace, NOW);
      const elsewhere = memoryOf(NOW, "/mnt/nix/store");
      expect([elsewhere.before(), elsewhere.has(info, trace)]).to.deep.equal([undefined, false]);
      elsewhere.forget();
      expect(corrected.before()).to.deep.equal({ paths: 1, since: NOW });
      for (const one of [corrected, elsewhere]) one.close();
    });

    it("goes on where nothing more can be noted, and says so once", async () => {
      const memory = memoryOf();
      const other = new DatabaseSync(join(folder.path, "audit.sqlite"));
      other.exec("DROP TABLE hashed");
      other.close();
      memory.add(info, new Uint8Array(32), NOW);
      memory.add(info, new Uint8Array(32), NOW);
      expect(memory.failures).to.deep.equal(["DATABASE_FAILED"]);
      memory.close();
      expect(await codeOf(() => new HashedPaths(folder.path, "/nix/store", NOW, () => undefined))).to.equal(
        "DATABASE_FAILED",
      );
    });
  });
});
