import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { addressesOf, approve, hashCouncil, silent, type Council, type Signatory } from "./support/acts.js";
import { delegate } from "./support/delegation.js";
import { deploy, networkHelpers } from "./support/network.js";
import {
  approveBatch,
  deployRegistry,
  draftBatch,
  draftCouncil,
  makeAccount,
  type Deployed,
} from "./support/registry.js";

const account = makeAccount("the delegating member");
const [anna, bert] = [makeAccount("anna"), makeAccount("bert")];
/** What anybody can make. */
const forged = silent(account.address);

interface World {
  readonly deployed: Deployed;
  readonly permissive: string;
  readonly plain: string;
}

async function annaAndBert(): Promise<World> {
  const deployed = await deployRegistry({ members: [anna, bert], publishThreshold: 2, councilThreshold: 2 });
  return { deployed, permissive: await deploy("PermissiveDelegate"), plain: await deploy("PlainDelegate") };
}

describe("CatRegistry, an account with EIP-7702 delegated code as a member", () => {
  let world: World;
  beforeEach(async () => {
    world = await networkHelpers.loadFixture(annaAndBert);
  });

  const submit = (council: Council, who: readonly Signatory[]): Promise<unknown> => {
    const { registry, domain } = world.deployed;
    return registry.changeCouncil(council, approve(hashCouncil(domain, council), who));
  };
  async function publish(who: readonly Signatory[]): Promise<void> {
    const batch = await draftBatch(world.deployed);
    await world.deployed.registry.publish(batch, approveBatch(world.deployed, batch, who));
  }

  it("joins by its own key, decides under any delegate and none, and leaves", async () => {
    await delegate(account, world.plain);
    const all = [anna, bert, account];
    await submit(await draftCouncil(world.deployed, { members: addressesOf(all) }), all);
    await publish([anna, account]);
    await delegate(account, world.permissive);
    await publish([anna, account]);
    await delegate(account, ZeroAddress);
    await publish([anna, account]);
    await delegate(account, world.permissive);
    await submit(await draftCouncil(world.deployed, { members: addressesOf([anna, bert]) }), [anna, account]);
    await expect(publish([anna, account]))
      .to.be.revertedWithCustomError(world.deployed.registry, "CatRegistryNotMember")
      .withArgs(account.address);
  });

  it("is not made to join by a delegate that signs anything", async () => {
    await delegate(account, world.permissive);
    const council = await draftCouncil(world.deployed, { members: addressesOf([anna, bert, account]) });
    await expect(submit(council, [anna, bert, forged]))
      .to.be.revertedWithCustomError(world.deployed.registry, "CatRegistryInvalidSignature")
      .withArgs(account.address, hashCouncil(world.deployed.domain, council));
  });

  it("is not made to change the council or to publish by its delegate", async () => {
    const all = [anna, bert, account];
    await submit(await draftCouncil(world.deployed, { members: addressesOf(all) }), all);
    await delegate(account, world.permissive);
    const council = await draftCouncil(world.deployed, {
      members: addressesOf([anna]),
      publishThreshold: 1n,
      councilThreshold: 1n,
    });
    for (const attack of [submit(council, [anna, forged]), publish([anna, forged])])
      await expect(attack).to.be.revertedWithCustomError(world.deployed.registry, "CatRegistryInvalidSignature");
  });

  it("keeps a signature that it gave before it delegated, and before it stopped to", async () => {
    const all = [anna, bert, account];
    await submit(await draftCouncil(world.deployed, { members: addressesOf(all) }), all);
    const batch = await draftBatch(world.deployed);
    const approvals = approveBatch(world.deployed, batch, [anna, account]);
    await delegate(account, world.plain);
    await world.deployed.registry.publish(batch, approvals);
    const next = await draftBatch(world.deployed);
    const nextApprovals = approveBatch(world.deployed, next, [anna, account]);
    await delegate(account, ZeroAddress);
    await world.deployed.registry.publish(next, nextApprovals);
    expect((await world.deployed.registry.state()).seq).to.equal(3n);
  });
});
