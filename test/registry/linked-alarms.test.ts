import { expect } from "chai";
import { toHex } from "../../src/encoding/hex.js";
import type { AlarmEvent } from "../../src/registry/history.js";
import { linkAlarms } from "../../src/registry/linked-alarms.js";
import { Registry } from "../../src/registry/registry.js";
import { withdrawBatch, withdrawBuild } from "../../src/registry/transact.js";
import { codeOf } from "../support/code-of.js";
import { makeRecord, swarmIdOf } from "../support/fill-index.js";
import { publishBatch } from "../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";
import { RpcRefusal } from "../support/rpc-proxy.js";

/** More than are asked for at a time. */
const ALARMS = 67;

interface Log {
  readonly topics: readonly string[];
  readonly data: string;
}

describe("linkAlarms", function () {
  this.timeout(120_000);
  let world: RegistryWorld;
  let seen: Registry;
  let from: { alarmHead: string; alarms: number; block: number };
  before(async () => {
    world = await startRegistryWorld();
    const { registry, guardian } = world;
    const records = Array.from({ length: ALARMS - 1 }, (_, at) => makeRecord(`r${at}`, Buffer.from(`${at}`)));
    await publishBatch(world, ...records);
    for (const [at, record] of records.entries())
      await withdrawBuild(registry, guardian, toHex(swarmIdOf(record)), `reason ${at + 1}`);
    await withdrawBatch(registry, guardian, 1, `reason ${ALARMS}`);
    const block = Number(await world.rpc("eth_blockNumber"));
    from = { ...(await registry.alarmState(block)), block };
    seen = await Registry.open(world.rpcProxy.url, registry.id);
  });
  after(async () => {
    seen.close();
    await world.close();
  });
  afterEach(() => {
    world.rpcProxy.rule = (_call, result) => result;
  });

  async function collect(logRange = 1000): Promise<AlarmEvent[]> {
    const { deploymentBlock } = world;
    const alarms: AlarmEvent[] = [];
    for await (const alarm of linkAlarms(seen, from, { deploymentBlock, logRange })) alarms.push(alarm);
    return alarms;
  }

  it("gives the alarms from the head back, each with its words", async () => {
    const alarms = await collect();
    const numbers = Array.from({ length: ALARMS }, (_, at) => ALARMS - at);
    expect(alarms.map(({ alarm }) => alarm)).to.deep.equal(numbers);
    expect(alarms.map(({ reason }) => reason)).to.deep.equal(numbers.map((number) => `reason ${number}`));
    expect(alarms[0]!.target).to.deep.equal({ seq: 1 });
  });

  it("asks for ranges of blocks where the endpoint bears no more", async () => {
    world.rpcProxy.rule = ({ method, params }, result) => {
      const { fromBlock, toBlock } = (params[0] ?? {}) as Record<string, string>;
      if (method === "eth_getLogs" && Number(toBlock) - Number(fromBlock) >= 10)
        throw new RpcRefusal("at most 10 blocks");
      return result;
    };
    expect(await collect(10)).to.have.length(ALARMS);
    expect(await codeOf(() => collect())).to.equal("RPC_UNAVAILABLE");
  });

  it("refuses an endpoint that leaves an alarm out, changes its words or its target, or shows one in another's place", async () => {
    const topicOf = (alarm: number) => `0x${alarm.toString(16).padStart(64, "0")}`;
    const words = (text: string) => Buffer.from(text).toString("hex");
    const lies: ((found: Log[]) => unknown)[] = [
      () => [],
      (found) => found.filter(({ topics }) => topics[1] !== topicOf(30)),
      (found) => found.filter(({ topics }) => topics[1] !== topicOf(1)),
      (found) => found.map((log) => ({ ...log, data: log.data.replace(words("reason 30"), words("mistake 0")) })),
      (found) => found.map((log) => ({ ...log, topics: log.topics.with(2, found[0]!.topics[2]!) })),
      (found) => found.map((log) => (log.topics[1] === topicOf(40) ? { ...log, data: found[5]!.data } : log)),
      (found) => found.map((log) => ({ ...log, topics: log.topics.with(1, topicOf(5)) })),
    ];
    for (const lie of lies) {
      world.rpcProxy.rule = ({ method }, result) => (method === "eth_getLogs" ? lie(result as Log[]) : result);
      expect(await codeOf(() => collect())).to.equal("RPC_ANSWER_INVALID");
    }
  });
});
