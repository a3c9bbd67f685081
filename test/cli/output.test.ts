import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { toHex } from "../../src/encoding/hex.js";
import { openKeystore, readPasswordFile } from "../../src/keys/keystore.js";
import { makeRecord, swarmIdOf } from "../support/fill-index.js";
import { encodeNar } from "../support/nar-tree.js";
import { CliWorld } from "./support/cli-world.js";
import { cliCommand } from "./support/run-cli.js";

const ESCAPE = "\u001b";

/** What commands print where, whatever they are about. `publish`, `serve` and `dev` are in test/e2e. */
describe("what commands print", function () {
  this.timeout(120_000);
  let world: CliWorld;
  before(async () => {
    world = await CliWorld.start();
    await world.registry.mine(10);
    const { address } = await openKeystore(world.file("alice.json"), await readPasswordFile(world.file("password")));
    const council = { members: [address], publishThreshold: 1, councilThreshold: 1 };
    await writeFile(world.file("council.json"), JSON.stringify(council));
    await world.writeConfig("catnix.json", {}, { relay: { port: 0 } });
    await world.draft("a");
  });
  after(() => world.close());

  const swarmId = () =>
    toHex(swarmIdOf(makeRecord("a", encodeNar({ type: "regular", executable: false, contents: Buffer.from("a") }))));
  const commands: Record<string, () => string[]> = {
    config: () => ["config"],
    doctor: () => ["doctor"],
    "key create": () => ["key", "create", "--out", "k.json", "--password-file", "password"],
    "registry show": () => ["registry", "show"],
    "registry deploy": () => ["registry", "deploy", "--council", "council.json", ...world.keyOf("payer")],
    "batch create": () => ["batch", "create", "--record", swarmId(), "--out", "b.json"],
    "batch show": () => ["batch", "show", "b.json"],
    "batch sign": () => ["batch", "sign", "b.json", "--yes", ...world.keyOf("alice")],
    "batch sign, by the other": () => ["batch", "sign", "b.json", "--yes", ...world.keyOf("bob")],
    "batch submit": () => ["batch", "submit", "b.json", ...world.keyOf("payer")],
    "registry withdraw": () => ["registry", "withdraw", "--batch", "1", "--reason", "x", ...world.keyOf("guardian")],
  };

  // One after the other, as they build on each other.
  for (const [name, args] of Object.entries(commands))
    it(`${name} --json: one object on one line and nothing else, in no colour`, async () => {
      const { code, stdout, stderr } = await world.run([...args(), "--json"], { FORCE_COLOR: "1" });
      expect([code, stderr]).to.deep.equal([0, ""]);
      expect(stdout).to.match(/^\{[^\n]*\}\n$/);
      expect(stdout).not.to.include(ESCAPE);
      expect(JSON.parse(stdout)).to.be.an("object");
    });

  it("says to people what was sent, and with --quiet nothing but the result", async () => {
    const deploy = ["registry", "deploy", "--council", "council.json", ...world.keyOf("payer")];
    const told = await world.run(deploy);
    expect([told.code, told.stderr.split("\n")[0]]).to.match(/^0,sent 0x[0-9a-f]{64}, waiting/);
    const quiet = await world.run([...deploy, "--quiet"]);
    expect([quiet.code, quiet.stderr]).to.deep.equal([0, ""]);
    expect(JSON.parse(quiet.stdout)).to.have.property("chain");
  });

  it("leaves an RPC URL with a secret out of what registry deploy prints", async () => {
    const env = { CATNIX_CHAIN_RPC_URL: `${world.registry.rpcUrl}/?key=geheim` };
    const args = ["registry", "deploy", "--council", "council.json", ...world.keyOf("payer")];
    const { code, stdout, stderr } = await world.run(args, env);
    expect(code, stderr).to.equal(0);
    expect((JSON.parse(stdout) as { chain: object }).chain).to.have.keys("chainId", "registry", "deploymentBlock");
    expect(stdout + stderr).not.to.include("geheim");
  });

  it("colours nothing in a pipe but by FORCE_COLOR", async () => {
    for (const [env, coloured] of [
      [{ CI: "true" }, false],
      [{ FORCE_COLOR: "1" }, true],
      [{ FORCE_COLOR: "1", NO_COLOR: "1" }, false],
    ] as const) {
      const { stdout, stderr } = await world.run(["config", "--explain", "--config", "none.json"], env);
      expect(stdout.includes(ESCAPE)).to.equal(coloured);
      expect(stderr.includes(ESCAPE)).to.equal(coloured);
    }
  });

  it("says what it waits for", async () => {
    let answer: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    const { rpcProxy } = world.registry;
    rpcProxy.rule = async (_call, result) => {
      await held;
      return result;
    };
    const config = await world.writeConfig("slow.json", { rpcUrl: rpcProxy.url });
    const [program, args] = cliCommand(["registry", "show", "--config", config]);
    const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
    const ended = once(child, "exit");
    let said = "";
    for await (const piece of child.stderr as AsyncIterable<Buffer>) {
      said += piece.toString();
      if (said.includes("waiting for the RPC")) answer();
    }
    expect((await ended)[0]).to.equal(0);
    expect(said).to.include(rpcProxy.url);
  });
});
