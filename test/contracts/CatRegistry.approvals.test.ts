import { expect } from "chai";
import { concat, Signature, toBeHex, ZeroAddress, type BytesLike } from "ethers";
import { hashBatch, type Approval, type Batch } from "./support/acts.js";
import { networkHelpers } from "./support/network.js";
import {
  approveBatch,
  deployRegistry,
  draftBatch,
  makeAccount,
  makeAccounts,
  type Deployed,
} from "./support/registry.js";

const secp256k1Order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

async function threeOfFive(): Promise<Deployed> {
  return await deployRegistry({ members: makeAccounts(5), publishThreshold: 3 });
}

describe("CatRegistry, approvals of accounts", () => {
  let deployed: Deployed;
  let batch: Batch;
  let digest: string;
  let approvals: Approval[];
  beforeEach(async () => {
    deployed = await networkHelpers.loadFixture(threeOfFive);
    batch = await draftBatch(deployed);
    digest = hashBatch(deployed.domain, batch);
    approvals = approveBatch(deployed, batch, deployed.members);
  });

  async function expectRefused(given: Approval[], error: string, args: unknown[]): Promise<void> {
    await expect(deployed.registry.publish(batch, given))
      .to.be.revertedWithCustomError(deployed.registry, error)
      .withArgs(...args);
  }

  it("are enough at the threshold, whichever members they come from, and may be more", async () => {
    for (const chosen of [
      [0, 1, 2],
      [2, 3, 4],
      [0, 2, 4],
      [0, 1, 2, 3, 4],
    ]) {
      const given = chosen.map((i) => approvals[i]!);
      await deployed.registry.publish.staticCall(batch, given);
    }
    await deployed.registry.publish(batch, approvals);
    const [event] = await deployed.registry.queryFilter(deployed.registry.filters.BatchApproved(1n));
    expect(event!.args.approvers).to.deep.equal(deployed.members.map((member) => member.address));
  });

  it("are refused below the threshold", async () => {
    await expectRefused([], "CatRegistryBelowThreshold", [0, 3]);
    await expectRefused(approvals.slice(0, 2), "CatRegistryBelowThreshold", [2, 3]);
  });

  it("are refused twice from one member, or out of order", async () => {
    const [first, second, third] = approvals as [Approval, Approval, Approval];
    await expectRefused([first, second, second], "CatRegistryUnordered", [second.member, second.member]);
    await expectRefused([second, first, third], "CatRegistryUnordered", [first.member, second.member]);
    await expectRefused([{ ...first, member: ZeroAddress }, second, third], "CatRegistryUnordered", [
      ZeroAddress,
      ZeroAddress,
    ]);
  });

  it("are refused from who is no member, also above the threshold", async () => {
    const stranger = makeAccount("stranger");
    const given = approveBatch(deployed, batch, [...deployed.members, stranger]);
    await expectRefused(given, "CatRegistryNotMember", [stranger.address]);
  });

  it("must all verify, also those above the threshold", async () => {
    const last = approvals[4]!;
    const given = [...approvals.slice(0, 4), { ...last, signature: approvals[3]!.signature }];
    await expectRefused(given, "CatRegistryInvalidSignature", [last.member, digest]);
  });

  it("are refused in any other form than 65 bytes with a low s", async () => {
    const signature = Signature.from(approvals[0]!.signature as string);
    const { r, s, v, compactSerialized } = signature;
    const highS = toBeHex(secp256k1Order - BigInt(s), 32);
    const forms: Record<string, BytesLike> = {
      "64 bytes (ERC-2098)": compactSerialized,
      "high s": concat([r, highS, v === 27 ? "0x1c" : "0x1b"]),
      "v 0 or 1": concat([r, s, toBeHex(v - 27)]),
      "66 bytes": concat([signature.serialized, "0x00"]),
      nothing: "0x",
      zeros: "0x" + "00".repeat(65),
    };
    for (const form of Object.values(forms)) {
      const given = [{ ...approvals[0]!, signature: form }, ...approvals.slice(1)];
      await expectRefused(given, "CatRegistryInvalidSignature", [approvals[0]!.member, digest]);
    }
  });

  it("are refused of another batch", async () => {
    for (const changes of [{ rows: 2n }, { root: digest }, { delta: digest }, { pack: digest }, { depth: 1 }]) {
      const other = { ...batch, ...changes };
      await expect(deployed.registry.publish(other, approvals)).to.be.revertedWithCustomError(
        deployed.registry,
        "CatRegistryInvalidSignature",
      );
    }
    const later = { ...batch, deadline: (batch.deadline as bigint) + 1n };
    await expect(deployed.registry.publish(later, approvals)).to.be.revertedWithCustomError(
      deployed.registry,
      "CatRegistryInvalidSignature",
    );
  });
});
