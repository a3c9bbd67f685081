import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BEGINNING_SIZE, makeFileRules, MAX_SNIFFED_SIZE } from "../../../src/publisher/policy/file-rules.js";
import { scanTree } from "../../../src/publisher/policy/scan-tree.js";
import { codeOf } from "../../support/code-of.js";
import { makeTempFolder } from "../../support/temp-folder.js";

const KEY = `-----BEGIN OPENSSH PRIVATE KEY-----\n${"A".repeat(64)}\n`;

describe("scanTree", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  beforeEach(async () => {
    folder = await makeTempFolder();
  });
  afterEach(() => folder.remove());

  const put = (file: string, content: string | Uint8Array) => {
    mkdirSync(join(folder.path, file, ".."), { recursive: true });
    writeFileSync(join(folder.path, file), content);
  };
  const scan = (path = folder.path, rules = makeFileRules([])) => scanTree(path, "app-1", rules);
  const hit = (file: string, ...rules: string[]) => ({ file, rules });

  it("looks at every file, folders and hidden ones, in the same order each time", async () => {
    put("share/z/key", KEY);
    put("share/.hidden/.key", KEY);
    put("bin/app", "#!/bin/sh\n");
    put(".env", "PASSWORD=x");
    put("id_rsa", KEY);
    expect(await scan()).to.deep.equal([
      hit(".env", "dotenv"),
      hit("id_rsa", "private-key-file", "private-key"),
      hit("share/.hidden/.key", "private-key"),
      hit("share/z/key", "private-key"),
    ]);
  });

  it("holds patterns against the name of the store path and the path in it", async () => {
    put("lib/a.so", "a");
    put("lib/b.so", "");
    const rules = makeFileRules(["app-*/lib/b.so", "lib/a.so"]);
    expect(await scan(folder.path, rules)).to.deep.equal([hit("lib/b.so", "publish.deny.files")]);
  });

  it("looks at a store path that is a file", async () => {
    put("key", KEY);
    expect(await scan(join(folder.path, "key"))).to.deep.equal([hit("", "private-key")]);
    expect(await scan(join(folder.path, "key"), makeFileRules(["app-1"]))).to.deep.equal([
      hit("", "publish.deny.files", "private-key"),
    ]);
  });

  it("follows no symlink, to a file, a folder, nowhere or itself", async () => {
    const outside = await makeTempFolder();
    try {
      writeFileSync(join(outside.path, "id_rsa"), KEY);
      put("a", "a");
      symlinkSync(join(outside.path, "id_rsa"), join(folder.path, "id_rsa"));
      symlinkSync(outside.path, join(folder.path, "folder"));
      symlinkSync("loop", join(folder.path, "loop"));
      symlinkSync("/nowhere", join(folder.path, "nowhere"));
      expect(await scan()).to.deep.equal([]);
      expect(await scan(join(folder.path, "folder"))).to.deep.equal([]);
    } finally {
      await outside.remove();
    }
  });

  it("does not wait for the other end of a pipe: the NAR refuses those", async () => {
    execFileSync("mkfifo", [join(folder.path, "pipe")]);
    expect(await scan()).to.deep.equal([]);
  });

  it("looks at names that are not UTF-8", async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from([0xff, 0x61])]), KEY);
    expect(await scan()).to.deep.equal([hit("\ufffda", "private-key")]);
  });

  it("reads the beginning, and of large files nothing", async () => {
    const before = (size: number) => "\n".repeat(size - KEY.length);
    put("a-fits", before(BEGINNING_SIZE) + KEY);
    put("b-behind", before(BEGINNING_SIZE + 60) + KEY);
    put("c-largest", KEY + before(MAX_SNIFFED_SIZE));
    put("d-larger", KEY + before(MAX_SNIFFED_SIZE + 1));
    put("e-larger.p12", KEY + before(MAX_SNIFFED_SIZE + 1));
    expect(await scan()).to.deep.equal([
      hit("a-fits", "private-key"),
      hit("c-largest", "private-key"),
      hit("e-larger.p12", "private-key-file"),
    ]);
  });

  it("does not see what an earlier file left in memory", async () => {
    put("a", KEY);
    put("b", "short");
    expect(await scan()).to.deep.equal([hit("a", "private-key")]);
  });

  it("says what it cannot read", async () => {
    expect(await codeOf(() => scan(join(folder.path, "none")))).to.equal("FILE_UNREADABLE");
  });

  it("stops at its signal", async () => {
    put("a", KEY);
    const signal = AbortSignal.abort(new RangeError("enough"));
    const failed: unknown = await scanTree(folder.path, "app", makeFileRules([]), { signal }).catch((e: unknown) => e);
    expect(failed).to.be.instanceOf(RangeError);
  });
});
