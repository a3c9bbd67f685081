import { expect } from "chai";
import { id, toBeHex, ZeroHash } from "ethers";
import { network } from "hardhat";
import { approve, hashBatch, registryDomain } from "./support/acts.js";
import { draftRows, sampleDelta } from "./support/delta.js";
import { ethers, isInstrumented, networkHelpers } from "./support/network.js";
import { printFigure } from "./support/results.js";
import {
  approveBatch,
  approveCouncil,
  deployRegistry,
  draftBatch,
  draftCouncil,
  makeAccount,
  publishBatch,
  threeOfFive,
} from "./support/registry.js";

/** What one transaction may cost on Ethereum (EIP-7825). */
const MOST_GAS = 1n << 24n;
const LAST_SEQ = 2n ** 64n - 1n;

describe("CatRegistry, at the ends of what there is", () => {
  it("has room for the largest acts in one transaction: 32 members for 32 others, and 64 rows by 32", async function () {
    if (isInstrumented) this.skip();
    const accounts = (kind: string) => Array.from({ length: 32 }, (_, i) => makeAccount(`${kind} ${i}`));
    const [old, next] = [accounts("old"), accounts("next")];
    const deployed = await deployRegistry({ members: old, publishThreshold: 32 });
    const rows = sampleDelta(64, 1n);
    const batch = await draftRows(deployed, rows, { pack: id("pack") });
    const published = await (await deployed.registry.publishRows(batch, rows, approveBatch(deployed, batch))).wait();
    const members = next.map(({ address }) => address).sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
    const council = await draftCouncil(deployed, { members });
    const approvals = approveCouncil(deployed, council, [...old, ...next]);
    const changed = await (await deployed.registry.changeCouncil(council, approvals)).wait();
    for (const [what, { gasUsed }] of [
      ["64 rows by 32 of 32", published!],
      ["32 of 32 for 32 others", changed!],
    ] as const) {
      printFigure(`${what}: ${gasUsed} gas`);
      expect(gasUsed < MOST_GAS / 2n).to.equal(true);
    }
  });

  it("takes no act after the last number, and neither wraps around nor starts again", async () => {
    const deployed = await networkHelpers.loadFixture(threeOfFive);
    const { registry } = deployed;
    await publishBatch(deployed);
    const address = await registry.getAddress();
    const slot = BigInt(await ethers.provider.getStorage(address, 4));
    await networkHelpers.setStorageAt(address, 4, toBeHex(slot - 1n + LAST_SEQ - 1n, 32));
    expect((await registry.state()).seq).to.equal(LAST_SEQ - 1n);
    await registry.withdrawBuild(id("a build"), "");
    expect(await registry.withdrawnThrough(id("a build"))).to.equal(LAST_SEQ);
    const last = await publishBatch(deployed);
    expect(last.seq).to.equal(LAST_SEQ);
    for (const seq of [0n, 1n, LAST_SEQ]) {
      const batch = await draftBatch(deployed, { seq });
      await expect(registry.publish(batch, approveBatch(deployed, batch))).to.be.revertedWithPanic(0x11);
    }
    await expect(registry.withdrawBuild(id("another"), "")).to.be.revertedWithPanic(0x11);
    await registry.withdrawBatch(LAST_SEQ, "");
    expect(await registry.isBatchWithdrawn(LAST_SEQ)).to.equal(true);
  });

  it("takes a deadline that never comes, and none of any past", async () => {
    const deployed = await networkHelpers.loadFixture(threeOfFive);
    const never = await draftBatch(deployed, { deadline: LAST_SEQ });
    await deployed.registry.publish(never, approveBatch(deployed, never));
    const past = await draftBatch(deployed, { deadline: 0n });
    await expect(deployed.registry.publish(past, approveBatch(deployed, past))).to.be.revertedWithCustomError(
      deployed.registry,
      "CatRegistryExpired",
    );
  });

  it("answers no to a proof of any length without climbing it", async function () {
    const deployed = await networkHelpers.loadFixture(threeOfFive);
    const { registry } = deployed;
    const row = { nixId: `0x${"ab".repeat(20)}`, swarmId: id("build") };
    await publishBatch(deployed);
    const ask = (length: number) => registry.isApproved.estimateGas(row, 1, 0, Array<string>(length).fill(ZeroHash));
    for (const length of [0, 5, 7, 13, 20_000])
      expect(await registry.isApproved(row, 1, 0, Array<string>(length).fill(ZeroHash))).to.equal(false);
    if (isInstrumented) return;
    // Beyond the calldata itself (of zeros: 4 gas a byte, or 10 by EIP-7623) a sibling costs nothing.
    const perSibling = ((await ask(10_000)) - (await ask(100))) / 9_900n;
    expect(perSibling <= 320n).to.equal(true);
  });

  it("counts on a fork with another chain id, or as a copy at another address, only what was signed for there", async () => {
    const deployed = await networkHelpers.loadFixture(threeOfFive);
    const { registry, members } = deployed;
    await publishBatch(deployed);
    const original = await registry.getAddress();
    const code = await ethers.provider.getCode(original);
    const fork = await network.create({ network: "default", override: { chainId: 5 } });
    for (const [connection, chainId, address] of [
      [fork, 5n, original],
      [{ ethers, networkHelpers }, 31337n, makeAccount("elsewhere").address],
    ] as const) {
      const slots = [...Array.from({ length: 15 }, (_, slot) => toBeHex(slot, 32)), ...memberSlots(members)];
      await connection.networkHelpers.setCode(address, code);
      for (const slot of slots) {
        const value = await ethers.provider.getStorage(original, slot);
        await connection.networkHelpers.setStorageAt(address, slot, value);
      }
      const copy = await connection.ethers.getContractAt("CatRegistry", address);
      expect((await copy.eip712Domain()).slice(3, 5)).to.deep.equal([chainId, address]);
      const batch = await draftBatch(deployed, { deadline: LAST_SEQ });
      const who = members.slice(0, 2);
      const elsewhere = approve(hashBatch(deployed.domain, batch), who);
      await expect(copy.publish(batch, elsewhere)).to.be.revertedWithCustomError(copy, "CatRegistryInvalidSignature");
      await copy.publish(batch, approve(hashBatch(registryDomain(chainId, address), batch), who));
      expect((await copy.state()).seq).to.equal(2n);
    }
    expect((await registry.state()).seq).to.equal(1n);
    await fork.close();
  });
});

/** Where the storage says who is a member. */
function memberSlots(members: readonly { readonly address: string }[]): string[] {
  return members.map(({ address }) => ethers.solidityPackedKeccak256(["uint256", "uint256"], [address, 9n]));
}
