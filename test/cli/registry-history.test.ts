import { expect } from "chai";
import { Wallet } from "ethers";
import { formatCharter } from "../../src/members/charter.js";
import { withdrawBatch, withdrawBuild } from "../../src/registry/transact.js";
import { sampleCharter, sampleMember } from "../members/support/sample-charter.js";
import { makeRecord } from "../support/fill-index.js";
import { publishBatch } from "../support/publish-batch.js";
import { changeCouncil, retireRegistry } from "../support/submit-acts.js";
import { wellKnownKey } from "../support/well-known-key.js";
import { CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

interface History {
  readonly total: number;
  readonly decisions: readonly Record<string, unknown>[];
}

/** Everything that was decided about a registry, and by whom. */
describe("catnix registry history", function () {
  this.timeout(60_000);
  const walletOf = (at: number) => new Wallet(wellKnownKey(at));
  const [alice, bob, carol, newcomer] = [1, 2, 3, 9].map(walletOf) as [Wallet, Wallet, Wallet, Wallet];
  const swarmId = "ab".repeat(32);
  const reason = "\u001b[2Jback\u202edoor";
  let world: CliWorld;
  let charter: string;
  before(async () => {
    world = await CliWorld.start();
    const { registry } = world;
    ({ address: charter } = await registry.store.write(formatCharter(sampleCharter([sampleMember("alice", 1)]))));
    await publishBatch(registry, makeRecord("a", Buffer.from("a")));
    await changeCouncil(registry, { charter });
    const members = [alice, bob, newcomer].map(({ address }) => address);
    await changeCouncil(registry, { members, councilThreshold: 1, publishThreshold: 1 }, [newcomer]);
    await withdrawBatch(registry.registry, registry.guardian, 1, reason);
    await withdrawBuild(registry.registry, registry.guardian, swarmId, "again");
    await retireRegistry(registry, { successorChainId: 5n, successor: carol.address });
  });
  after(() => world.close());
  afterEach(() => {
    world.registry.rpcProxy.rule = (_call, result) => result;
  });

  const run = (...args: string[]) => world.runHere(["registry", "history", ...args]);

  it("tells each change, its approvers, its transaction and its time, the newest first", async () => {
    const { code, stdout, stderr } = await run("--json");
    expect(code, stderr).to.equal(0);
    const { total, decisions } = JSON.parse(stdout) as History;
    expect(total).to.equal(6);
    expect(decisions.map(({ kind, seq, alarm }) => [kind, seq ?? alarm])).to.deep.equal([
      ["retirement", 4],
      ["alarm", 2],
      ["alarm", 1],
      ["council", 3],
      ["council", 2],
      ["council", 0],
    ]);
    for (const decision of decisions) {
      expect(decision["transactionHash"]).to.match(/^0x[0-9a-f]{64}$/);
      expect(decision["time"]).to.be.closeTo(Date.now() / 1000, 600);
    }
    const [retired, build, batch, second, first, founding] = decisions as [
      object,
      object,
      object,
      object,
      object,
      object,
    ];
    expect(retired).to.deep.include({ retirement: { successorChainId: "5", successor: carol.address } });
    expect(build).to.deep.include({ withdrawn: { swarmId, through: 4 }, reason: "again" });
    expect(batch).to.deep.include({ withdrawn: { batch: 1 }, reason });
    expect(second)
      .to.have.property("difference")
      .that.deep.includes({
        joins: [newcomer.address],
        leaves: [carol.address],
        councilThreshold: { was: 2, is: 1 },
      });
    expect(second).to.have.property("approvers").with.members([alice.address, bob.address]);
    expect(first)
      .to.have.property("difference")
      .with.property("charter")
      .that.deep.equals({ was: "0".repeat(64), is: charter });
    expect(founding).not.to.have.property("difference");
    expect(founding).to.have.property("approvers").that.deep.equals([]);
  });

  it("says it to people, with names of the charter and reasons that do nothing to a terminal", async () => {
    const { stdout } = await run();
    for (const line of [
      `+ ${newcomer.address}`,
      `- ${carol.address}`,
      `approved by ${alice.address}  alice`,
      `successor ${carol.address} on chain 5`,
      "~ councilThreshold 1, was 2",
      'batch 1 withdrawn by the guardian: "',
      "back\\u{202e}door",
      "founding",
    ])
      expect(stdout).to.include(line);
    expect(stdout).not.to.include(reason);
    const short = await run("--limit", "2");
    expect(short.stdout).to.include("4 older decisions not shown").and.not.to.include("founding");
  });

  it("believes no endpoint that leaves something out: RPC_ANSWER_INVALID", async () => {
    const { rpcProxy } = world.registry;
    const config = await world.writeConfig("proxied.json", { rpcUrl: rpcProxy.url });
    for (const left of [1, -1]) {
      rpcProxy.rule = ({ method }, result) =>
        method === "eth_getLogs"
          ? (result as unknown[]).filter((_, at, all) => at !== (left < 0 ? all.length - 1 : left))
          : result;
      expect(errorCodeOf(await run("--json", "--config", config))).to.equal("RPC_ANSWER_INVALID");
    }
  });
});
