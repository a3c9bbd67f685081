import { expect } from "chai";
import { toHex } from "../../src/encoding/hex.js";
import { findEvents } from "../../src/registry/find-events.js";
import { topicsOfAlarms, topicsOfBatch } from "../../src/registry/history.js";
import type { Registry } from "../../src/registry/registry.js";
import { withdrawBatch, withdrawBuild } from "../../src/registry/transact.js";
import { codeOf } from "../support/code-of.js";
import { makeRecord, swarmIdOf } from "../support/fill-index.js";
import { publishBatch } from "../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";
import { bearBlocks } from "../support/rpc-proxy.js";

describe("findEvents", function () {
  this.timeout(60_000);
  const record = makeRecord("hello", Buffer.from("hello"));
  let world: RegistryWorld;
  let seen: Registry;
  let range: { from: number; to: number };
  before(async () => {
    world = await startRegistryWorld();
    await publishBatch(world, record);
    await world.mine(20);
    await publishBatch(world, makeRecord("other", Buffer.from("other")));
    await withdrawBuild(world.registry, world.guardian, toHex(swarmIdOf(record)), "build");
    await withdrawBatch(world.registry, world.guardian, 2, "batch");
    await world.mine(20);
    seen = await world.see();
    range = { from: world.deploymentBlock, to: await seen.chain.provider.getBlockNumber() };
  });
  after(() => world.close());
  afterEach(() => {
    world.rpcProxy.rule = (_call, result) => result;
  });

  const countCalls = () => world.rpcProxy.calls.filter(({ method }) => method === "eth_getLogs").length;

  it("finds one batch, and alarms by their target, with one question", async () => {
    world.rpcProxy.calls.length = 0;
    const { events } = await findEvents(seen, topicsOfBatch(2), range, 1000);
    expect(events.map((event) => event.kind === "batch" && event.seq)).to.deep.equal([2]);
    expect(countCalls()).to.equal(1);
    const reasons = async (target: number | Uint8Array) => {
      const { events: found } = await findEvents(seen, topicsOfAlarms(target), range, 1000);
      return found.map((event) => event.kind === "alarm" && event.reason);
    };
    expect(await reasons(2)).to.deep.equal(["batch"]);
    expect(await reasons(swarmIdOf(record))).to.deep.equal(["build"]);
    expect(await reasons(1)).to.deep.equal([]);
  });

  it("looks back in ranges where the endpoint does not bear all at once, as far as it has to", async () => {
    world.rpcProxy.rule = bearBlocks(10);
    world.rpcProxy.calls.length = 0;
    const late = await findEvents(seen, topicsOfBatch(2), range, 10);
    expect(late.events).to.have.length(1);
    const calls = countCalls();
    expect((await findEvents(seen, topicsOfBatch(1), range, 10)).events).to.have.length(1);
    expect(countCalls() - calls).to.be.greaterThan(calls);
    expect(await findEvents(seen, topicsOfBatch(9), range, 10)).to.deep.equal({ events: [], from: range.from });
  });

  it("asks a hundred ranges at most, and says where it stopped", async () => {
    const { from } = range;
    world.rpcProxy.rule = bearBlocks(1);
    await world.mine(100);
    world.rpcProxy.calls.length = 0;
    const to = await seen.chain.provider.getBlockNumber();
    expect(await findEvents(seen, topicsOfBatch(1), { from, to }, 1)).to.deep.equal({ events: [], from: to - 99 });
    expect(countCalls()).to.equal(101);
  });

  it("fails where an endpoint does not bear what it was said to, and asks nothing of an empty range", async () => {
    world.rpcProxy.rule = bearBlocks(0);
    expect(await codeOf(() => findEvents(seen, topicsOfBatch(1), range, 10))).to.equal("RPC_UNAVAILABLE");
    expect(await codeOf(() => findEvents(seen, topicsOfBatch(1), range, 1000))).to.equal("RPC_UNAVAILABLE");
    expect(await findEvents(seen, topicsOfBatch(1), { from: 9, to: 8 }, 10)).to.deep.equal({ events: [], from: 9 });
  });
});
