import { expect } from "chai";
import { Wallet, ZeroAddress } from "ethers";
import { proveRow } from "../../src/cat/proof.js";
import { toHex } from "../../src/encoding/hex.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { contractAt, registryInterface } from "../../src/registry/contract.js";
import { sortAddresses } from "../../src/registry/council-file.js";
import { readHistory } from "../../src/registry/history.js";
import { withdrawBuild } from "../../src/registry/transact.js";
import { codeOf } from "../support/code-of.js";
import { makeRecord, swarmIdOf } from "../support/fill-index.js";
import { publishBatch } from "../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";
import { changeCouncil, retireRegistry } from "../support/submit-acts.js";

interface RawLog {
  topics: string[];
  data: string;
}

const recordOf = (name: string) => makeRecord(name, Buffer.from(name));
const nixIdOf = ({ storePath }: { storePath: string }) => parseStorePath(storePath).nixId;
const [hello, tool, late] = [recordOf("hello-1"), recordOf("tool-1"), recordOf("late-1")];
const successor = { successorChainId: 2n ** 255n, successor: "0x5FbDB2315678afecb367f032d93F642f64180aa3" };

describe("indexer: acts that are no batches", function () {
  this.timeout(60_000);
  let world: RegistryWorld;

  beforeEach(async () => {
    world = await startRegistryWorld();
    await publishBatch(world, hello);
  });
  afterEach(() => world.close());

  const seqOf = (record: { storePath: string }) => world.index.findMapping(nixIdOf(record))?.row.seq;

  /** Records a row on chain, as anyone may. */
  async function record(of: { storePath: string }): Promise<void> {
    const { cat } = await world.registry.state();
    const found = await proveRow(cat, nixIdOf(of), (address) => world.store.getChunk(address));
    const [row, path] = [found!.row, found!.siblings.map((sibling) => `0x${toHex(sibling)}`)];
    const typed = { nixId: `0x${toHex(row.nixId)}`, swarmId: `0x${toHex(row.swarmId)}` };
    const contract = contractAt(world.registry.id.registry, world.sender);
    await (await contract.record(typed, row.seq, found!.slot, path)).wait();
    expect((await contract.swarmIdOf(typed.nixId)).swarmId).to.equal(typed.swarmId);
  }

  async function expectComplete(): Promise<void> {
    const { head, seq, cat } = await world.registry.state();
    const { alarmHead, alarms } = await world.registry.alarmState();
    expect(world.index.cursor()).to.include({ head, seq, alarmHead, alarms }).and.deep.include({ cat });
  }

  for (const oneByOne of [true, false])
    it(`are followed between batches, ${oneByOne ? "as they come" : "all at once"}; recorded mappings are passed over`, async () => {
      const indexer = await world.makeIndexer();
      const step = async () => {
        if (oneByOne) await indexer.step();
      };
      await step();
      const joiner = Wallet.createRandom();
      const { members } = await world.registry.council();
      await changeCouncil(world, { members: [...members, joiner.address] }, [joiner]);
      await step();
      await publishBatch(world, late);
      await step();
      await record(hello);
      await changeCouncil(world, { charter: "44".repeat(32) });
      await publishBatch(world, tool);
      await record(late);
      await step();
      await retireRegistry(world, successor);
      await step();
      await withdrawBuild(world.registry, world.guardian, toHex(swarmIdOf(hello)), "after the retirement");
      await indexer.step();
      expect([seqOf(hello), seqOf(late), seqOf(tool)]).to.deep.equal([undefined, 3, 5]);
      expect(world.index.cursor()!.seq).to.equal(6);
      expect(indexer.health()).to.include({ halted: undefined, stale: undefined });
      await expectComplete();
    });

  it("are read with all that they say", async () => {
    const council = await changeCouncil(world, { publishThreshold: 1, charter: "44".repeat(32) });
    const retirement = await retireRegistry(world, successor);
    const to = Number(await world.rpc("eth_blockNumber"));
    const events = await readHistory(world.registry, { from: world.deploymentBlock, to });
    expect(events.map(({ kind }) => kind)).to.deep.equal(["council", "batch", "council", "retirement"]);
    const approvers = sortAddresses(world.members.map(({ address }) => address));
    expect(events[2]).to.deep.include({ kind: "council", seq: 2, council, approvers });
    expect(events[3]).to.deep.include({ kind: "retirement", seq: 3, retirement, approvers });
  });

  it("are changed or left out by an endpoint: nothing of it enters", async () => {
    await changeCouncil(world, { charter: "44".repeat(32) });
    await retireRegistry(world, successor);
    await world.mine(1);
    const nameOf = ({ topics, data }: RawLog) => registryInterface.parseLog({ topics, data })!.name;
    const changed = (name: string, of: string, to: string) => (logs: RawLog[]) =>
      logs.map((log) => (nameOf(log) === name ? { ...log, data: log.data.replaceAll(of, to) } : log));
    const [broken, invalid] = ["REGISTRY_HISTORY_BROKEN", "RPC_ANSWER_INVALID"];
    for (const [lie, code] of [
      [changed("CouncilChanged", "44".repeat(32), "45".repeat(32)), broken],
      [changed("Retired", successor.successor.slice(2).toLowerCase(), "55".repeat(20)), broken],
      [(logs: RawLog[]) => logs.filter((log) => nameOf(log) !== "Retired"), invalid],
      [(logs: RawLog[]) => logs.filter((log, i) => i === 0 || nameOf(log) !== "CouncilChanged"), invalid],
    ] as const) {
      world.rpcProxy.rule = ({ method }, result) => (method === "eth_getLogs" ? lie(result as RawLog[]) : result);
      const indexer = await world.makeIndexer();
      expect(await codeOf(() => indexer.step())).to.equal(code);
      expect(world.index.cursor()).to.equal(undefined);
    }
  });

  it("stay in order where an endpoint knows no topics and shows recorded mappings too", async () => {
    await record(hello);
    await retireRegistry(world, { successorChainId: 0n, successor: ZeroAddress });
    world.rpcProxy.rule = async ({ method, params }, result) => {
      if (method !== "eth_getLogs") return result;
      const { topics, ...filter } = params[0] as { topics: unknown };
      expect(topics).to.be.an("array");
      return world.rpc("eth_getLogs", filter);
    };
    const indexer = await world.makeIndexer();
    expect(await indexer.step()).to.include({ batches: 1 });
    await expectComplete();
  });
});
