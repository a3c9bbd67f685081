import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { describeDifference } from "../../../src/attest/describe-difference.js";
import { rebuildDerivation } from "../../../src/attest/rebuild/rebuild-derivation.js";
import type {
  ProvidedPath,
  Provide,
  PublishedOutput,
  RebuildOptions,
  RebuildOutcome,
} from "../../../src/attest/rebuild/rebuild-path.js";
import { isCatnixError } from "../../../src/errors/catnix-error.js";
import { removeTree } from "../../../src/nix/remove-tree.js";
import { codeOf } from "../../support/code-of.js";
import { startProgram } from "../../support/start-program.js";
import { makeTempFolder } from "../../support/temp-folder.js";
import { BuildWorld } from "../support/build-world.js";

const runRebuild = fileURLToPath(new URL("../support/run-rebuild.ts", import.meta.url));

describe("rebuilding with a real Nix", () => {
  let folder: string;
  let world: BuildWorld;
  let scratch: string;
  before(async () => {
    folder = (await makeTempFolder()).path;
    world = await BuildWorld.make(folder);
  });
  beforeEach(() => {
    scratch = join(folder, "scratch");
    mkdirSync(scratch);
  });
  afterEach(() => {
    expect(readdirSync(scratch), "throwaway stores are removed").to.deep.equal([]);
    removeTree(scratch);
  });
  after(async () => {
    await world.close();
    removeTree(folder);
  });

  const rebuild = (
    { derivation, published }: { derivation: string; published: readonly PublishedOutput[] },
    more: Partial<RebuildOptions> = {},
  ): Promise<RebuildOutcome[]> =>
    rebuildDerivation(published, {
      ...{ derivation, provide: world.provide, folder: join(folder, "kept"), scratch },
      ...more,
    });

  it("gets the same NARs of a reproducible package, all outputs by one build", async () => {
    const built = await world.build("package");
    const events: string[] = [];
    const outcomes = await rebuild(built, {
      onProgress: (event) => events.push(event.kind === "input" ? event.storePath : event.kind),
    });
    expect(outcomes.map(({ result }) => result)).to.deep.equal(["rebuilt", "rebuilt"]);
    expect(outcomes.map(({ storePath }) => storePath)).to.deep.equal(built.published.map(({ storePath }) => storePath));
    expect(readFileSync(outcomes[0]!.logFile, "utf8")).to.match(/^building$/m);
    expect(events.slice(-3)).to.deep.equal(["building", "comparing", "comparing"]);
    // The output is built there: it is not among what came in.
    const outputs = built.published.map(({ storePath }) => storePath);
    expect(events.filter((event) => outputs.includes(event))).to.deep.equal([]);
    // Each input came once, those of its inputs' derivations among them.
    expect(new Set(events.slice(0, -3)).size).to.equal(events.length - 3);
    expect(events.some((path) => path.endsWith("-library-1.0.drv"))).to.equal(true);
  });

  it("catches a package that is another each time, and names the file", async () => {
    const built = await world.build("random");
    const [outcome] = await rebuild(built);
    if (outcome?.result !== "differs") throw new Error(outcome?.result);
    expect(outcome.differences).to.have.length(1);
    expect(outcome.differences[0]).to.include({ kind: "content", path: "share/stamp", firstSize: 46, secondSize: 46 });
    expect(describeDifference(outcome.differences[0]!)).to.match(/^share\/stamp: other bytes from byte (9|\d\d) on/);
    for (const file of [outcome.kept!.published, outcome.kept!.rebuilt])
      expect(statSync(file).size).to.equal(built.published[0]!.narSize);
    expect(outcome.foundNarHash).not.to.deep.equal(built.published[0]!.narHash);
    // A second run replaces what was kept.
    expect((await rebuild(built))[0]!.result).to.equal("differs");
  });

  it("catches references that the build does not have", async () => {
    const built = await world.build("library");
    const [output] = built.published;
    const lying = { ...output!, references: [output!.storePath] };
    const [outcome] = await rebuild({ ...built, published: [lying] });
    expect(outcome).to.deep.include({ result: "differs", differences: [], kept: undefined, foundReferences: [] });
  });

  it("keeps the log of a build that fails", async () => {
    const [outcome] = await rebuild(await world.pretend("fails"));
    if (outcome?.result !== "failed") throw new Error(outcome?.result);
    expect(outcome.reason).to.include("failed with exit code 3");
    expect(readFileSync(outcome.logFile, "utf8")).to.include("compiling").and.include("no such header");
  });

  it("keeps the beginning and the end of a long log", async () => {
    const [outcome] = await rebuild(await world.pretend("noisy"), { maxLogBytes: 70_000 });
    const log = readFileSync(outcome!.logFile, "utf8");
    expect(log.length).to.be.within(70_000, 140_000);
    expect(log).to.include("0: a line").and.include("bytes are left out here").and.include("2999: a line");
    expect(outcome?.result === "failed" && outcome.reason).to.include("exit code 1");
  });

  it("does not build for another system", async () => {
    const [outcome] = await rebuild(await world.pretend("foreign"));
    expect(outcome?.result === "failed" && outcome.reason).to.include("mips64-linux");
  });

  it("ends a build at the time limit", async () => {
    const [outcome] = await rebuild(await world.pretend("sleeps"), { timeoutMs: 1500 });
    expect(outcome?.result === "failed" && outcome.reason).to.equal("it was not built within 2 seconds");
    expect(listSleepers()).to.deep.equal([]);
  });

  it("leaves no process and no folder where it is cancelled", async () => {
    const cancel = new AbortController();
    const reason = new Error("Ctrl-C");
    const running = rebuild(await world.pretend("sleeps"), { signal: cancel.signal }).catch((error: unknown) => error);
    await waitForSleepers((found) => found > 0);
    cancel.abort(reason);
    expect(await running).to.equal(reason);
    expect(listSleepers()).to.deep.equal([]);
  });

  it("does not begin where it is cancelled before", async () => {
    const reason = new Error("Ctrl-C");
    const built = await world.build("library");
    expect(await rebuild(built, { signal: AbortSignal.abort(reason) }).catch((error: unknown) => error)).to.equal(
      reason,
    );
  });

  it("leaves no process where it is killed, and the next run removes its folder", async () => {
    const { derivation, published } = await world.pretend("sleeps");
    const program = startProgram(runRebuild, [world.client.root, scratch, derivation, published[0]!.storePath]);
    while ((await program.nextLine()) !== "building");
    await waitForSleepers((found) => found > 0);
    await program.kill();
    await waitForSleepers((found) => found === 0);
    expect(readdirSync(scratch).filter((name) => name.startsWith("catnix-rebuild-"))).to.have.length(1);
    await rebuild(await world.build("library"));
    removeTree(join(scratch, "kept"));
  });

  it("removes what others that were killed left, and nothing of those that run", async () => {
    const left = join(scratch, `catnix-rebuild-${2 ** 22 + 1}-x`); // above the largest process id of Linux
    mkdirSync(join(left, "root"), { recursive: true });
    const running = join(scratch, `catnix-rebuild-${process.ppid}-x`);
    mkdirSync(running);
    await rebuild(await world.build("library"));
    expect([existsSync(left), existsSync(running)]).to.deep.equal([false, true]);
    removeTree(running);
  });

  /** What a publisher could put into the CAT in place of one path. */
  const replace = (path: string, change: () => Partial<ProvidedPath>): Provide => {
    return async (asked) => ({ ...(await world.find(asked)), ...(asked === path ? change() : {}) });
  };

  it("refuses inputs that are not what they should be", async () => {
    const built = await world.build("package");
    const library = (await world.build("library")).published[0]!;
    const otherDerivation = await world.find(await world.instantiate("random"));
    const codeWith = (provide: Provide) => codeOf(() => rebuild(built, { provide }));
    // Another derivation in place of the one asked for, with its true hash.
    const swapped = replace(built.derivation, () => ({ ...otherDerivation, storePath: built.derivation }));
    expect(await codeWith(swapped)).to.equal("DERIVATION_PATH_MISMATCH");
    const damaged = replace(library.storePath, () => ({ narHash: new Uint8Array(32) }));
    expect(await codeWith(damaged)).to.equal("NAR_HASH_MISMATCH");
    const aFolder = await world.find(built.published[0]!.storePath);
    const noFile = replace(built.derivation, () => ({ ...aFolder, storePath: built.derivation }));
    expect(await codeWith(noFile)).to.equal("DERIVATION_INVALID");
    const large = replace(built.derivation, () => ({ narSize: 2 ** 30 }));
    expect(await codeWith(large)).to.equal("DERIVATION_INVALID");
    // An input that brings along what is to be built would keep it from being built.
    const smuggled = replace(library.storePath, () => ({ references: [built.published[0]!.storePath] }));
    expect(await codeWith(smuggled)).to.equal("REBUILD_REFUSED");
    const without = (name: string): Provide => {
      return (path, signal) => (path.endsWith(name) ? Promise.resolve(undefined) : world.provide(path, signal));
    };
    for (const name of ["-library-1.0", "-library-1.0.drv", "-build.sh", "-package-1.0.drv"])
      expect(await codeWith(without(name)), name).to.equal("REBUILD_INPUT_MISSING");
  });

  it("refuses what it would say nothing about", async () => {
    const library = await world.build("library");
    const fixed = await world.pretend("fixed");
    expect(await codeOf(() => rebuild(fixed))).to.equal("REBUILD_REFUSED");
    const ofAnother = { derivation: library.derivation, published: fixed.published };
    expect(await codeOf(() => rebuild(ofAnother))).to.equal("REBUILD_REFUSED");
    const noDerivation = { ...library, derivation: library.published[0]!.storePath };
    expect(await codeOf(() => rebuild(noDerivation))).to.equal("REBUILD_REFUSED");
  });

  it("does not run a derivation whose outputs do not follow from it", async () => {
    // Its own path is right, and it claims an output of another derivation.
    const honest = await world.find(await world.instantiate("fails"));
    const victim = (await world.build("library")).published[0]!;
    const text = readFileSync(world.nix.realPath(honest.storePath), "utf8");
    const [, own] = /"out","([^"]+)"/.exec(text)!;
    const forged = await world.forge(text.replaceAll(own!, victim.storePath), "library-1.0.drv", honest);
    const provide: Provide = (path, signal) =>
      path === forged.storePath ? Promise.resolve(forged) : world.provide(path, signal);
    const run = () => rebuild({ derivation: forged.storePath, published: [victim] }, { provide });
    const refusal: unknown = await run().catch((error: unknown) => error);
    if (!isCatnixError(refusal, "REBUILD_REFUSED")) throw refusal;
    expect(refusal.details.reason).to.include("has incorrect output"); // Nix itself says so
  });

  it("says where there is no Nix, or no sandbox", async () => {
    const built = await world.build("library");
    const binFolder = join(folder, "bin");
    mkdirSync(binFolder);
    const nixStore = join(binFolder, "nix-store");
    // A Nix in a user namespace that may have no others, as in many containers.
    const script =
      'unshare -Ur sh -c \'echo 0 > /proc/sys/user/max_user_namespaces; PATH=${PATH#*:} exec nix-store "$@"\' - "$@"';
    writeFileSync(nixStore, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    expect(await codeOf(() => rebuild(built, { binFolder }))).to.equal("SANDBOX_UNAVAILABLE");
    const path = process.env["PATH"];
    try {
      process.env["PATH"] = "/nowhere";
      expect(await codeOf(() => rebuild(built))).to.equal("NIX_UNUSABLE");
    } finally {
      process.env["PATH"] = path;
    }
  });
});

/** Processes that sleep for as long as the build `sleeps` does. Linux only (proc(5)). */
function listSleepers(): string[] {
  const found: string[] = [];
  for (const pid of readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("31415926")) found.push(pid);
    } catch {
      // It has ended.
    }
  }
  return found;
}

async function waitForSleepers(isWanted: (found: number) => boolean): Promise<void> {
  for (let tries = 0; !isWanted(listSleepers().length); tries++) {
    if (tries > 400) throw new Error(`waited in vain, there are ${listSleepers().length} builders`);
    await sleep(50);
  }
}
