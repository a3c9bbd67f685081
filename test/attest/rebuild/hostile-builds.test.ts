import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { rebuildDerivation } from "../../../src/attest/rebuild/rebuild-derivation.js";
import type { RebuildOptions } from "../../../src/attest/rebuild/rebuild-path.js";
import { removeTree } from "../../../src/nix/remove-tree.js";
import { codeOf } from "../../support/code-of.js";
import { derivationVector } from "../../support/derivation-vectors.js";
import { makeTempFolder } from "../../support/temp-folder.js";
import { BuildWorld } from "../support/build-world.js";

describe("rebuilding what wants more than it may", function () {
  this.timeout(60_000);
  let folder: string;
  let scratch: string;
  let world: BuildWorld;
  before(async () => {
    folder = (await makeTempFolder()).path;
    scratch = join(folder, "scratch");
    mkdirSync(scratch);
    world = await BuildWorld.make(folder);
  });
  afterEach(() => {
    expect(readdirSync(scratch), "throwaway stores are removed").to.deep.equal([]);
  });
  after(async () => {
    await world.close();
    removeTree(folder);
  });

  const rebuild = (made: Awaited<ReturnType<BuildWorld["build"]>>, more: Partial<RebuildOptions> = {}) =>
    rebuildDerivation(made.published, {
      ...{ derivation: made.derivation, provide: world.provide, folder: join(folder, "kept"), scratch },
      ...more,
    });
  const resultOf = async (made: Awaited<ReturnType<BuildWorld["build"]>>) => (await rebuild(made))[0]!;

  it("gives it no network, no folder of the machine's, and nobody's home", async () => {
    const nosy = await world.build("nosy");
    expect((await resultOf(nosy)).result).to.equal("rebuilt");
    const read = (name: string) => readFileSync(join(world.nix.realPath(nosy.published[0]!.storePath), name), "utf8");
    expect(read("interfaces").trim().split("\n").slice(2)).to.deep.equal(["lo"]);
    // Some builds of Nix bring a /bin/sh along.
    const folders = read("folders")
      .split("\n")
      .filter((name) => name !== "" && name !== "/bin");
    expect(folders).to.deep.equal(["/build", "/dev", "/etc", "/nix", "/proc", "/tmp"]);
    expect(read("home").trim()).to.equal("/homeless-shelter /build");
  });

  it("runs nothing out of the sandbox, nor for features that the machine does not have", async () => {
    for (const attribute of ["noSandbox", "features"]) {
      const outcome = await resultOf(await world.pretend(attribute));
      expect(outcome.result, attribute).to.equal("failed");
    }
  });

  it("takes settings of the member's, and none that its word stands on", async () => {
    const settings = [`sandbox-paths = /tools=${world.busybox}`, "sandbox = false", "sandbox-fallback = true"];
    const [nosy] = await rebuild(await world.build("nosy"), { settings });
    if (nosy?.result !== "differs") throw new Error(nosy?.result);
    expect(nosy.differences.map(({ path }) => path)).to.deep.equal(["folders"]);
    const kept = readFileSync(nosy.kept!.rebuilt, "utf8");
    expect(kept).to.include("/tools").and.to.include("/build").and.not.to.include("/root");
    const [noSandbox] = await rebuild(await world.pretend("noSandbox"), { settings });
    expect(noSandbox).to.include({ result: "failed" });
  });

  it("refuses what is named by its contents", async () => {
    const { published } = await world.build("library");
    for (const name of ["floating", "impure"]) {
      const forged = await world.forge(derivationVector(name).text.toString(), `${name}.drv`);
      const provide = () => Promise.resolve(forged);
      expect(await codeOf(() => rebuild({ derivation: forged.storePath, published }, { provide }))).to.equal(
        "REBUILD_REFUSED",
      );
    }
  });

  for (const attribute of ["odd", "structured"])
    it(`gets the same of what is unusual and allowed: ${attribute}`, async () => {
      expect((await resultOf(await world.build(attribute))).result).to.equal("rebuilt");
    });

  for (const attribute of ["deep", "pipe"])
    it(`keeps nothing of what no store can hold: ${attribute}`, async () => {
      const outcome = await resultOf(await world.pretend(attribute));
      expect(outcome).to.include({ result: "failed" });
    });

  it("works below a symlink", async () => {
    const link = join(folder, "link");
    symlinkSync(scratch, link);
    const [outcome] = await rebuild(await world.build("library"), { scratch: link });
    expect(outcome).to.include({ result: "rebuilt" });
  });
});
