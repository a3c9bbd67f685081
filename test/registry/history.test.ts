import { expect } from "chai";
import { AbiCoder, keccak256, toUtf8Bytes, ZeroHash } from "ethers";
import { batchDigest, firstHead } from "../../src/cat/batch.js";
import { toHex } from "../../src/encoding/hex.js";
import { registryInterface } from "../../src/registry/contract.js";
import { type AlarmEvent, nextAlarmHead, readHistory, type RegistryEvent } from "../../src/registry/history.js";
import type { Registry } from "../../src/registry/registry.js";
import { withdrawBatch, withdrawBuild } from "../../src/registry/transact.js";
import { codeOf } from "../support/code-of.js";
import { makeRecord, swarmIdOf } from "../support/fill-index.js";
import { approveBatch, draftBatch, publishBatch } from "../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";

const record = makeRecord("hello", Buffer.from("hello"));

interface RawLog {
  address: string;
  blockNumber: string;
  data: string;
  topics: string[];
  removed: boolean;
}

describe("readHistory", function () {
  this.timeout(60_000);
  let world: RegistryWorld;
  let seen: Registry;
  before(async () => {
    world = await startRegistryWorld();
    await publishBatch(world, record);
    await withdrawBuild(world.registry, world.guardian, toHex(swarmIdOf(record)), "a “backdoor”");
    await withdrawBatch(world.registry, world.guardian, 1, "");
    seen = await world.see();
  });
  after(() => world.close());
  afterEach(() => {
    world.rpcProxy.rule = (_call, result) => result;
  });

  const read = async (registry = seen, from = world.deploymentBlock) =>
    readHistory(registry, { from, to: await registry.chain.provider.getBlockNumber() });
  const alarms = (events: RegistryEvent[]) => events.filter((event): event is AlarmEvent => event.kind === "alarm");

  it("gives every act and alarm in its order", async () => {
    const { id } = world.registry;
    const [founding, batch, build, alarm, ...more] = await read();
    expect(more).to.deep.equal([]);
    expect(founding).to.deep.include({ kind: "council", seq: 0, digest: firstHead(id) });
    expect(founding).to.have.nested.property("council.parent", ZeroHash);
    if (batch?.kind !== "batch") expect.fail("no batch");
    expect(batch.digest)
      .to.equal(batchDigest(id, batch.batch))
      .and.equal((await seen.state()).head);
    expect(batch.approvers).to.have.members(world.members.map(({ address }) => address));
    const swarmId = swarmIdOf(record);
    expect(build).to.deep.include({ kind: "alarm", alarm: 1, target: { swarmId, through: 2 }, reason: "a “backdoor”" });
    expect(alarm).to.deep.include({ kind: "alarm", alarm: 2, target: { seq: 1 }, reason: "" });
    expect(alarm).to.deep.include({ reasonHash: keccak256("0x") });
    const blocks = [founding!, batch, build!, alarm!].map(({ block }) => block);
    expect(blocks).to.deep.equal(blocks.toSorted((a, b) => a - b));
  });

  it("leads to the alarms' head of the contract", async () => {
    let head = firstHead(world.registry.id);
    for (const event of alarms(await read())) expect((head = nextAlarmHead(head, event))).to.equal(event.alarmHead);
    expect(await seen.alarmState()).to.deep.equal({ alarmHead: head, alarms: 2 });
  });

  it("gives a range only", async () => {
    const [founding] = await read();
    expect(await read(seen, founding!.block + 1)).to.have.length(3);
    const { block } = founding!;
    expect(await readHistory(seen, { from: block, to: block })).to.deep.equal([founding]);
  });

  it("reads reasons that are no UTF-8, and the longest", async () => {
    const sender = await world.guardian.getAddress();
    const call = async (bytes: Uint8Array) => {
      const data = AbiCoder.defaultAbiCoder().encode(["bytes32", "bytes"], [keccak256(bytes), bytes]);
      const { selector } = registryInterface.getFunction("withdrawBuild");
      const tx = { to: world.registry.id.registry, data: selector + data.slice(2), from: sender };
      await world.rpc("anvil_impersonateAccount", sender);
      await world.rpc("eth_sendTransaction", tx);
      await world.mine(1);
      return alarms(await read()).at(-1)!;
    };
    for (const bytes of [Uint8Array.of(0xff, 0x80, 0x41), new Uint8Array(1024).fill(0x61)]) {
      const event = await call(bytes);
      expect(event.reason).to.equal(Buffer.from(bytes).toString());
      expect(event.reasonHash).to.equal(keccak256(bytes));
    }
    let head = firstHead(world.registry.id);
    for (const event of alarms(await read())) head = nextAlarmHead(head, event);
    expect(head).to.equal((await seen.alarmState()).alarmHead);
  });

  describe("refuses logs", () => {
    const build = registryInterface.getEvent("BuildWithdrawn");
    const change = (fields: Partial<RawLog>) => (logs: RawLog[]) =>
      logs.map((log, i) => (i === 1 ? { ...log, ...fields } : log));
    const huge = (alarm: bigint, through: bigint) =>
      change(registryInterface.encodeEventLog(build, [alarm, ZeroHash, through, ZeroHash, "x"]));
    /** A bit that no address has, before each member's: ethers tells of that late. */
    const dirtyAddresses = (data: string) => {
      const words = world.members.map(({ address }) => address.slice(2).toLowerCase());
      return words.reduce((text, word) => text.replaceAll(`0${word}`, `1${word}`), data);
    };
    const lies: Record<string, (logs: RawLog[]) => unknown> = {
      "that were removed": change({ removed: true }),
      "of another contract": change({ address: `0x${"11".repeat(20)}` }),
      "of a block below the range": change({ blockNumber: "0x0" }),
      "of a block above the range": change({ blockNumber: "0xffff" }),
      "of an event that it does not have": change({ topics: [keccak256(toUtf8Bytes("Paused()"))] }),
      "without topics": change({ topics: [] }),
      "without a topic that belongs there": (logs) => logs.map((log) => ({ ...log, topics: log.topics.slice(0, 1) })),
      "without data": change({ data: "0x" }),
      "with half of their data": (logs) => logs.map((log) => ({ ...log, data: log.data.slice(0, 130) })),
      "with approvers that are no addresses": (logs) => logs.map((log) => ({ ...log, data: dirtyAddresses(log.data) })),
      "with an alarm beyond 2^53": huge(2n ** 60n, 1n),
      "with a withdrawal through 2^64 - 1": huge(1n, 2n ** 64n - 1n),
      "that are no list": () => ({}),
      "that are null": () => null,
      "that are a list of null": () => [null],
      "that are a list of something": () => [{}],
    };
    for (const [what, lie] of Object.entries(lies))
      it(what, async () => {
        world.rpcProxy.rule = ({ method }, result) => (method === "eth_getLogs" ? lie(result as RawLog[]) : result);
        expect(await codeOf(() => read())).to.match(/^RPC_(ANSWER_INVALID|UNAVAILABLE)$/);
      });
  });

  it("shows what a quorum signed with other tools, beyond 2^53 too", async () => {
    const batch = await draftBatch(world, [makeRecord("late", Buffer.from("late"))], { deadline: 2 ** 53 - 1 });
    await approveBatch(world, batch);
    const last = (await read()).at(-1);
    expect(last).to.deep.include({ kind: "batch", digest: batchDigest(world.registry.id, batch), batch });
  });
});
