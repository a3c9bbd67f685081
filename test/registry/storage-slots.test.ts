import { expect } from "chai";
import { readFileSync } from "node:fs";
import { Wallet, ZeroAddress } from "ethers";
import { toHex } from "../../src/encoding/hex.js";
import { contractAt } from "../../src/registry/contract.js";
import { CatRegistry__factory } from "../../src/registry/contract-types/factories/CatRegistry__factory.js";
import { IMMUTABLES, runtimeCode, runtimeCodeHash, RUNTIME_SIZE } from "../../src/registry/runtime-code.js";
import {
  decodeActSlot,
  decodeAddress,
  decodeAlarmSlot,
  decodeWord,
  SLOTS,
  slotOfBatchWithdrawn,
  slotOfMember,
  slotOfMembership,
  slotOfWithdrawnThrough,
  slotsOfMapping,
} from "../../src/registry/storage-slots.js";
import { withdrawBatch, withdrawBuild } from "../../src/registry/transact.js";
import { verifyAccountProof } from "../../src/state-proof/account-proof.js";
import { requireBlockHeader } from "../../src/state-proof/block-header.js";
import { proveRow } from "../../src/cat/proof.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { makeRecord, swarmIdOf } from "../support/fill-index.js";
import { publishBatch } from "../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";
import { changeCouncil, retireRegistry } from "../support/submit-acts.js";

describe("the registry's storage, read by proof", function () {
  this.timeout(60_000);
  let world: RegistryWorld;
  const record = makeRecord("hello", Buffer.from("hello"));
  const joiner = Wallet.createRandom();
  before(async () => {
    world = await startRegistryWorld();
    const { registry, guardian } = world;
    await publishBatch(world, record, makeRecord("other", Buffer.from("other")));
    await withdrawBuild(registry, guardian, toHex(swarmIdOf(record)), "one");
    await changeCouncil(world, { members: [...(await registry.council()).members, joiner.address] }, [joiner]);
    await withdrawBatch(registry, guardian, 1, "two");
    const proof = await proveRow((await registry.state()).cat, parseStorePath(record.storePath).nixId, (address) =>
      world.store.getChunk(address),
    );
    const { row, slot, siblings } = proof!;
    const typed = { nixId: `0x${toHex(row.nixId)}`, swarmId: `0x${toHex(row.swarmId)}` };
    const path = siblings.map((sibling) => `0x${toHex(sibling)}`);
    await (await contractAt(registry.id.registry, world.sender).record(typed, row.seq, slot, path)).wait();
  });
  after(() => world.close());

  /** Words that are proved up to the hash of the latest block. */
  async function read(...slots: bigint[]) {
    const block = (await world.rpc("eth_getBlockByNumber", "latest", false)) as { hash: string; number: string };
    const { stateRoot } = requireBlockHeader(block, block.hash);
    const address = world.registry.id.registry;
    const keys = slots.map((slot) => decodeWord(slot));
    const answer = await world.rpc("eth_getProof", address, keys, block.number);
    return verifyAccountProof(answer, { stateRoot, address, slots })!;
  }

  it("holds what the contract's getters say", async () => {
    const { values } = await read(SLOTS.head, SLOTS.root, SLOTS.act, SLOTS.alarmHead, SLOTS.alarm, SLOTS.charter);
    const [head, root, act, alarmHead, alarm, charter] = values as [bigint, bigint, bigint, bigint, bigint, bigint];
    const [state, alarms, council] = await Promise.all([
      world.registry.state(),
      world.registry.alarmState(),
      world.registry.council(),
    ]);
    expect([decodeWord(head), decodeWord(root)]).to.deep.equal([state.head, `0x${state.cat.root}`]);
    expect(decodeActSlot(act)).to.deep.equal({
      seq: BigInt(state.seq),
      time: BigInt(state.time),
      depth: state.cat.depth,
      publishThreshold: council.publishThreshold,
      councilThreshold: council.councilThreshold,
      retired: false,
    });
    expect(decodeAlarmSlot(alarm)).to.deep.equal({ alarms: BigInt(alarms.alarms), guardian: council.guardian });
    expect([decodeWord(alarmHead), decodeWord(charter)]).to.deep.equal([alarms.alarmHead, `0x${council.charter}`]);
  });

  it("holds the members, their number, and who is one", async () => {
    const { members } = await world.registry.council();
    expect(members).to.have.length(4);
    const { values } = await read(SLOTS.members, ...members.map((_, at) => slotOfMember(at)), slotOfMember(4));
    expect(values[0]).to.equal(4n);
    expect(values.slice(1, 5).map(decodeAddress)).to.deep.equal(members);
    expect(values[5]).to.equal(0n);
    const asked = [...members, Wallet.createRandom().address];
    const membership = await read(...asked.map(slotOfMembership));
    expect(membership.values).to.deep.equal([1n, 1n, 1n, 1n, 0n]);
  });

  it("holds withdrawals, and proves that there are none", async () => {
    const swarmId = swarmIdOf(record);
    const never = swarmIdOf(makeRecord("never", Buffer.from("never")));
    const asked = [1, 2].map(slotOfBatchWithdrawn);
    const { values } = await read(...asked, slotOfWithdrawnThrough(swarmId), slotOfWithdrawnThrough(never));
    expect(values).to.deep.equal([1n, 0n, BigInt(await world.registry.withdrawnThrough(swarmId)), 0n]);
    expect(values[2]).to.equal(2n);
  });

  it("holds recorded rows", async () => {
    const { nixId } = parseStorePath(record.storePath);
    const { values } = await read(...slotsOfMapping(nixId), ...slotsOfMapping(new Uint8Array(20).fill(9)));
    const [swarmId, seq, ...none] = values;
    expect(decodeWord(swarmId!)).to.equal(`0x${toHex(swarmIdOf(record))}`);
    expect([seq, ...none]).to.deep.equal([1n, 0n, 0n]);
  });

  it("belongs to an account whose code is a registry's, word for word", async () => {
    const { id } = world.registry;
    const { codeHash } = await read();
    expect(await world.rpc("eth_getCode", id.registry, "latest")).to.equal(runtimeCode(id));
    expect(codeHash).to.equal(runtimeCodeHash(id));
    expect(runtimeCodeHash({ ...id, chainId: 1 })).not.to.equal(codeHash);
    expect(runtimeCodeHash({ ...id, registry: joiner.address })).not.to.equal(codeHash);
  });

  it("has its immutable words where the compiler put them", () => {
    const artifact = JSON.parse(
      readFileSync(new URL("../../artifacts/contracts/CatRegistry.sol/CatRegistry.json", import.meta.url), "utf8"),
    ) as { deployedBytecode: string; immutableReferences: Record<string, { start: number; length: number }[]> };
    expect(artifact.deployedBytecode.length / 2 - 1).to.equal(RUNTIME_SIZE);
    expect(CatRegistry__factory.bytecode.endsWith(artifact.deployedBytecode.slice(2))).to.equal(true);
    const places = Object.values(artifact.immutableReferences).flat();
    expect(places.map(({ length }) => length)).to.deep.equal(Array.from({ length: 7 }, () => 32));
    // In the order of their declaration in OpenZeppelin's EIP712, which is that of the compiler's numbers.
    expect(places.map(({ start }) => start)).to.deep.equal(Object.values(IMMUTABLES));
  });

  it("holds the successor once the registry has retired", async () => {
    const successor = { successorChainId: 2n ** 200n + 5n, successor: joiner.address };
    await retireRegistry({ ...world, members: world.members }, successor);
    const { values } = await read(SLOTS.act, SLOTS.successorChainId, SLOTS.successor);
    expect(decodeActSlot(values[0]!).retired).to.equal(true);
    expect([values[1], decodeAddress(values[2]!)]).to.deep.equal([successor.successorChainId, successor.successor]);
    expect(decodeAddress(0n)).to.equal(ZeroAddress);
  });
});
