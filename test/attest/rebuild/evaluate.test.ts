import { copyFileSync, cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { runCommand } from "../../../scripts/lab/run-command.js";
import { nativeSystem } from "../../../src/cli/attest/native-system.js";
import { evaluate } from "../../../src/attest/rebuild/evaluate.js";
import { removeTree } from "../../../src/nix/remove-tree.js";
import { codeOf } from "../../support/code-of.js";
import { makeTempFolder } from "../../support/temp-folder.js";
import { BuildWorld } from "../support/build-world.js";

const system = nativeSystem();

/** It has an input, so that Nix would write a lock file. */
const flakeNix = (input: string) => `{
  inputs.other = { url = "path:${input}"; flake = false; };
  outputs = { self, other }:
    let builds = import ./builds.nix { busybox = ./busybox; system = "${system}"; };
    in {
      packages.${system} = { default = builds.package; inherit (builds) library; "a.b" = builds.tool; };
      broken = throw "on purpose";
      text = "no derivation";
    };
}
`;

describe("attest/rebuild/evaluate", function () {
  this.timeout(120_000);
  let folder: string;
  let flake: string;
  let world: BuildWorld;
  const environment = process.env;
  const cwd = process.cwd();
  before(async () => {
    folder = (await makeTempFolder()).path;
    world = await BuildWorld.make(folder);
    process.env = { ...environment, ...world.client.environment };
    flake = join(folder, "flake");
    mkdirSync(flake);
    mkdirSync(join(folder, "other"));
    writeFileSync(join(flake, "flake.nix"), flakeNix(join(folder, "other")));
    copyFileSync(new URL("../support/builds.nix", import.meta.url), join(flake, "builds.nix"));
    cpSync(world.busybox, join(flake, "busybox"), { recursive: true, verbatimSymlinks: true });
    process.chdir(folder);
  });
  after(async () => {
    process.chdir(cwd);
    process.env = environment;
    await world.close();
    removeTree(folder);
  });

  const run = (expression: string, ...attributes: string[]) =>
    evaluate(expression, {
      ...{ attributes, store: world.client.root, storeDir: "/nix/store", signal: new AbortController().signal },
    });

  it("evaluates a flake in a folder, however it is named", async () => {
    const [library, tool, all] = await Promise.all(
      ["library", "tool", "package"].map((name) => world.instantiate(name)),
    );
    for (const name of [flake, "flake", "./flake", `path:${flake}`]) expect(await run(name), name).to.deep.equal([all]);
    expect(await run(`${flake}#packages.${system}.library`)).to.deep.equal([library]);
    expect(await run("./flake#library")).to.deep.equal([library]);
    expect(await run("flake", "library", `packages.${system}."a.b"`)).to.deep.equal([library, tool]);
    expect(existsSync(join(flake, "flake.lock"))).to.equal(false);
  });

  it("evaluates a flake of a Git repository, of which only what is tracked counts", async () => {
    const git = join(folder, "git");
    cpSync(flake, git, { recursive: true, verbatimSymlinks: true });
    const inGit = (...args: string[]) => runCommand("git", ["-C", git, ...args], { check: true });
    await inGit("init", "--quiet");
    const reference = `git+${pathToFileURL(git).href}`;
    expect(await codeOf(() => run(`${reference}#library`))).to.equal("EVALUATION_FAILED");
    await inGit("add", ".");
    await inGit("-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "--quiet", "-m", "x");
    expect(await run(`${reference}#library`)).to.deep.equal([await world.instantiate("library")]);
  });

  it("takes a file whose name looks like an option for a file, and a reference for a reference", async () => {
    writeFileSync(join(folder, "--version"), `import ${flake}/builds.nix { busybox = ${world.busybox}; }`);
    expect(await run("--version", "library")).to.deep.equal([await world.instantiate("library")]);
    for (const name of ["--help", "--impure", "-", "", "--option"])
      expect(await codeOf(() => run(name)), name).to.equal("EVALUATION_FAILED");
  });

  it("refuses what makes no derivation", async () => {
    for (const attribute of ["nothing", "broken", "text", '"', "%", "$(id)"])
      expect(await codeOf(() => run(flake, attribute)), attribute).to.equal("EVALUATION_FAILED");
    expect(await codeOf(() => run(`${flake}#library`, "library"))).to.equal("EVALUATION_FAILED");
    expect(await codeOf(() => run("./not-there"))).to.equal("EVALUATION_FAILED");
  });

  it("ends at the signal", async () => {
    const reason = new Error("Ctrl-C");
    const signal = AbortSignal.abort(reason);
    const asked = { attributes: [], store: world.client.root, storeDir: "/nix/store", signal };
    expect(await evaluate(flake, asked).catch((error: unknown) => error)).to.equal(reason);
  });
});
