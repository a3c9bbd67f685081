import { expect } from "chai";
import { batchDigest, toTypedBatch } from "../../src/cat/batch.js";
import { toHex } from "../../src/encoding/hex.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { registryInterface } from "../../src/registry/contract.js";
import { withdrawBatch, withdrawBuild } from "../../src/registry/transact.js";
import { codeOf } from "../support/code-of.js";
import { makeRecord, swarmIdOf } from "../support/fill-index.js";
import { draftBatch, publishBatch } from "../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";
import { RpcRefusal } from "../support/rpc-proxy.js";

interface RawLog {
  topics: string[];
  data: string;
}
interface RawBlock {
  number: string;
  hash: string;
}

const recordOf = (name: string) => makeRecord(name, Buffer.from(name));
const nixIdOf = ({ storePath }: { storePath: string }) => parseStorePath(storePath).nixId;
const [hello, tool, late] = [recordOf("hello-1"), recordOf("tool-1"), recordOf("late-1")];

describe("indexer: an RPC endpoint that lies", function () {
  this.timeout(60_000);
  let world: RegistryWorld;

  beforeEach(async () => {
    world = await startRegistryWorld();
    await publishBatch(world, hello);
  });
  afterEach(() => world.close());

  const seqOf = (record: { storePath: string }) => world.index.findMapping(nixIdOf(record))?.row.seq;
  const lieAboutLogs = (lie: (logs: RawLog[]) => unknown) => {
    world.rpcProxy.rule = ({ method }, result) => (method === "eth_getLogs" ? lie(result as RawLog[]) : result);
  };
  const beHonest = () => {
    world.rpcProxy.rule = (_call, result) => result;
  };

  it("omits any one log: nothing of it enters, and the truth does later", async () => {
    await publishBatch(world, late);
    await publishBatch(world, tool);
    await withdrawBuild(world.registry, world.guardian, toHex(swarmIdOf(hello)), "");
    for (let at = 0; at < 5; at++) {
      lieAboutLogs((logs) => logs.filter((_, i) => i !== at));
      const indexer = await world.makeIndexer();
      expect(await codeOf(() => indexer.step()), `log ${at}`).to.equal("RPC_ANSWER_INVALID");
      expect(world.index.cursor()).to.equal(undefined);
      expect(indexer.health().stale).to.match(/^RPC_ANSWER_INVALID: /);
      beHonest();
      if (at < 4) continue;
      expect(await indexer.step()).to.include({ batches: 3 });
      expect(indexer.health()).to.include({ halted: undefined, stale: undefined });
    }
    expect([seqOf(hello), seqOf(late), seqOf(tool)]).to.deep.equal([undefined, 2, 3]);
  });

  it("omits the last log after others were taken in", async () => {
    const indexer = await world.makeIndexer();
    await indexer.step();
    const before = world.index.cursor();
    await publishBatch(world, late);
    lieAboutLogs(() => []);
    expect(await codeOf(() => indexer.step())).to.equal("RPC_ANSWER_INVALID");
    expect(world.index.cursor()).to.deep.equal(before);
    beHonest();
    await indexer.step();
    expect(seqOf(late)).to.equal(2);
  });

  it("changes a batch, or an alarm: halts and takes nothing in", async () => {
    await withdrawBatch(world.registry, world.guardian, 1, "a reason");
    const flip = (name: string) => (logs: RawLog[]) =>
      logs.map((log) => {
        if (registryInterface.parseLog(log)!.name !== name) return log;
        return { ...log, data: log.data.replace(/6e000000/, "6f000000").replace(/ee6b2800/, "ee6b2801") };
      });
    for (const name of ["BatchApproved", "BatchWithdrawn"]) {
      lieAboutLogs(flip(name));
      const indexer = await world.makeIndexer();
      expect(await codeOf(() => indexer.step()), name).to.equal("REGISTRY_HISTORY_BROKEN");
      expect(indexer.health().halted).to.match(/^REGISTRY_HISTORY_BROKEN: /);
      expect(world.index.cursor()).to.equal(undefined);
      beHonest();
      expect(await codeOf(() => indexer.step())).to.equal("REGISTRY_HISTORY_BROKEN"); // until a person starts it again
      expect(world.index.cursor()).to.equal(undefined);
    }
  });

  it("makes a whole batch up, digest and all", async () => {
    const indexer = await world.makeIndexer();
    await indexer.step();
    const { id } = world.registry;
    const forged = await draftBatch(world, [recordOf("hello-1"), late]);
    const event = registryInterface.getEvent("BatchApproved");
    const fields = [forged.seq, batchDigest(id, forged), toTypedBatch(forged), [] as string[]];
    const { data, topics } = registryInterface.encodeEventLog(event, fields);
    await world.mine(1);
    const at = { blockNumber: await world.rpc("eth_blockNumber"), blockHash: `0x${"22".repeat(32)}` };
    const place = { ...at, transactionHash: `0x${"33".repeat(32)}`, transactionIndex: "0x0", logIndex: "0x0" };
    lieAboutLogs((logs) => [...logs, { address: id.registry, topics, data, ...place, removed: false }]);
    expect(await codeOf(() => indexer.step())).to.equal("RPC_ANSWER_INVALID");
    expect(indexer.health().stale).to.include(batchDigest(id, forged)); // it came as far as the contract's own state
    expect(world.index.cursor()!.seq).to.equal(1);
    expect(seqOf(late)).to.equal(undefined);
  });

  it("is of another chain all at once", async () => {
    const indexer = await world.makeIndexer();
    world.rpcProxy.rule = ({ method }, result) => (method === "eth_chainId" ? "0x1" : result);
    expect(await codeOf(() => indexer.step())).to.equal("RPC_WRONG_CHAIN");
    expect(indexer.health().stale).to.match(/^RPC_WRONG_CHAIN: /);
    expect(world.index.cursor()).to.equal(undefined);
    beHonest();
    expect(await indexer.step()).to.include({ batches: 1 });
  });

  it("has another hash for the cursor's block: halts, and what was in is served", async () => {
    const indexer = await world.makeIndexer();
    await indexer.step();
    const cursor = world.index.cursor()!;
    await publishBatch(world, late);
    world.rpcProxy.rule = ({ method }, result) => {
      if (method !== "eth_getBlockByNumber" || Number((result as RawBlock).number) !== cursor.block) return result;
      return { ...(result as RawBlock), hash: `0x${"ab".repeat(32)}` };
    };
    expect(await codeOf(() => indexer.step())).to.equal("CHAIN_REORGANISED");
    expect(indexer.health().halted).to.match(/^CHAIN_REORGANISED: /);
    expect(world.index.cursor()).to.deep.equal(cursor);
    expect(seqOf(hello)).to.equal(1);
  });

  it("lags behind: nothing happens, and a pending withdrawal stays", async () => {
    await world.mine(20);
    const indexer = await world.makeIndexer({ finality: 10 });
    await indexer.step();
    await withdrawBatch(world.registry, world.guardian, 1, "");
    await indexer.step();
    expect(seqOf(hello)).to.equal(undefined);
    const behind = indexer.health().chainBlock! - 2;
    const older = (await world.rpc("eth_getBlockByNumber", `0x${behind.toString(16)}`, false)) as RawBlock;
    world.rpcProxy.rule = ({ method, params }, result) =>
      method === "eth_getBlockByNumber" && params[0] === "latest" ? older : result;
    expect(await indexer.step()).to.include({ lagging: true });
    expect(seqOf(hello)).to.equal(undefined);
    expect(indexer.health()).to.deep.equal({ chainBlock: behind + 2, halted: undefined, stale: undefined });
  });

  it("changes its latest block while it is read", async () => {
    const indexer = await world.makeIndexer();
    world.rpcProxy.rule = ({ method, params }, result) =>
      method === "eth_getBlockByNumber" && params[0] === "latest"
        ? { ...(result as RawBlock), hash: `0x${"ab".repeat(32)}` }
        : result;
    expect(await codeOf(() => indexer.step())).to.equal("RPC_ANSWER_INVALID");
    expect(world.index.cursor()).to.equal(undefined);
  });

  it("gives nonsense instead of logs or a state", async () => {
    const indexer = await world.makeIndexer();
    for (const method of ["eth_getLogs", "eth_call", "eth_getBlockByNumber"])
      for (const nonsense of [null, "0x", {}, [null]]) {
        world.rpcProxy.rule = (call, result) => (call.method === method ? nonsense : result);
        const code = await codeOf(() => indexer.step());
        expect(code, `${method} ${JSON.stringify(nonsense)}`).to.match(/^RPC_/);
        expect(indexer.health().halted).to.equal(undefined);
        expect(world.index.cursor()).to.equal(undefined);
      }
    beHonest();
    expect(await indexer.step()).to.include({ batches: 1 });
  });

  it("refuses ranges of more than four blocks, then of more than one", async () => {
    await world.mine(30);
    const indexer = await world.makeIndexer();
    const asked: number[] = [];
    let most = 4;
    world.rpcProxy.rule = ({ method, params }, result) => {
      if (method !== "eth_getLogs") return result;
      const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
      const blocks = Number(toBlock) - Number(fromBlock) + 1;
      asked.push(blocks);
      if (blocks > most) throw new RpcRefusal("query exceeds max block range");
      return result;
    };
    expect(await indexer.step()).to.include({ batches: 1 });
    expect(asked.filter((blocks) => blocks > 4)).to.not.be.empty;
    await world.mine(10);
    most = 1;
    await publishBatch(world, late);
    expect(await indexer.step()).to.include({ batches: 1 });
    expect(seqOf(late)).to.equal(2);
    most = 0;
    await world.mine(3);
    expect(await codeOf(() => indexer.step())).to.equal("RPC_UNAVAILABLE");
  });

  it("is down, then back", async () => {
    const indexer = await world.makeIndexer();
    world.rpcProxy.down = true;
    expect(await codeOf(() => indexer.step())).to.equal("RPC_UNAVAILABLE");
    expect(indexer.health().stale).to.match(/^RPC_UNAVAILABLE: /);
    world.rpcProxy.down = false;
    expect(await indexer.step()).to.include({ batches: 1 });
    expect(indexer.health().stale).to.equal(undefined);
  });
});
