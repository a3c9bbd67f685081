import { expect } from "chai";
import { AbiCoder, concat, id, keccak256, toBeHex, ZeroHash } from "ethers";
import { draftRows } from "./support/delta.js";
import { ethers } from "./support/network.js";
import { sampleRow } from "./support/reference-cat.js";
import {
  approveBatch,
  approveCouncil,
  deployRegistry,
  draftCouncil,
  makeAccounts,
  publishBatch,
  retireRegistry,
  type Deployed,
} from "./support/registry.js";

const abi = AbiCoder.defaultAbiCoder();
const mapped = (type: string, key: unknown, slot: number): string =>
  keccak256(abi.encode([type, "uint256"], [key, slot]));

describe("CatRegistry, storage as light clients read it", () => {
  let deployed: Deployed;
  let read: (slot: number | string) => Promise<bigint>;
  const build = id("a build");

  before(async () => {
    const [signer] = await ethers.getSigners();
    deployed = await deployRegistry({
      members: makeAccounts(5),
      publishThreshold: 2,
      councilThreshold: 4,
      guardian: signer!.address,
    });
    const { registry } = deployed;
    await publishBatch(deployed, { depth: 9 });
    await publishBatch(deployed, { depth: 9 });
    await registry.withdrawBatch(1, "one");
    await registry.withdrawBuild(build, "two");
    read = async (slot) => BigInt(await ethers.provider.getStorage(await registry.getAddress(), slot));
  });

  it("has nothing in slots 0 and 1", async () => {
    expect([await read(0), await read(1)]).to.deep.equal([0n, 0n]);
  });

  it("has head and root in slots 2 and 3", async () => {
    const { head, root } = await deployed.registry.state();
    expect([toBeHex(await read(2), 32), toBeHex(await read(3), 32)]).to.deep.equal([head, root]);
  });

  it("packs seq, time, depth and thresholds in slot 4", async () => {
    const { seq, time, depth } = await deployed.registry.state();
    expect([seq, depth]).to.deep.equal([2n, 9n]);
    expect(await read(4)).to.equal(seq | (time << 64n) | (depth << 128n) | (2n << 136n) | (4n << 144n));
  });

  it("has the alarms in slots 5 and 6, with the guardian", async () => {
    const { alarmHead, alarms } = await deployed.registry.alarmState();
    expect(alarms).to.equal(2n);
    expect(toBeHex(await read(5), 32)).to.equal(alarmHead);
    expect(await read(6)).to.equal(alarms | (BigInt(deployed.guardian) << 64n));
  });

  it("has the charter in slot 7 and the members from keccak256(8)", async () => {
    expect(toBeHex(await read(7), 32)).to.equal(deployed.charter);
    expect(await read(8)).to.equal(5n);
    const first = BigInt(keccak256(toBeHex(8, 32)));
    for (const [i, member] of deployed.members.entries()) {
      expect(await read(toBeHex(first + BigInt(i), 32))).to.equal(BigInt(member.address));
      expect(await read(mapped("address", member.address, 9))).to.equal(1n);
    }
    expect(await read(mapped("address", deployed.guardian, 9))).to.equal(0n);
  });

  it("maps withdrawals in slots 10 and 11", async () => {
    expect(await read(mapped("uint64", 1, 10))).to.equal(1n);
    expect(await read(mapped("uint64", 2, 10))).to.equal(0n);
    expect(await read(mapped("bytes32", build, 11))).to.equal(3n);
    expect(await read(mapped("bytes32", ZeroHash, 11))).to.equal(0n);
  });

  it("has nothing behind the mappings before anything is recorded, and nobody to follow", async () => {
    expect(await Promise.all([12, 13, 14, 15].map(read))).to.deep.equal([0n, 0n, 0n, 0n]);
  });

  it("maps recorded rows in slot 12, with the key's zeros behind it", async () => {
    const [row, tombstone] = [sampleRow("row", 3n), { ...sampleRow("tombstone", 3n), swarmId: ZeroHash }];
    const rows = [row, tombstone].sort((a, b) => (a.nixId < b.nixId ? -1 : 1));
    const batch = await draftRows(deployed, rows, { depth: 9 });
    await deployed.registry.publishRows(batch, rows, approveBatch(deployed, batch));
    const at = (nixId: string): bigint => BigInt(mapped("bytes20", nixId, 12));
    expect(keccak256(concat([row.nixId, new Uint8Array(12), toBeHex(12, 32)]))).to.equal(toBeHex(at(row.nixId), 32));
    expect(toBeHex(await read(toBeHex(at(row.nixId), 32)), 32)).to.equal(row.swarmId);
    expect(await read(toBeHex(at(row.nixId) + 1n, 32))).to.equal(3n);
    expect(await read(toBeHex(at(tombstone.nixId), 32))).to.equal(0n);
    expect(await read(toBeHex(at(tombstone.nixId) + 1n, 32))).to.equal(3n);
    expect(await read(12)).to.equal(0n);
  });

  it("clears the membership of who leaves, and the end of a shorter list", async () => {
    const stay = deployed.members.slice(0, 4);
    const council = await draftCouncil(deployed, { members: stay.map(({ address }) => address) });
    await deployed.registry.changeCouncil(council, approveCouncil(deployed, council));
    const gone = deployed.members[4]!.address;
    expect(await read(8)).to.equal(4n);
    expect(await read(toBeHex(BigInt(keccak256(toBeHex(8, 32))) + 4n, 32))).to.equal(0n);
    expect(await read(mapped("address", gone, 9))).to.equal(0n);
    for (const { address } of stay) expect(await read(mapped("address", address, 9))).to.equal(1n);
  });

  it("has retirement in slot 4, behind the thresholds, and the successor in slots 13 and 14", async () => {
    const before = await read(4);
    const successor = deployed.members[0]!.address;
    await retireRegistry(deployed, { successorChainId: 2n ** 255n, successor });
    const { seq, time } = await deployed.registry.state();
    const above = (before >> 128n) << 128n;
    expect(await read(4)).to.equal(seq | (time << 64n) | above | (1n << 152n));
    expect([await read(13), await read(14)]).to.deep.equal([2n ** 255n, BigInt(successor)]);
    expect(await read(15)).to.equal(0n);
  });
});
