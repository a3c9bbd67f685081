import { expect } from "chai";
import { id, ZeroAddress, ZeroHash } from "ethers";
import {
  addressesOf,
  approve,
  ascending,
  hashCouncil,
  signatoryOf,
  silent,
  type Council,
  type Signatory,
} from "./support/acts.js";
import { deploy, ethers, networkHelpers } from "./support/network.js";
import { toPlain } from "./support/results.js";
import {
  approveBatch,
  approveCouncil,
  approveRetirement,
  deployRegistry,
  draftBatch,
  draftCouncil,
  draftRetirement,
  makeAccount,
  makeAccounts,
  publishBatch,
  threeOfFive,
  type Deployed,
} from "./support/registry.js";

const joiner = makeAccount("joiner");
const other = makeAccount("another joiner");
const stranger = makeAccount("stranger");

describe("CatRegistry, changeCouncil", () => {
  let deployed: Deployed;
  beforeEach(async () => {
    deployed = await networkHelpers.loadFixture(threeOfFive);
  });

  async function expectRefused(
    council: Council,
    signatories: readonly Signatory[] | undefined,
    error: string,
    args: unknown[],
  ): Promise<void> {
    const { registry } = deployed;
    const before = [await registry.state(), await registry.council()];
    await expect(registry.changeCouncil(council, approveCouncil(deployed, council, signatories)))
      .to.be.revertedWithCustomError(registry, error)
      .withArgs(...args);
    expect([await registry.state(), await registry.council()]).to.deep.equal(before);
  }

  /** Changes the council; returns it as the test helpers know it. */
  async function change(
    members: readonly Signatory[],
    signatories: readonly Signatory[],
    rest: Partial<Council> = {},
  ): Promise<Deployed> {
    const council = await draftCouncil(deployed, { members: addressesOf(members), ...rest });
    await deployed.registry.changeCouncil(council, approveCouncil(deployed, council, signatories));
    const [publishThreshold, councilThreshold] = [Number(council.publishThreshold), Number(council.councilThreshold)];
    return { ...deployed, members: ascending(members), publishThreshold, councilThreshold };
  }

  it("replaces all of it, and is the latest act, whoever submits it", async () => {
    const { registry, domain, members } = deployed;
    const [before, anyone] = [await registry.state(), (await ethers.getSigners())[7]!];
    const council = await draftCouncil(deployed, {
      members: addressesOf([...members.slice(1, 3), joiner]),
      publishThreshold: 1n,
      councilThreshold: 2n,
      guardian: stranger.address,
      charter: id("another charter"),
    });
    const digest = hashCouncil(domain, council);
    const fields = [1n, before.head, council.members, 1n, 2n, stranger.address, council.charter, council.deadline];
    await expect(
      registry
        .connect(anyone)
        .changeCouncil(council, approveCouncil(deployed, council, [...members.slice(0, 3), joiner])),
    )
      .to.emit(registry, "CouncilChanged")
      .withArgs(1n, digest, fields, addressesOf(members.slice(0, 3))); // the joiner is no approver
    const time = BigInt(await networkHelpers.time.latest());
    expect(toPlain(await registry.state())).to.deep.equal([digest, before.root, 1n, time, before.depth]);
    expect(toPlain(await registry.council())).to.deep.equal(fields.slice(2, 7));
  });

  it("lets a joiner decide from the next act on, and who left no more", async () => {
    const [gone, ...rest] = deployed.members as [Signatory, ...Signatory[]];
    const changed = await change([...rest, joiner], deployed.members.slice(0, 3).concat(joiner));
    const batch = await draftBatch(changed);
    await expect(changed.registry.publish(batch, approveBatch(changed, batch, [gone, rest[0]!])))
      .to.be.revertedWithCustomError(changed.registry, "CatRegistryNotMember")
      .withArgs(gone.address);
    await changed.registry.publish(batch, approveBatch(changed, batch, [joiner, rest[0]!]));
    // Who left and joins again proves itself again.
    deployed = changed;
    const back = await draftCouncil(changed, { members: addressesOf([...changed.members, gone]) });
    await expectRefused(back, rest.slice(0, 3), "CatRegistryMemberNotProven", [gone.address]);
    await change([...changed.members, gone], [...rest.slice(0, 3), gone]);
  });

  it("rotates every member at once, with each one's proof", async () => {
    const next = Array.from({ length: 4 }, (_, i) => makeAccount(`next ${i}`));
    const changed = await change(next, [...deployed.members.slice(2), ...next]);
    expect((await changed.registry.council()).members).to.deep.equal(addressesOf(next));
    for (const old of deployed.members) {
      const batch = await draftBatch(changed);
      await expect(changed.registry.publish(batch, approveBatch(changed, batch, [old, next[0]!])))
        .to.be.revertedWithCustomError(changed.registry, "CatRegistryNotMember")
        .withArgs(old.address);
    }
    await publishBatch(changed);
  });

  it("grows to 32 members and shrinks to one", async () => {
    const many = makeAccounts(32);
    const joiners = many.filter(({ address }) => !deployed.members.some((member) => member.address === address));
    const all = { publishThreshold: 32n, councilThreshold: 32n };
    deployed = await change(many, [...deployed.members.slice(0, 3), ...joiners], all);
    await publishBatch(deployed);
    deployed = await change(many.slice(9, 10), many, { publishThreshold: 1n, councilThreshold: 1n });
    await publishBatch(deployed);
    expect((await deployed.registry.council()).members).to.deep.equal([many[9]!.address]);
  });

  it("changes guardian, charter and thresholds alone, also to none", async () => {
    const [first, second] = await ethers.getSigners();
    deployed = await change(deployed.members, deployed.members.slice(0, 3), { guardian: first!.address });
    await deployed.registry.withdrawBuild(id("a build"), "");
    const rest = { guardian: second!.address, charter: ZeroHash, publishThreshold: 3n, councilThreshold: 4n };
    deployed = await change(deployed.members, deployed.members.slice(0, 3), rest);
    await expect(deployed.registry.withdrawBuild(id("another build"), ""))
      .to.be.revertedWithCustomError(deployed.registry, "CatRegistryNotGuardian")
      .withArgs(first!.address, second!.address);
    await deployed.registry.connect(second).withdrawBuild(id("another build"), "");
    expect((await deployed.registry.alarmState()).alarms).to.equal(2n);
    const council = await draftCouncil(deployed, { guardian: ZeroAddress });
    await expectRefused(council, deployed.members.slice(0, 3), "CatRegistryBelowThreshold", [3, 4]); // the new threshold
    await deployed.registry.changeCouncil(council, approveCouncil(deployed, council));
    expect((await deployed.registry.council()).guardian).to.equal(ZeroAddress);
  });

  it("needs the council's threshold of the members before, joiners not counted", async () => {
    const { members } = deployed;
    const council = await draftCouncil(deployed, { members: addressesOf([...members, joiner, other]) });
    await expectRefused(council, [], "CatRegistryBelowThreshold", [0, 3]);
    await expectRefused(council, [joiner, other], "CatRegistryBelowThreshold", [2, 3]);
    await expectRefused(council, [members[0]!, members[1]!, joiner, other], "CatRegistryBelowThreshold", [2, 3]);
    await change([...members, joiner, other], [...members.slice(0, 3), joiner, other]);
  });

  it("refuses to lower a threshold by the threshold that it would set", async () => {
    const council = await draftCouncil(deployed, { publishThreshold: 1n, councilThreshold: 1n });
    await expectRefused(council, deployed.members.slice(0, 2), "CatRegistryBelowThreshold", [2, 3]);
  });

  it("refuses a joiner without a valid approval, whichever one it is", async () => {
    const { registry, members, domain } = deployed;
    const joiners = ascending([joiner, other, makeAccount("a third joiner")]);
    const council = await draftCouncil(deployed, { members: addressesOf([...members, ...joiners]) });
    for (const missing of joiners) {
      const there = joiners.filter((one) => one !== missing);
      await expectRefused(council, [...members, ...there], "CatRegistryMemberNotProven", [missing.address]);
    }
    await expectRefused(council, members, "CatRegistryMemberNotProven", [joiners[0]!.address]);
    for (const one of joiners) {
      const forged = [...joiners.filter((it) => it !== one), { address: one.address, sign: stranger.sign }];
      await expectRefused(council, [...members, ...forged], "CatRegistryInvalidSignature", [
        one.address,
        hashCouncil(domain, council),
      ]);
    }
    // A mistyped member has nobody who could sign.
    const last = joiner.address.endsWith("1") ? "2" : "1";
    const mistyped = (joiner.address.slice(0, -1) + last).toLowerCase();
    const wrong = await draftCouncil(deployed, {
      members: addressesOf([...members, { address: mistyped, sign: joiner.sign }]),
    });
    const claim = approve(hashCouncil(domain, wrong), [...members, signatoryOf(joiner.key, mistyped)]);
    await expect(registry.changeCouncil(wrong, claim)).to.be.revertedWithCustomError(
      registry,
      "CatRegistryInvalidSignature",
    );
    await expect(
      registry.changeCouncil(wrong, approve(hashCouncil(domain, wrong), [...members, joiner])),
    ).to.be.revertedWithCustomError(
      registry,
      BigInt(joiner.address) < BigInt(mistyped) ? "CatRegistryNotMember" : "CatRegistryMemberNotProven",
    );
  });

  it("refuses approvals of strangers, twice there, or out of order", async () => {
    const { registry, members, domain } = deployed;
    const council = await draftCouncil(deployed, { members: addressesOf([...members, joiner]) });
    await expectRefused(await draftCouncil(deployed), [...members, stranger], "CatRegistryNotMember", [
      stranger.address,
    ]);
    const approvals = approve(hashCouncil(domain, council), [...members, joiner]);
    for (let i = 1; i < approvals.length; i++) {
      const [one, before] = [approvals[i]!, approvals[i - 1]!];
      const twice = [...approvals.slice(0, i + 1), ...approvals.slice(i)];
      await expect(registry.changeCouncil(council, twice))
        .to.be.revertedWithCustomError(registry, "CatRegistryUnordered")
        .withArgs(one.member, one.member);
      const swapped = approvals.with(i, before).with(i - 1, one);
      await expect(registry.changeCouncil(council, swapped)).to.be.revertedWithCustomError(
        registry,
        /* a joiner before its turn is nothing worse than unordered */ "CatRegistryUnordered",
      );
    }
    await registry.changeCouncil(council, approvals);
  });

  it("refuses who signed another council, or the same for another registry", async () => {
    const { members, domain, registry } = deployed;
    const council = await draftCouncil(deployed, { guardian: stranger.address });
    const twin = await deployRegistry({ members, publishThreshold: 2, councilThreshold: 3 });
    for (const digest of [
      hashCouncil(domain, { ...council, guardian: ZeroAddress }),
      hashCouncil(domain, { ...council, members: council.members.slice(1) }),
      hashCouncil(twin.domain, council),
    ])
      await expect(registry.changeCouncil(council, approve(digest, members)))
        .to.be.revertedWithCustomError(registry, "CatRegistryInvalidSignature")
        .withArgs(members[0]!.address, hashCouncil(domain, council));
  });

  it("refuses every council that the constructor refuses", async () => {
    const { members } = deployed;
    const [a, b] = addressesOf(members) as [string, string];
    const many = addressesOf(makeAccounts(33));
    const size = "CatRegistryInvalidCouncilSize";
    await expectRefused(await draftCouncil(deployed, { members: [] }), undefined, size, [0, 1, 32]);
    await expectRefused(await draftCouncil(deployed, { members: many }), undefined, size, [33, 1, 32]);
    for (const [publishThreshold, councilThreshold] of [
      [0n, 0n],
      [0n, 3n],
      [3n, 2n],
      [2n, 6n],
      [255n, 255n],
    ] as const) {
      const council = await draftCouncil(deployed, { publishThreshold, councilThreshold });
      const args = [publishThreshold, councilThreshold, 5];
      await expectRefused(council, undefined, "CatRegistryInvalidThresholds", args);
    }
    const thresholds = { publishThreshold: 1n, councilThreshold: 1n };
    for (const [list, args] of [
      [
        [ZeroAddress, a],
        [ZeroAddress, ZeroAddress],
      ],
      [
        [a, a],
        [a, a],
      ],
      [
        [b, a],
        [a, b],
      ],
    ] as const) {
      const council = await draftCouncil(deployed, { ...thresholds, members: [...list] });
      await expectRefused(council, undefined, "CatRegistryUnordered", [...args]);
    }
  });

  it("checks place, content and approvals in this order", async () => {
    const { registry, members } = deployed;
    const right = await draftCouncil(deployed, { members: addressesOf([...members, joiner]) });
    let council: Council = { ...right, seq: 7n, parent: ZeroHash, deadline: 0n, members: [], publishThreshold: 0n };
    const refuse = async (error: string, signatories: readonly Signatory[] = []) =>
      expect(
        registry.changeCouncil(council, approveCouncil(deployed, council, signatories)),
      ).to.be.revertedWithCustomError(registry, error);
    await refuse("CatRegistryWrongSeq");
    council = { ...council, seq: 1n };
    await refuse("CatRegistryWrongParent");
    council = { ...council, parent: right.parent };
    await refuse("CatRegistryExpired");
    council = { ...council, deadline: right.deadline };
    await refuse("CatRegistryInvalidCouncilSize");
    council = { ...council, members: [...right.members].reverse() };
    await refuse("CatRegistryInvalidThresholds");
    council = { ...council, publishThreshold: right.publishThreshold };
    await refuse("CatRegistryUnordered");
    council = right;
    await refuse("CatRegistryBelowThreshold");
    await refuse("CatRegistryMemberNotProven", members.slice(0, 3));
    await refuse("CatRegistryBelowThreshold", [...members.slice(0, 2), joiner]);
    await networkHelpers.time.setNextBlockTimestamp(right.deadline); // to the second
    await registry.changeCouncil(right, approveCouncil(deployed, right, [...members.slice(0, 3), joiner]));
  });

  it("voids every signature that was given before it", async () => {
    const { registry, members } = deployed;
    const batch = await draftBatch(deployed);
    const rival = await draftCouncil(deployed, { guardian: stranger.address });
    const retirement = await draftRetirement(deployed);
    const voided = [approveBatch(deployed, batch, members), approveCouncil(deployed, rival, members)] as const;
    const retiring = approveRetirement(deployed, retirement, members);
    await change(members, members);
    const { head } = await registry.state();
    for (const [seq, error, args] of [
      [1n, "CatRegistryWrongSeq", [1, 2]],
      [2n, "CatRegistryWrongParent", [batch.parent, head]],
    ] as const)
      for (const sending of [
        () => registry.publish({ ...batch, seq }, voided[0]),
        () => registry.changeCouncil({ ...rival, seq }, voided[1]),
        () => registry.retire({ ...retirement, seq }, retiring),
      ])
        await expect(sending())
          .to.be.revertedWithCustomError(registry, error)
          .withArgs(...args);
    // Put in its new place, an act is another one, which nobody signed.
    const [seq, parent] = [2n, head];
    for (const sending of [
      () => registry.publish({ ...batch, seq, parent }, voided[0]),
      () => registry.changeCouncil({ ...rival, seq, parent }, voided[1]),
      () => registry.retire({ ...retirement, seq, parent }, retiring),
    ])
      await expect(sending()).to.be.revertedWithCustomError(registry, "CatRegistryInvalidSignature");
  });

  it("refuses the same change again", async () => {
    const { registry, members } = deployed;
    const council = await draftCouncil(deployed);
    await registry.changeCouncil(council, approveCouncil(deployed, council, members));
    await expectRefused(council, members, "CatRegistryWrongSeq", [1, 2]);
  });

  it("has the number of no batch: withdrawing it is accepted and means nothing", async () => {
    const [guardian] = await ethers.getSigners();
    await change(deployed.members, deployed.members, { guardian: guardian!.address });
    await deployed.registry.withdrawBatch(1, "");
    expect(await deployed.registry.isBatchWithdrawn(1)).to.equal(true);
  });

  describe("with contract members (ERC-1271)", () => {
    const magic = "0x1626ba7e" + "00".repeat(28);

    it("lets one join that approves", async () => {
      const wallet = { address: await deploy("ERC1271Wallet", [joiner.address]), sign: joiner.sign };
      const { members } = deployed;
      deployed = await change([...members, wallet], [...members.slice(0, 3), wallet]);
      const batch = await draftBatch(deployed);
      await deployed.registry.publish(batch, approveBatch(deployed, batch, [wallet, members[0]!]));
    });

    it("lets none join that refuses, reverts, writes, answers junk, burns all gas, or is not deployed", async () => {
      const { members, domain } = deployed;
      const refusing = [
        await deploy("ERC1271Wallet", [stranger.address]),
        await deploy("ERC1271Reverter"),
        await deploy("ERC1271Writer"),
        await deploy("ERC1271Answer", ["0x" + "ab".repeat(32)]),
        await deploy("ERC1271Answer", ["0x" + "ff".repeat(20_000)]),
        await deploy("ERC1271Burner"),
        makeAccount("not deployed").address,
      ];
      for (const address of refusing) {
        const council = await draftCouncil(deployed, { members: addressesOf([...members, silent(address)]) });
        await expectRefused(council, [...members.slice(0, 3), silent(address)], "CatRegistryInvalidSignature", [
          address,
          hashCouncil(domain, council),
        ]);
      }
    });

    it("can remove a member that burns all gas, reverts or answers junk without asking it", async () => {
      for (const bad of [
        await deploy("ERC1271Burner"),
        await deploy("ERC1271Reverter"),
        await deploy("ERC1271Answer", ["0x"]),
      ]) {
        const good = makeAccounts(3);
        deployed = await deployRegistry({ members: [...good, silent(bad)], publishThreshold: 2, councilThreshold: 3 });
        deployed = await change(good, good);
        expect((await deployed.registry.council()).members).to.deep.equal(addressesOf(good));
      }
    });

    it("counts a contract that approves everything once", async () => {
      const accepting = silent(await deploy("ERC1271Answer", [magic]));
      const good = makeAccounts(2);
      deployed = await deployRegistry({ members: [...good, accepting], publishThreshold: 1, councilThreshold: 2 });
      await expectRefused(await draftCouncil(deployed), [accepting], "CatRegistryBelowThreshold", [1, 2]);
      await change(good, [accepting, good[0]!]);
    });
  });
});
