import { expect } from "chai";
import type { BytesLike } from "ethers";
import type { CatRegistry } from "../../src/registry/contract-types/CatRegistry.js";
import { approve, hashBatch, type Signatory } from "./support/acts.js";
import { delegate } from "./support/delegation.js";
import { deploy } from "./support/network.js";
import { deployRegistry, draftBatch, makeAccount, makeAccounts } from "./support/registry.js";

const magic = "0x1626ba7e" + "00".repeat(28);

/** Founds a registry of this member and an ordinary one, both needed, and a batch that both sign. */
async function prepareAct(
  member: Signatory,
): Promise<{ registry: CatRegistry; digest: string; submit: () => Promise<unknown> }> {
  const ordinary = makeAccounts(1);
  const deployed = await deployRegistry({ members: [member, ...ordinary], publishThreshold: 2 });
  const { registry, domain } = deployed;
  const batch = await draftBatch(deployed);
  const digest = hashBatch(domain, batch);
  return { registry, digest, submit: () => registry.publish(batch, approve(digest, [member, ...ordinary])) };
}

async function expectAccepted(member: Signatory): Promise<void> {
  const { registry, digest, submit } = await prepareAct(member);
  await submit();
  expect((await registry.state()).head).to.equal(digest);
}

async function expectRefused(member: Signatory): Promise<void> {
  const { registry, digest, submit } = await prepareAct(member);
  await expect(submit())
    .to.be.revertedWithCustomError(registry, "CatRegistryInvalidSignature")
    .withArgs(member.address, digest);
}

const signing = (address: string, sign: (digest: string) => BytesLike): Signatory => ({ address, sign });

describe("CatRegistry, approvals of contracts (ERC-1271)", () => {
  const owner = makeAccount("wallet owner");
  const stranger = makeAccount("stranger");

  it("accepts what the contract accepts", async () => {
    const wallet = await deploy("ERC1271Wallet", [owner.address]);
    await expectAccepted(signing(wallet, owner.sign));
  });

  it("refuses what the contract refuses", async () => {
    const wallet = await deploy("ERC1271Wallet", [owner.address]);
    await expectRefused(signing(wallet, stranger.sign));
    await expectRefused(signing(wallet, () => "0x"));
  });

  it("takes signatures of any length and content to the contract", async () => {
    const accepting = await deploy("ERC1271Answer", [magic]);
    for (const length of [0, 1, 64, 65, 66, 5000]) {
      await expectAccepted(signing(accepting, () => "0x" + "ab".repeat(length)));
    }
  });

  it("refuses every answer but the magic word", async () => {
    for (const answer of [
      "0x",
      "0x1626ba7e",
      magic.slice(0, -2),
      "0x" + "00".repeat(32),
      "0x" + "ff".repeat(32),
      "0x" + "00".repeat(31) + "01",
      "0x1626ba7e" + "00".repeat(27) + "01",
      "0x" + "00".repeat(28) + "1626ba7e",
      "0x20c13b0b" + "00".repeat(28), // the magic of ERC-1271's first draft
    ]) {
      await expectRefused(signing(await deploy("ERC1271Answer", [answer]), owner.sign));
    }
  });

  it("reads the first word of a longer answer", async () => {
    await expectAccepted(signing(await deploy("ERC1271Answer", [magic + "ff"]), () => "0x"));
    await expectRefused(signing(await deploy("ERC1271Answer", ["0x" + "00".repeat(32) + magic.slice(2)]), () => "0x"));
  });

  it("refuses a contract that reverts, writes, burns all gas, or does not know the call", async () => {
    for (const name of ["ERC1271Reverter", "ERC1271Writer", "ERC1271Burner", "PlainDelegate"]) {
      await expectRefused(signing(await deploy(name), owner.sign));
    }
  });

  it("does not ask precompiled contracts", async () => {
    for (const precompile of [1, 2, 4]) {
      const address = "0x" + precompile.toString(16).padStart(40, "0");
      await expectRefused(signing(address, owner.sign));
    }
  });
});

describe("CatRegistry, approvals of accounts with EIP-7702 delegated code", () => {
  it("accepts the account's key, whether or not the delegate knows ERC-1271", async () => {
    for (const name of ["PermissiveDelegate", "PlainDelegate", "ERC1271Reverter"]) {
      const account = makeAccount(`delegating to ${name}`);
      await delegate(account, await deploy(name));
      await expectAccepted(account);
    }
  });

  it("lets no permissive delegate sign for the account", async () => {
    const account = makeAccount("delegating to who accepts all");
    const accepting = await deploy("PermissiveDelegate");
    await delegate(account, accepting);
    for (const sign of [makeAccount("stranger").sign, () => "0x", () => "0x" + "11".repeat(65)]) {
      await expectRefused(signing(account.address, sign));
    }
    // The same code does sign where it is the member itself.
    await expectAccepted(signing(accepting, () => "0x"));
  });
});
