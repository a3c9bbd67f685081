import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, lstat, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { zstdCompressSync } from "node:zlib";
import { runCommand } from "../../scripts/lab/run-command.js";
import type { CatRecord } from "../../src/cat/record.js";
import { toHex } from "../../src/encoding/hex.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { withdrawBuild } from "../../src/registry/transact.js";
import { parseAskedPath } from "../../src/resolver/asked-path.js";
import { ChainView } from "../../src/resolver/chain-view.js";
import { findClosure } from "../../src/resolver/find-closure.js";
import { sha256 } from "../consortium/support/consortium.js";
import { codeOf } from "../support/code-of.js";
import { makeRecord, makeStorePath, swarmIdOf } from "../support/fill-index.js";
import { encodeNar, type NarTree, readTree } from "../support/nar-tree.js";
import { publishBatch } from "../support/publish-batch.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { askCli } from "./support/ask-cli.js";
import { CliWorld } from "./support/cli-world.js";
import { cliCommand } from "./support/run-cli.js";

const [INTERRUPTED, KILLED] = [130, 137];

describe("catnix fetch", function () {
  this.timeout(60_000);
  let world: CliWorld;
  let out: string;
  let tree: NarTree;
  let paths: Record<"tree" | "plain" | "lib" | "broken" | "liar" | "gone" | "needsGone" | "big", CatRecord>;

  before(async () => {
    world = await CliWorld.start();
    const bytes = Buffer.from(pseudoRandomBytes(300_000));
    tree = {
      type: "directory",
      entries: [
        [
          "bin",
          { type: "directory", entries: [["run", { type: "regular", executable: true, contents: Buffer.from("#!") }]] },
        ],
        ["data", { type: "regular", executable: false, contents: bytes }],
        ["link", { type: "symlink", target: "/etc/passwd" }],
      ],
    };
    const plain: NarTree = { type: "regular", executable: false, contents: Buffer.from("plain") };
    const lib = await list("lib", plain);
    const other = encodeNar({ type: "regular", executable: false, contents: Buffer.from("other") });
    paths = {
      tree: await list("tree", tree, { references: [baseNameOf("tree"), baseNameOf("lib")].sort() }),
      plain: await list("plain", plain, { compression: "none" }),
      lib,
      broken: await list("broken", plain, { narHash: sha256(other) }),
      liar: await list("liar", plain, { fileHash: sha256(other) }),
      gone: await list("gone", plain),
      needsGone: await list("needs-gone", plain, { references: [baseNameOf("gone")] }),
      big: await list("big", {
        type: "regular",
        executable: false,
        contents: Buffer.from(pseudoRandomBytes(3_000_000)),
      }),
    };
    await publishBatch(world.registry, ...Object.values(paths));
    await withdrawBuild(world.registry.registry, world.registry.guardian, toHex(swarmIdOf(paths.gone)), "test");
  });
  after(() => world.close());
  beforeEach(async () => {
    await mkdir(world.file("work"));
    out = world.file("work/out");
  });
  afterEach(async () => {
    world.registry.swarmProxy.rule = () => undefined;
    await rm(world.file("work"), { recursive: true }); // as a user would, without chmod
  });

  const baseNameOf = (name: string) => parseStorePath(makeStorePath(name)).baseName;

  /** Uploads a NAR and makes its record, with what is to be wrong in it. */
  async function list(name: string, content: NarTree, fields: Partial<CatRecord> = {}): Promise<CatRecord> {
    const nar = encodeNar(content);
    const file = fields.compression === "none" ? nar : zstdCompressSync(nar);
    const { address } = await world.registry.store.write(file);
    const stored = { narAddress: address, fileHash: sha256(file), fileSize: file.length } as const;
    return makeRecord(name, nar, { compression: "zstd", ...stored, ...fields });
  }

  const fetch = (...args: string[]) => askCli("--config", world.file("catnix.json"), "fetch", "--json", ...args);

  /** Nothing under the name, and nothing left beside it. */
  async function expectNothing(): Promise<void> {
    expect(await readdir(world.file("work"))).to.deep.equal([]);
  }

  it("unpacks the tree, with files as in a store and folders that can be removed", async () => {
    const { code, stdout } = await fetch(paths.tree.storePath, "--out", out);
    expect(code).to.equal(undefined);
    const { storePath, narHash, narSize } = paths.tree;
    expect(JSON.parse(stdout)).to.deep.include({ out, narBytes: narSize });
    expect((JSON.parse(stdout) as { paths: object[] }).paths[0]).to.deep.include({ storePath, narHash, file: out });
    expect(readTree(Buffer.from(out))).to.deep.equal(tree);
    const modes = await Promise.all(
      ["", "bin", "bin/run", "data"].map(async (name) => (await stat(join(out, name))).mode & 0o777),
    );
    expect(modes).to.deep.equal([0o755, 0o755, 0o555, 0o444]);
    expect((await lstat(join(out, "data"))).mtimeMs).to.equal(1000);
    expect(await readdir(world.file("work"))).to.deep.equal(["out"]);
  });

  it("unpacks what is one file, uncompressed or not, and writes the NAR itself", async () => {
    expect((await fetch(parseStorePath(paths.plain.storePath).hashPart, "--out", out)).code).to.equal(undefined);
    expect(await readFile(out, "utf8")).to.equal("plain");
    const nar = world.file("work/deep/er/tree.nar");
    expect((await fetch(paths.tree.storePath, "--nar", "--out", nar)).code).to.equal(undefined);
    expect((await readFile(nar)).equals(encodeNar(tree))).to.equal(true);
  });

  it("fetches a closure into a folder of store paths; not with a path in it that was withdrawn", async () => {
    const { code, stdout } = await fetch(paths.tree.storePath, "--closure", "--out", out);
    expect(code).to.equal(undefined);
    expect((await readdir(out)).sort()).to.deep.equal([baseNameOf("lib"), baseNameOf("tree")].sort());
    const listed = (JSON.parse(stdout) as { paths: { file: string }[] }).paths.map(({ file }) => file);
    expect(listed).to.deep.equal(["tree", "lib"].map((name) => join(out, baseNameOf(name))));
    expect(readTree(Buffer.from(join(out, baseNameOf("tree"))))).to.deep.equal(tree);
    await rm(out, { recursive: true });
    expect((await fetch(paths.needsGone.storePath, "--closure", "--out", out)).code).to.equal("CAT_PATH_WITHDRAWN");
    await expectNothing();
  });

  it("finds a closure at one root, and none beyond what it may hold", async () => {
    const { registry, store, deploymentBlock } = world.registry;
    const view = await ChainView.open(registry, { finality: "latest", deploymentBlock, logRange: 1000 });
    const find = (maxPaths: number) =>
      findClosure(parseAskedPath(paths.tree.storePath, "/nix/store"), {
        view,
        store,
        storeDir: "/nix/store",
        maxPaths,
      });
    expect((await find(2)).map(({ record }) => record)).to.deep.equal([paths.tree, paths.lib]);
    expect(await codeOf(() => find(1))).to.equal("CLOSURE_TOO_LARGE");
  });

  it("asks for no NAR of what is unknown or withdrawn", async () => {
    const { requests } = world.registry.swarmProxy;
    requests.length = 0;
    expect((await fetch(paths.gone.storePath, "--out", out)).code).to.equal("CAT_PATH_WITHDRAWN");
    expect((await fetch(makeStorePath("nobody"), "--out", out)).code).to.equal("CAT_PATH_UNKNOWN");
    expect(requests.filter((request) => request.startsWith("GET /bytes/"))).to.deep.equal([]);
    await expectNothing();
  });

  const wrong: [what: string, path: keyof typeof paths, code: string][] = [
    ["of another NarHash", "broken", "NAR_HASH_MISMATCH"],
    ["of another FileHash", "liar", "NAR_FILE_INVALID"],
  ];
  for (const [what, path, code] of wrong) {
    it(`leaves nothing of a NAR ${what}: ${code}`, async () => {
      for (const how of [[], ["--nar"], ["--closure"]]) {
        expect((await fetch(paths[path].storePath, ...how, "--out", out)).code).to.equal(code);
        await expectNothing();
      }
    });
  }

  const lies: [what: string, fault: ReturnType<typeof world.registry.swarmProxy.rule>, code: string][] = [
    ["flips a bit", { kind: "flip", at: 100 }, "SWARM_MISMATCH"],
    ["sends less and says so", { kind: "truncate", after: 100, framing: "length" }, "SWARM_MISMATCH"],
    ["ends cleanly too early", { kind: "truncate", after: 100, framing: "chunked" }, "SWARM_MISMATCH"],
    ["loses the connection", { kind: "reset", after: 100 }, "SWARM_UNREACHABLE"],
  ];
  for (const [what, fault, code] of lies) {
    it(`leaves nothing where the Swarm node ${what} from the middle of the NAR on`, async () => {
      let isMiddle = false;
      world.registry.swarmProxy.rule = ({ url }) => {
        if (isMiddle) return fault;
        isMiddle = url === `/bytes/${paths.tree.narAddress}`;
        return isMiddle ? { kind: "reset", after: 100_000 } : undefined;
      };
      expect((await fetch(paths.tree.storePath, "--out", out)).code).to.equal(code);
      await expectNothing();
    });

    it(`takes what is right of a file where the Swarm node ${what}, and the rest as chunks`, async () => {
      const isNar = (url: string) => url === `/bytes/${paths.tree.narAddress}`;
      world.registry.swarmProxy.rule = ({ url }) => (isNar(url!) ? fault : undefined);
      expect((await fetch(paths.tree.storePath, "--out", out)).code).to.equal(undefined);
      expect(readTree(Buffer.from(out))).to.deep.equal(tree);
    });
  }

  it("goes on after a connection that is lost once", async () => {
    let left = 1;
    world.registry.swarmProxy.rule = ({ url }) =>
      url === `/bytes/${paths.tree.narAddress}` && left-- > 0 ? { kind: "reset", after: 100_000 } : undefined;
    expect((await fetch(paths.tree.storePath, "--out", out)).code).to.equal(undefined);
    expect(readTree(Buffer.from(out))).to.deep.equal(tree);
  });

  it("refuses a target that exists, one below a file, and options that exclude each other", async () => {
    await writeFile(out, "mine");
    for (const how of [[], ["--nar"], ["--closure"]])
      expect((await fetch(paths.plain.storePath, ...how, "--out", out)).code).to.equal("FILE_EXISTS");
    expect(await readFile(out, "utf8")).to.equal("mine");
    expect((await fetch(paths.plain.storePath, "--out", join(out, "below"))).code).to.equal("FILE_UNWRITABLE");
    const result = await world.run(["fetch", paths.plain.storePath, "--nar", "--closure", "--out", "x"]);
    expect(result.code).to.equal(64);
  });

  it("refuses a folder in which nothing can be made", async () => {
    // Not even by root, whom a mode does not stop.
    expect((await fetch(paths.plain.storePath, "--out", "/sys/catnix/out")).code).to.equal("FILE_UNWRITABLE");
    if (process.getuid?.() === 0) return;
    await chmod(world.file("work"), 0o555);
    try {
      expect((await fetch(paths.plain.storePath, "--out", out)).code).to.equal("FILE_UNWRITABLE");
    } finally {
      await chmod(world.file("work"), 0o755);
    }
  });

  it("says what is wrong where a file cannot grow, and leaves nothing", async () => {
    // The shell's limit is 1 KiB blocks; a write beyond it fails as one on a full disk does.
    for (const how of [[], ["--nar"]]) {
      const [program, args] = cliCommand(["fetch", paths.big.storePath, ...how, "--out", out, "--json"]);
      const script = 'ulimit -f 2000; exec "$@"';
      const result = await runCommand("bash", ["-c", script, "bash", program, ...args], { cwd: world.folder });
      expect([result.code, result.stdout]).to.deep.equal([1, ""]);
      expect((JSON.parse(result.stderr) as { error: { code: string } }).error.code).to.equal("DISK_FULL");
      await expectNothing();
    }
  });

  for (const [signal, left] of [
    ["SIGINT", 0],
    ["SIGKILL", 1],
  ] as const) {
    it(`${signal} in the middle: nothing under the name${left === 0 ? ", nothing beside it" : ""}`, async () => {
      world.registry.swarmProxy.rule = ({ url }) =>
        url === `/bytes/${paths.big.narAddress}` ? { kind: "stall", after: 1_000_000 } : undefined;
      const [program, args] = cliCommand(["fetch", paths.big.storePath, "--out", out]);
      const child = spawn(program, args, { cwd: world.folder, stdio: "ignore" });
      const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
      const listWork = () => readdir(world.file("work"));
      while ((await listWork()).length === 0 && child.exitCode === null) await sleep(20);
      child.kill(signal);
      const [code, killedBy] = await ended;
      expect(killedBy === null ? code : KILLED).to.equal(signal === "SIGINT" ? INTERRUPTED : KILLED);
      const names = await listWork();
      expect(names).to.have.length(left);
      for (const name of names) expect(name).to.match(/^\.catnix-partial-/);
    });
  }

  it("two at once: one gets the name, the other is refused", async () => {
    const codes = await Promise.all(
      [1, 2].map(async () => {
        const { code } = await world.run(["fetch", paths.plain.storePath, "--out", out]);
        return code;
      }),
    );
    expect(codes).to.include(0);
    expect(await readFile(out, "utf8")).to.equal("plain");
    expect(await readdir(world.file("work"))).to.deep.equal(["out"]);
  });
});
