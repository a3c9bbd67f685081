import { expect } from "chai";
import { cp, mkdtemp, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildClosure, buildUnapproved, runProgram, type Closure } from "../../scripts/lab/debian-closure.js";
import { ensureNix } from "../../scripts/lab/ensure-nix.js";
import { isLabError } from "../../scripts/lab/lab-error.js";
import { NixClient } from "../../scripts/lab/nix-client.js";
import { runCommand } from "../../scripts/lab/run-command.js";

/** A real Nix builds a real closure; another one, which has nothing but the first one's store, builds the same. */
describe("e2e: the lab's closure", function () {
  this.timeout(180_000);
  const silent = () => undefined;
  let folder: string;
  let builder: NixClient;
  let closure: Closure;
  let busybox: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "catnix-closure-"));
    ({ busybox } = await ensureNix(silent));
    builder = await NixClient.open(join(folder, "builder"));
    closure = await buildClosure({ client: builder, workDir: join(folder, "work"), log: silent });
  });

  after(async () => {
    // Every store in the folder is read-only, and an ordinary user cannot delete from read-only folders.
    await runCommand("chmod", ["-R", "u+w", folder]);
    await runCommand("rm", ["-rf", folder]);
  });

  it("is a closure with true references", async () => {
    const infos = await builder.pathInfo(closure.paths);
    const refersTo = new Map(infos.map(({ path, references }) => [path, references]));
    expect(closure.paths.at(-1)).to.equal(closure.root);
    expect(refersTo.get(closure.root)).to.deep.equal([closure.program]);
    expect(refersTo.get(closure.program)).to.include(closure.program).and.to.have.length.greaterThan(3);
    expect(closure.narBytes).to.equal(infos.reduce((sum, { narSize }) => sum + narSize, 0));
    expect((await builder.verify()).code).to.equal(0);
  });

  it("runs, with the libraries of the closure and no other", async () => {
    const { stdout } = await runProgram(builder.root, closure.root, "bin/catnix-report");
    expect(stdout).to.match(/^\d+ packages, \d+ KiB installed, the largest is \S+\n$/);
    const count = await runProgram(builder.root, closure.root, "bin/catnix-report", [".count"]);
    expect(Number(count.stdout)).to.equal(closure.paths.length - 1);

    const filter = 'select(test("\\\\.so")) | split(" ") | last';
    const maps = await runProgram(builder.root, closure.program, "bin/jq", ["-Rr", filter, "/proc/self/maps"]);
    const libraries = [...new Set(maps.stdout.trim().split("\n"))];
    expect(libraries).to.have.length.greaterThan(3);
    for (const library of libraries) expect(library).to.match(new RegExp(`^${builder.root}/nix/store/`));
  });

  it("runs from anywhere, by a link, under dash and under busybox", async () => {
    const elsewhere = join(folder, "else where");
    await cp(join(builder.root, "nix/store"), join(elsewhere, "nix/store"), {
      recursive: true,
      verbatimSymlinks: true,
    });
    const program = join(elsewhere, closure.root, "bin/catnix-report");
    await symlink(program, join(folder, "link"));
    const runs = await Promise.all([
      runCommand(join(folder, "link"), []),
      runCommand("dash", [program]),
      runCommand(busybox, ["sh", program]),
    ]);
    expect(runs.map(({ code, stderr }) => [code, stderr])).to.deep.equal(runs.map(() => [0, ""]));
    expect(new Set(runs.map(({ stdout }) => stdout)).size).to.equal(1);
  });

  it("is rebuilt by somebody else from the derivation and the store alone, to the same NarHashes", async () => {
    const rebuilder = await NixClient.open(join(folder, "rebuilder"));
    const copied = await rebuilder.copyFrom(builder.root, [closure.drv], { derivation: true, checkSigs: false });
    expect(copied.code, copied.stderr).to.equal(0);
    expect(await rebuilder.isValid(closure.root)).to.equal(false);
    const built = await rebuilder.realise([closure.drv]);
    expect(built.stdout.trim()).to.equal(closure.root);
    expect(await rebuilder.narHashes(closure.paths)).to.deep.equal(await builder.narHashes(closure.paths));
    expect((await rebuilder.checkReproducible(closure.drv)).code).to.equal(0);
  });

  it("has a path outside of it for the attacks", async () => {
    const { path } = await buildUnapproved({ client: builder, workDir: join(folder, "work"), log: silent });
    expect(await builder.isValid(path)).to.equal(true);
    expect(closure.paths).not.to.include(path);
  });

  it("substitutes what is signed with a trusted key and nothing else", async () => {
    const { secretFile, publicKey } = await builder.generateKey("lab-1");
    await builder.run("nix", ["store", "sign", "--key-file", secretFile, "--recursive", closure.root], { check: true });
    const cache = `file://${join(folder, "cache")}`;
    await builder.run("nix", ["copy", "--to", `${cache}?compression=none`, closure.root], { check: true });
    const reader = await NixClient.open(join(folder, "reader"));
    expect((await reader.realise([closure.root], { substituters: [cache] })).code).not.to.equal(0);
    await reader.clearCache();
    const result = await reader.realise([closure.root], { substituters: [cache], trustedKeys: [publicKey] });
    expect(result.code, result.stderr).to.equal(0);
    expect(await reader.narHashes(closure.paths)).to.deep.equal(await builder.narHashes(closure.paths));
    await reader.remove();
  });

  it("says which package a suite does not have", async () => {
    const options = { client: builder, workDir: join(folder, "work"), log: silent };
    const error: unknown = await buildClosure({ ...options, package: "no-such-package" }).catch(
      (thrown: unknown) => thrown,
    );
    expect(isLabError(error, "PACKAGE_UNKNOWN")).to.equal(true);
  });
});
