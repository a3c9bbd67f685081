import { expect } from "chai";
import { readFile, stat, writeFile } from "node:fs/promises";
import { openKeystore } from "../../src/keys/keystore.js";
import { CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

describe("catnix key and catnix registry", function () {
  this.timeout(60_000);
  let world: CliWorld;
  before(async () => {
    world = await CliWorld.start();
  });
  after(() => world.close());

  it("key create: a keystore for its owner alone, never over another one", async () => {
    const args = ["key", "create", "--out", "new.json", "--password-file", "password", "--json"];
    const made = await world.run(args);
    expect([made.code, made.stderr]).to.deep.equal([0, ""]);
    const { address } = JSON.parse(made.stdout) as { address: string };
    const file = world.file("new.json");
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    const password = (await readFile(world.file("password"), "utf8")).trim();
    const wallet = await openKeystore(file, password);
    expect(wallet.address).to.equal(address);
    expect(made.stdout).not.to.include(wallet.privateKey.slice(2));

    const again = await world.run(args);
    expect([again.code, errorCodeOf(again)]).to.deep.equal([1, "FILE_EXISTS"]);
    expect((await openKeystore(file, password)).address).to.equal(address);
  });

  it("registry deploy: refuses a council that is none and a file that exists, before anything is paid", async () => {
    const { address } = await openKeystore(world.file("alice.json"), await passwordOf());
    const council = { members: [address], publishThreshold: 1, councilThreshold: 1 };
    await writeFile(world.file("council.json"), JSON.stringify(council));
    await writeFile(world.file("bad.json"), JSON.stringify({ ...council, publishThreshold: 2 }));
    const block = await world.registry.rpc("eth_blockNumber");
    const deploy = (...args: string[]) => world.run(["registry", "deploy", "--json", ...args, ...world.keyOf("payer")]);
    const bad = await deploy("--council", "bad.json");
    expect([bad.code, errorCodeOf(bad)]).to.deep.equal([1, "COUNCIL_INVALID"]);
    const before = await readFile(world.file("catnix.json"));
    const exists = await deploy("--council", "council.json", "--out", "catnix.json");
    expect([exists.code, errorCodeOf(exists)]).to.deep.equal([1, "FILE_EXISTS"]);
    expect((await readFile(world.file("catnix.json"))).equals(before)).to.equal(true);
    expect(await world.registry.rpc("eth_blockNumber")).to.equal(block);
  });

  it("registry withdraw: asks for a target before it asks for a password", async () => {
    const key = ["--key", world.file("guardian.json")];
    for (const target of [[], ["--build", "12"], ["--batch", "1", "--closure"]]) {
      const result = await world.run(["registry", "withdraw", "--reason", "x", "--json", ...target, ...key]);
      expect([result.code, errorCodeOf(result)]).to.deep.equal([64, "USAGE"]);
    }
    const unknown = ["--path", "/nix/store/si7qpqdvwk04xz5wjn3mhn0l552kn578-alone", ...world.keyOf("guardian")];
    const result = await world.run(["registry", "withdraw", "--reason", "x", "--json", ...unknown]);
    expect([result.code, errorCodeOf(result)]).to.deep.equal([1, "CAT_PATH_UNKNOWN"]);
  });

  async function passwordOf(): Promise<string> {
    return (await readFile(world.file("password"), "utf8")).trim();
  }
});
