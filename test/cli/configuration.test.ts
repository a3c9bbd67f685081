import { expect } from "chai";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createProgram } from "../../src/cli/program.js";
import { codeOf } from "../support/code-of.js";
import { CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

const STORE_PATH = "/nix/store/si7qpqdvwk04xz5wjn3mhn0l552kn578-alone";

/** What is wrong around a command is found before it does anything. */
describe("commands with a configuration that does not hold", function () {
  this.timeout(60_000);
  let world: CliWorld;
  let draft: string;
  before(async () => {
    world = await CliWorld.start();
    draft = await world.draft("a");
    await writeFile(world.file("not-json.json"), '{"chain":');
    await writeFile(world.file("unknown-key.json"), '{"chain":{"rpcURL":"http://127.0.0.1:8545"}}');
    await writeFile(world.file("empty.json"), "{}");
    await world.writeConfig("down.json", { rpcUrl: "http://127.0.0.1:1" }); // no one listens on tcpmux
    await world.writeConfig("other-chain.json", { chainId: 1 });
    await world.writeConfig("no-registry.json", { registry: "0x000000000000000000000000000000000000dEaD" });
  });
  after(() => world.close());

  const commands: Record<string, () => string[]> = {
    publish: () => ["publish", STORE_PATH, "--store", world.folder, "--out", world.file("out.json")],
    "batch create": () => ["batch", "create", "--withdraw", STORE_PATH, "--out", world.file("out.json")],
    "batch show": () => ["batch", "show", draft],
    "batch sign": () => ["batch", "sign", draft, "--yes", "--out", world.file("out.json"), ...world.keyOf("alice")],
    "batch submit": () => ["batch", "submit", draft, ...world.keyOf("payer")],
    "registry show": () => ["registry", "show"],
    "registry withdraw": () => ["registry", "withdraw", "--batch", "1", "--reason", "x", ...world.keyOf("guardian")],
    serve: () => ["serve"],
  };
  const faults = {
    "absent.json": "FILE_UNREADABLE",
    "not-json.json": "CONFIG_INVALID",
    "unknown-key.json": "CONFIG_INVALID",
    "empty.json": "CONFIG_INCOMPLETE",
    "down.json": "RPC_UNAVAILABLE",
    "other-chain.json": "RPC_WRONG_CHAIN",
    "no-registry.json": "REGISTRY_MISSING",
  };

  // What `serve` does about a chain that does not answer is tested with it.
  const faultsOf = (name: string) =>
    Object.entries(faults).filter(([, code]) => name !== "serve" || /^(FILE|CONFIG)_/.test(code));

  for (const [name, args] of Object.entries(commands)) {
    it(`${name}: a code for each fault, and nothing is written`, async () => {
      const found: Record<string, string | undefined> = {};
      for (const [config] of faultsOf(name)) {
        const words = ["--config", world.file(config), ...args()];
        found[config] = await codeOf(() => createProgram().parseAsync(words, { from: "user" }));
      }
      expect(found).to.deep.equal(Object.fromEntries(faultsOf(name)));
      expect(existsSync(world.file("out.json"))).to.equal(false);
    });
  }

  it("prints an error for people, and for programs with --json", async () => {
    const plain = await world.run(["registry", "show", "--config", "down.json"]);
    expect([plain.code, plain.stdout]).to.deep.equal([1, ""]);
    expect(plain.stderr).to.match(/^error: .* \[RPC_UNAVAILABLE 4001\]\nhint: .*\n$/);
    const json = await world.run(["registry", "show", "--config", "down.json", "--json"]);
    expect([json.code, json.stdout, errorCodeOf(json)]).to.deep.equal([1, "", "RPC_UNAVAILABLE"]);
    expect(json.stderr.trim().split("\n")).to.have.length(1);
  });

  it("takes the environment over catnix.json, and catnix.json from the working folder", async () => {
    const good = await world.run(["registry", "show", "--json"]);
    expect([good.code, good.stderr]).to.deep.equal([0, ""]);
    const wrong = await world.run(["registry", "show", "--json"], { CATNIX_CHAIN_CHAIN_ID: "1" });
    expect([wrong.code, errorCodeOf(wrong)]).to.deep.equal([1, "RPC_WRONG_CHAIN"]);
  });
});
