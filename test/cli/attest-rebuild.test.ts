import { expect } from "chai";
import { existsSync, mkdirSync } from "node:fs";
import { copyFile, cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { nativeSystem } from "../../src/cli/attest/native-system.js";
import { parseAttestation } from "../../src/members/attestation.js";
import { formatPublicKey } from "../../src/nix/signing-key.js";
import { BinaryCache } from "../attest/support/binary-cache.js";
import { BuildWorld } from "../attest/support/build-world.js";
import { collect } from "../support/collect.js";
import { mountSmallDisk } from "../support/small-disk.js";
import { CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

const MEMBER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const system = nativeSystem();
const expression = fileURLToPath(new URL("../attest/support/builds.nix", import.meta.url));

interface Printed {
  readonly counts: Record<string, number>;
  readonly remembered: number;
  readonly file: string;
  readonly report: string;
  readonly rows: readonly {
    readonly storePath: string;
    readonly result: string;
    readonly deriver?: string;
    readonly reason?: string;
  }[];
}

/** A real publisher's Nix, a real member's rebuild, and a chain and a Swarm between them. */
describe("catnix attest, by rebuilding", function () {
  this.timeout(240_000);
  let world: CliWorld;
  let builds: BuildWorld;
  before(async () => {
    world = await CliWorld.start();
    mkdirSync(world.file("builds"));
    builds = await BuildWorld.make(world.file("builds"));
    const attributes = ["package", "random", "fails", "foreign"].map((name) => `inherit (builds) ${name};`);
    const builtBy = `let builds = import ${expression} { busybox = ${builds.busybox}; }; in { ${attributes.join(" ")} }`;
    await writeFile(world.file("default.nix"), builtBy);
  });
  after(async () => {
    await builds.close();
    await world.close();
  });

  async function publish(file: string, paths: readonly string[], ...args: string[]): Promise<string> {
    const store = ["--store", builds.client.root, "--out", world.file(file)];
    const result = await world.runHere(["publish", ...paths, ...store, "--json", ...args]);
    expect(result.code, result.stderr).to.equal(0);
    return world.file(file);
  }

  async function attest(file: string, out: string, ...args: string[]): Promise<{ error?: string; printed: Printed }> {
    return attestIn(world.folder, file, out, ...args);
  }

  /** @param scratch where throwaway stores are made */
  async function attestIn(
    scratch: string,
    file: string,
    out: string,
    ...args: string[]
  ): Promise<{ error?: string; printed: Printed }> {
    const named = ["--member", MEMBER, "--out", world.file(out), "--no-upload", "--json"];
    const env = { ...builds.client.environment, TMPDIR: scratch };
    const result = await world.run(["attest", file, ...named, ...args], env);
    const error = result.code === 0 ? {} : { error: errorCodeOf(result) };
    return { ...error, printed: (result.stdout ? JSON.parse(result.stdout) : {}) as Printed };
  }

  const resultsOf = ({ rows }: Printed) =>
    new Map(rows.map(({ storePath, ...row }) => [storePath.slice(44), row] as const));
  const evaluated = () => ["--eval", world.file("default.nix"), "--store", builds.client.root];

  it("rebuilds what the member evaluated itself, and knows sources by their paths", async () => {
    const { published } = await builds.build("package");
    const file = await publish(
      "package.json",
      published.map(({ storePath }) => storePath),
    );
    const { error, printed } = await attest(file, "package", ...evaluated(), "--attr", "package");
    expect(error, JSON.stringify(printed)).to.equal(undefined);
    const results = resultsOf(printed);
    expect(results.get("package-1.0")).to.include({ result: "rebuilt" });
    expect(results.get("package-1.0")?.deriver).to.match(/-package-1\.0\.drv$/);
    expect(results.get("package-1.0-dev")?.result).to.equal("rebuilt");
    expect(printed.rows.filter(({ result }) => result !== "rebuilt" && result !== "addressed")).to.deep.equal([]);
    const attestation = parseAttestation(await readFile(printed.file), printed.file);
    expect(attestation.nix).to.match(/^nix \(Nix\) \d/);
    expect(await readFile(printed.report, "utf8")).to.include("package-1.0.drv");

    const again = await attest(file, "package", ...evaluated());
    expect([again.error, again.printed.remembered]).to.deep.equal([undefined, printed.rows.length]);
  });

  it("rebuilds what the member's flake makes", async () => {
    const { published } = await builds.build("library");
    const file = await publish("flake.json", [published[0]!.storePath]);
    await mkdir(world.file("flake"));
    await copyFile(expression, world.file("flake/builds.nix"));
    await cp(builds.busybox, world.file("flake/busybox"), { recursive: true, verbatimSymlinks: true });
    const outputs = `_: { packages.${system} = import ./builds.nix { busybox = ./busybox; system = "${system}"; }; }`;
    await writeFile(world.file("flake/flake.nix"), `{ outputs = ${outputs}; }`);
    const own = ["--eval", `${world.file("flake")}#library`, "--store", builds.client.root];
    const { error, printed } = await attest(file, "flake", ...own);
    expect(error, JSON.stringify(printed)).to.equal(undefined);
    expect(resultsOf(printed).get("library-1.0")?.result).to.equal("rebuilt");
  });

  it("catches what is another each time, names the file, and keeps both NARs", async () => {
    const { published } = await builds.build("random");
    const file = await publish("random.json", [published[0]!.storePath]);
    const { error, printed } = await attest(file, "random", ...evaluated());
    expect(error).to.equal("BATCH_NOT_VOUCHED");
    const row = resultsOf(printed).get("random-1.0");
    expect(row).to.include({ result: "differs" });
    expect(row?.reason).to.match(/^share\/stamp: other bytes/);
    const kept = join(world.file("random"), "rebuilds", published[0]!.storePath.slice(11));
    expect([existsSync(`${kept}.published.nar`), existsSync(`${kept}.rebuilt.nar`)]).to.deep.equal([true, true]);
  });

  it("takes the derivations that the CAT lists, where nothing is evaluated, and inputs from the batch", async () => {
    const { published } = await builds.build("package");
    const file = await publish("listed.json", [published[0]!.storePath], "--with-derivations");
    // The tools that it was built with are nowhere but in the publisher's store.
    const { error, printed } = await attest(file, "listed", "--store", builds.client.root);
    expect(error, JSON.stringify(printed)).to.equal(undefined);
    const results = resultsOf(printed);
    expect(results.get("package-1.0")?.result).to.equal("rebuilt");
    expect(results.get("package-1.0.drv")?.result).to.equal("addressed");
  });

  it("says that the disk is full, leaves nothing there, and goes on once there is room: DISK_FULL", async function () {
    const { published } = await builds.build("package");
    const file = await publish("full.json", [published[0]!.storePath], "--with-derivations");
    const disk = await mountSmallDisk(this, 64 << 20);
    const attestThere = () => attestIn(disk.path, file, "full", "--store", builds.client.root, "--recheck");
    try {
      // Too little for the throwaway store itself, and for what is put into it.
      for (const left of [0, 1 << 20]) {
        disk.fill(left);
        expect((await attestThere()).error, `${left} bytes left`).to.equal("DISK_FULL");
        expect((await readdir(disk.path)).filter((name) => name.startsWith("catnix-"))).to.deep.equal([]);
      }
      disk.makeRoom();
      const { error, printed } = await attestThere();
      expect(error, JSON.stringify(printed)).to.equal(undefined);
      expect(resultsOf(printed).get("package-1.0")?.result).to.equal("rebuilt");
    } finally {
      await disk.remove();
    }
  });

  it("does not vouch any more for what was built with a row that was left out", async () => {
    const [{ published }, tool] = [await builds.build("package"), await builds.build("tool")];
    const toolPath = tool.published[0]!.storePath;
    const file = await publish("with-tool.json", [published[0]!.storePath, toolPath], "--with-derivations");
    // Whose own store has nothing of it.
    const { root } = await builds.copyOutputs([(await builds.build("random")).published[0]!.storePath]);
    // Other tests found out about the package by another store.
    const first = await attest(file, "with-tool", "--store", root, "--recheck");
    expect(first.error, JSON.stringify(first.printed)).to.equal(undefined);
    expect(resultsOf(first.printed).get("package-1.0")?.result).to.equal("rebuilt");
    const again = await attest(file, "with-tool", "--store", root);
    expect(again.printed.remembered).to.equal(first.printed.rows.length);

    const leaveOut = ["--leave-out", toolPath, "--draft", world.file("without-tool.json")];
    const without = await attest(file, "without-tool", "--store", root, ...leaveOut);
    expect(without.error).to.equal("BATCH_NOT_VOUCHED");
    const row = resultsOf(without.printed).get("package-1.0");
    expect(row).to.include({ result: "failed" });
    expect(row?.reason).to.include("-tool-1.0");
  });

  it("holds what it cannot rebuild to the builders that are named, and else says why", async () => {
    const { published } = await builds.build("random");
    const path = published[0]!;
    const file = await publish("elsewhere.json", [path.storePath]);
    const other = ["--eval", world.file("default.nix"), "--attr", "package", "--store", builds.client.root];
    const alone = await attest(file, "elsewhere", ...other, "--recheck");
    expect(alone.error).to.equal("BATCH_NOT_VOUCHED");
    expect(resultsOf(alone.printed).get("random-1.0")).to.include({ result: "failed" });

    const cache = await BinaryCache.start();
    const nar = await collect(path.nar(new AbortController().signal));
    cache.list(path.storePath, nar, { references: path.references.map((reference) => reference.slice(11)) });
    const builder = ["--builder", cache.url, "--builder-key", formatPublicKey(cache.key.publicKey)];
    const compared = await attest(file, "elsewhere", ...other, ...builder, "--recheck");
    await cache.close();
    expect(compared.error, JSON.stringify(compared.printed)).to.equal(undefined);
    expect(resultsOf(compared.printed).get("random-1.0")).to.include({ result: "copied" });
  });

  it("says what Nix says where it cannot evaluate, and refuses options that do not fit", async () => {
    const { published } = await builds.build("random");
    const file = await publish("broken.json", [published[0]!.storePath]);
    await writeFile(world.file("broken.nix"), "{ x = ");
    const store = ["--store", builds.client.root];
    expect((await attest(file, "x", "--eval", world.file("broken.nix"), ...store)).error).to.equal("EVALUATION_FAILED");
    expect((await attest(file, "x", ...evaluated(), "--attr", "nothing")).error).to.equal("EVALUATION_FAILED");
    expect((await attest(file, "x", "--attr", "package")).error).to.equal("USAGE");
    expect((await attest(file, "x", "--mode", "copy", "--eval", "y")).error).to.equal("USAGE");
  });
});
