import { expect } from "chai";
import { concat, dataSlice, getBytes, hexlify, id, toBeHex, zeroPadValue } from "ethers";
import { hashBatch, hashCouncil, type Batch, type Council } from "./support/acts.js";
import { draftRows, sampleDelta } from "./support/delta.js";
import { ethers, networkHelpers } from "./support/network.js";
import {
  approveBatch,
  approveCouncil,
  approveRetirement,
  draftBatch,
  draftCouncil,
  draftRetirement,
  makeAccount,
  threeOfFive,
  type Deployed,
} from "./support/registry.js";

const WORD = 32;
const word = (value: bigint | number): string => zeroPadValue(toBeHex(value), WORD);

/** The word at a place behind the function's selector, with one bit of its first byte (or of its last) turned on. */
function soil(data: string, at: number, end: "first" | "last" = "first"): string {
  const bytes = getBytes(data);
  const place = 4 + at * WORD + (end === "first" ? 0 : WORD - 1);
  bytes[place]! |= end === "first" ? 0x80 : 0x01;
  return hexlify(bytes);
}

describe("CatRegistry, calldata that no encoder makes", () => {
  let deployed: Deployed;
  let batch: Batch;
  let council: Council;
  beforeEach(async () => {
    deployed = await networkHelpers.loadFixture(threeOfFive);
    batch = await draftBatch(deployed);
    council = await draftCouncil(deployed);
  });

  async function send(data: string, value = 0n): Promise<boolean> {
    const [sender] = await ethers.getSigners();
    const before = await deployed.registry.state();
    try {
      await (await sender!.sendTransaction({ to: await deployed.registry.getAddress(), data, value })).wait();
      return true;
    } catch {
      expect(await deployed.registry.state()).to.deep.equal(before);
      return false;
    }
  }
  const publish = () =>
    deployed.registry.interface.encodeFunctionData("publish", [batch, approveBatch(deployed, batch)]);

  it("is refused with bits beyond a number's or an address's width, in every field of a batch and of its approvals", async () => {
    // Behind the selector: the eight fields, where the approvals are; then their number, two places, and the first of them.
    for (const field of [0, 3, 5, 7]) expect(await send(soil(publish(), field)), `field ${field}`).to.equal(false);
    expect(await send(soil(publish(), 8 + 1 + 1 + 2)), "an approval's member").to.equal(false);
    expect(await send(publish())).to.equal(true);
  });

  it("is refused with such bits in a council, each of its members, a retirement, a row and an alarm", async () => {
    const { registry } = deployed;
    const face = registry.interface;
    const change = face.encodeFunctionData("changeCouncil", [council, approveCouncil(deployed, council)]);
    // Places of council and approvals; seq, parent, place of members, thresholds, guardian, charter, deadline; members.
    for (const field of [2, 5, 6, 7, 9, 11, 15])
      expect(await send(soil(change, field)), `field ${field}`).to.equal(false);
    const retirement = await draftRetirement(deployed, { successor: makeAccount("successor").address });
    const retire = face.encodeFunctionData("retire", [retirement, approveRetirement(deployed, retirement)]);
    for (const field of [0, 3, 4]) expect(await send(soil(retire, field)), `field ${field}`).to.equal(false);
    const rows = sampleDelta(1, 1n);
    const ofRows = await draftRows(deployed, rows);
    const publishRows = face.encodeFunctionData("publishRows", [ofRows, rows, approveBatch(deployed, ofRows)]);
    expect(await send(soil(publishRows, 11, "last")), "behind a nixId").to.equal(false);
    for (const data of [publishRows, face.encodeFunctionData("withdrawBatch", [1, ""])])
      expect(await send(data)).to.equal(true);
    expect(await send(soil(face.encodeFunctionData("withdrawBatch", [1, ""]), 0))).to.equal(false);
  });

  it("counts one approval once, however often it is pointed at", async () => {
    const [approval] = approveBatch(deployed, batch);
    const once = deployed.registry.interface.encodeFunctionData("publish", [batch, [approval!]]);
    // The same two words say where the first and the second approval are: 64 bytes behind their number.
    const head = dataSlice(once, 0, 4 + 9 * WORD);
    const body = dataSlice(once, 4 + 11 * WORD);
    const { domain, registry } = deployed;
    const [sender] = await ethers.getSigners();
    const data = concat([head, word(2), word(64), word(64), body]);
    await expect(sender!.sendTransaction({ to: await registry.getAddress(), data }))
      .to.be.revertedWithCustomError(registry, "CatRegistryUnordered")
      .withArgs(approval!.member, approval!.member);
    const [first, second] = approveBatch(deployed, batch, deployed.members.slice(0, 2));
    expect(await send(registry.interface.encodeFunctionData("publish", [batch, [first!, second!]]))).to.equal(true);
    expect((await registry.state()).head).to.equal(hashBatch(domain, batch));
  });

  it("means what was signed, wherever its parts lie: members and approvals behind a gap, and junk at the end", async () => {
    const { registry, domain } = deployed;
    const data = registry.interface.encodeFunctionData("changeCouncil", [council, approveCouncil(deployed, council)]);
    const bytes = getBytes(data);
    const placeOf = (at: number) => Number(BigInt(dataSlice(data, 4 + at * WORD, 4 + (at + 1) * WORD)));
    const gap = 5 * WORD;
    const [councilAt, approvalsAt] = [placeOf(0), placeOf(1)];
    const moved = concat([
      dataSlice(data, 0, 4),
      ...[word(councilAt + gap), word(approvalsAt + gap), id("junk"), id("more"), id("of"), id("the"), id("same")],
      bytes.slice(4 + 2 * WORD),
      id("the end"),
    ]);
    expect(await send(moved)).to.equal(true);
    expect((await registry.state()).head).to.equal(hashCouncil(domain, council));
    expect((await registry.council()).members).to.deep.equal(council.members);
  });

  it("is refused where a length or a place leads out of it", async () => {
    const data = publish();
    const replace = (at: number, value: bigint) =>
      concat([dataSlice(data, 0, 4 + at * WORD), word(value), dataSlice(data, 4 + (at + 1) * WORD)]);
    for (const value of [1n << 20n, 2n ** 64n, 2n ** 255n, 2n ** 256n - 1n, 2n ** 256n - 32n])
      for (const at of [8, 9, 10, 11]) expect(await send(replace(at, value)), `${at}: ${value}`).to.equal(false);
    for (const end of [4, 4 + 8 * WORD, 4 + 10 * WORD, getBytes(data).length - WORD])
      expect(await send(dataSlice(data, 0, end)), `${end} bytes`).to.equal(false);
  });

  it("is refused with ether, without a function, and with one that there is not", async () => {
    for (const value of [0n, 1n])
      for (const data of ["0x", "0x12345678"]) expect(await send(data, value), data).to.equal(false);
    expect(await send(publish(), 1n)).to.equal(false);
  });
});
