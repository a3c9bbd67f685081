import { expect } from "chai";
import { readFileSync, writeFileSync } from "node:fs";
import { removeTree } from "../../src/nix/remove-tree.js";
import { BuildWorld } from "../attest/support/build-world.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

interface Printed {
  readonly derivations?: { readonly added: number; readonly missing: readonly { readonly deriver?: string }[] };
  readonly paths: readonly { readonly storePath: string }[];
  readonly findings?: readonly { readonly path: string; readonly rule: string }[];
}

/** A real Nix's store, a real registry and node. */
describe("catnix publish --with-derivations", function () {
  this.timeout(120_000);
  let world: CliWorld;
  let builds: BuildWorld;
  let folder: string;
  let derivation: string;
  let output: string;
  before(async () => {
    world = await CliWorld.start();
    folder = (await makeTempFolder()).path;
    builds = await BuildWorld.make(folder);
    const built = await builds.build("package");
    derivation = built.derivation;
    output = built.published[0]!.storePath;
  });
  after(async () => {
    await builds.close();
    removeTree(folder);
    await world.close();
  });
  beforeEach(() => {
    world.registry.swarmProxy.requests.length = 0;
  });

  const publish = (path: string, ...options: string[]) =>
    world.run(["publish", path, "--store", builds.client.root, ...options]);
  const printed = ({ stdout }: { stdout: string }) => JSON.parse(stdout) as Printed;
  const sends = () => world.registry.swarmProxy.requests.filter((request) => !request.startsWith("GET "));

  it("shows them in a dry run, and nothing of them without the option", async () => {
    const without = printed(await publish(output, "--dry-run", "--json"));
    expect(without.derivations).to.equal(undefined);
    const { derivations, paths, findings } = printed(
      await publish(output, "--dry-run", "--json", "--with-derivations"),
    );
    expect([derivations, findings]).to.deep.equal([{ added: 7, missing: [] }, []]);
    expect(paths).to.have.length(without.paths.length + 7);
    expect(paths.map(({ storePath }) => storePath)).to.include(derivation);
    expect((await publish(output, "--dry-run", "--with-derivations")).stdout).to.match(/^recipes {4}7 paths more/m);
    expect(sends()).to.deep.equal([]);
  });

  it("holds them to all other rules of the policy", async () => {
    const [secret] = (await builds.build("secret")).published;
    const { derivation: recipe } = await builds.build("secret");
    const refused = await publish(secret!.storePath, "--with-derivations", "--dry-run", "--json");
    expect(errorCodeOf(refused)).to.equal("PUBLISH_DENIED");
    expect(printed(refused).findings?.map(({ path, rule }) => [path, rule])).to.deep.equal([[recipe, "private-key"]]);
    expect((await publish(secret!.storePath, "--dry-run")).code).to.equal(0);

    const config = JSON.parse(readFileSync(world.file("catnix.json"), "utf8")) as object;
    writeFileSync(world.file("deny.json"), JSON.stringify({ ...config, publish: { deny: { names: ["tool-*.drv"] } } }));
    const denied = await publish(output, "--with-derivations", "--json", "--config", "deny.json");
    expect(errorCodeOf(denied)).to.equal("PUBLISH_DENIED");
    expect(errorCodeOf(await publish(derivation, "--json"))).to.equal("PUBLISH_DENIED"); // as ever
    expect(sends()).to.deep.equal([]);
  });

  it("puts them into the batch, and says which are missing", async () => {
    const result = await publish(output, "--with-derivations", "--json");
    expect([result.code, result.stderr]).to.deep.equal([0, ""]);
    const { derivations, paths } = printed(result);
    expect(derivations).to.deep.equal({ added: 7, missing: [] });
    expect(paths.filter(({ storePath }) => storePath.endsWith(".drv"))).to.have.length(3);

    const reader = await builds.copyOutputs([output]);
    const args = ["publish", output, "--with-derivations", "--dry-run", "--store", reader.root];
    const lines = await world.run(args);
    expect(lines.stdout).to.include(`${output}: ${derivation} is not in the store`);
    expect(printed(await world.run([...args, "--json"])).derivations!.missing.map(({ deriver }) => deriver)).to.include(
      derivation,
    );
  });
});
