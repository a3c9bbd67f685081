import { expect } from "chai";
import { actDigest } from "../../src/cat/act.js";
import type { ActEvent } from "../../src/registry/history.js";
import { type LinkOptions, linkActs } from "../../src/registry/linked-acts.js";
import type { Registry } from "../../src/registry/registry.js";
import { codeOf } from "../support/code-of.js";
import { makeRecord } from "../support/fill-index.js";
import { publishBatch } from "../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";
import { RpcRefusal } from "../support/rpc-proxy.js";

/** More than are asked for at a time. */
const ACTS = 67;

interface Log {
  readonly topics: readonly string[];
  readonly data: string;
}

describe("linkActs", function () {
  this.timeout(120_000);
  let world: RegistryWorld;
  let seen: Registry;
  let head: { head: string; seq: number; block: number };
  before(async () => {
    world = await startRegistryWorld();
    for (let seq = 1; seq <= ACTS; seq++) await publishBatch(world, makeRecord("one", Buffer.from(`${seq}`)));
    const state = await world.registry.state();
    head = { head: state.head, seq: state.seq, block: Number(await world.rpc("eth_blockNumber")) };
    seen = await world.see();
  });
  after(() => world.close());
  afterEach(() => {
    world.rpcProxy.rule = (_call, result) => result;
  });

  async function collect(downTo: number, options: Partial<LinkOptions> = {}): Promise<ActEvent[]> {
    const acts: ActEvent[] = [];
    const all = { deploymentBlock: world.deploymentBlock, logRange: 1000, ...options };
    for await (const act of linkActs(seen, head, downTo, all)) acts.push(act);
    return acts;
  }
  const change = (logs: (found: Log[]) => unknown) => {
    world.rpcProxy.rule = ({ method }, result) => (method === "eth_getLogs" ? logs(result as Log[]) : result);
  };

  it("gives the acts from the head back, each named by the one after it", async () => {
    const told: number[] = [];
    const acts = await collect(1, { onAct: (seq) => told.push(seq) });
    expect(told).to.deep.equal(Array.from({ length: ACTS }, (_, at) => ACTS - at));
    expect(acts.map(({ seq }) => seq)).to.deep.equal(told);
    const digests = acts.map((act) => actDigest(world.registry.id, act));
    expect(digests[0]).to.equal(head.head);
    for (const [at, act] of acts.slice(0, -1).entries())
      expect(act.kind === "batch" && act.batch.parent).to.equal(digests[at + 1]);
    expect((await collect(ACTS)).map(({ seq }) => seq)).to.deep.equal([ACTS]);
  });

  it("asks for ranges of blocks where the endpoint bears no more", async () => {
    world.rpcProxy.rule = ({ method, params }, result) => {
      const { fromBlock, toBlock } = (params[0] ?? {}) as Record<string, string>;
      if (method === "eth_getLogs" && Number(toBlock) - Number(fromBlock) >= 10)
        throw new RpcRefusal("at most 10 blocks");
      return result;
    };
    expect(await collect(1, { logRange: 10 })).to.have.length(ACTS);
    expect(await codeOf(() => collect(1))).to.equal("RPC_UNAVAILABLE");
  });

  it("refuses an endpoint that leaves an act out, changes one, or shows one in another's place", async () => {
    const topicOf = (seq: number) => `0x${seq.toString(16).padStart(64, "0")}`;
    const { root } = (await world.registry.state()).cat;
    const lies: ((found: Log[]) => unknown)[] = [
      () => [],
      (found) => found.filter(({ topics }) => topics[1] !== topicOf(30)),
      (found) => found.map((log) => ({ ...log, data: log.data.replace(root, "ab".repeat(32)) })),
      (found) => found.map((log) => (log.topics[1] === topicOf(40) ? { ...log, data: found[0]!.data } : log)),
      (found) => found.map((log) => ({ ...log, topics: log.topics.with(1, topicOf(5)) })),
    ];
    for (const lie of lies) {
      change(lie);
      expect(await codeOf(() => collect(1))).to.equal("RPC_ANSWER_INVALID");
    }
  });

  it("asks for nothing before the deployment", async () => {
    expect(await codeOf(() => collect(1, { deploymentBlock: head.block + 1 }))).to.equal("RPC_ANSWER_INVALID");
  });
});
