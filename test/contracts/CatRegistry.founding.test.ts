import { MerkleTree } from "@ethersphere/bee-js";
import { expect } from "chai";
import { hexlify, id, TypedDataEncoder, ZeroAddress, ZeroHash } from "ethers";
import { ethers, isInstrumented } from "./support/network.js";
import { ReferenceCat } from "./support/reference-cat.js";
import { printFigure, toPlain } from "./support/results.js";
import { deployRegistry, makeAccounts, type Deployed, type Founding } from "./support/registry.js";

const guardian = "0x00000000000000000000000000000000000000A1";

async function expectRefused(founding: Partial<Founding>, error: string, args: unknown[]): Promise<void> {
  const { registry } = await deployRegistry();
  await expect(deployRegistry(founding))
    .to.be.revertedWithCustomError(registry, error)
    .withArgs(...args);
}

describe("CatRegistry, founding", () => {
  let deployed: Deployed;
  before(async () => {
    deployed = await deployRegistry({ members: makeAccounts(5), publishThreshold: 2, councilThreshold: 4, guardian });
  });

  it("starts at the domain separator with an empty CAT", async () => {
    const { registry, domain } = deployed;
    const { head, root, seq, time, depth } = await registry.state();
    const block = await registry.deploymentTransaction()!.getBlock();
    expect(head).to.equal(TypedDataEncoder.hashDomain(domain));
    expect([seq, depth]).to.deep.equal([0n, 0n]);
    expect(time).to.equal(block!.timestamp);
    expect(root).to.equal(new ReferenceCat([], 0).root);
    expect(toPlain(await registry.alarmState())).to.deep.equal([head, 0n]);
  });

  it("takes the first root from 4,096 zero bytes, as an independent library hashes them", async () => {
    const tree = await MerkleTree.root(new Uint8Array(4096));
    expect((await deployed.registry.state()).root).to.equal(hexlify(tree.hash()));
  });

  it("emits the founding council as act 0 and answers it", async () => {
    const { registry, domain, members, charter } = deployed;
    const addresses = members.map((member) => member.address);
    const [event] = await registry.queryFilter(registry.filters.CouncilChanged());
    expect(event!.blockNumber).to.equal(registry.deploymentTransaction()!.blockNumber);
    expect(event!.args.seq).to.equal(0n);
    expect(event!.args.digest).to.equal(TypedDataEncoder.hashDomain(domain));
    expect(toPlain(event!.args.council)).to.deep.equal([0n, ZeroHash, addresses, 2n, 4n, guardian, charter, 0n]);
    expect(toPlain(event!.args.approvers)).to.deep.equal([]);
    expect(toPlain(await registry.council())).to.deep.equal([addresses, 2n, 4n, guardian, charter]);
  });

  it("answers its EIP-712 domain (ERC-5267)", async () => {
    const { registry, domain } = deployed;
    const answer = await registry.eip712Domain();
    expect([answer.name, answer.version, answer.chainId, answer.verifyingContract]).to.deep.equal([
      domain.name,
      domain.version,
      domain.chainId,
      domain.verifyingContract,
    ]);
    expect(answer.fields).to.equal("0x0f");
  });

  it("accepts one member and 32, equal thresholds, no guardian, no charter", async () => {
    for (const count of [1, 32]) {
      const founding = { members: makeAccounts(count), publishThreshold: count, charter: ZeroHash };
      const { registry } = await deployRegistry(founding);
      expect((await registry.council()).members).to.have.length(count);
      expect((await registry.council()).guardian).to.equal(ZeroAddress);
    }
  });

  it("refuses no member and 33", async () => {
    const error = "CatRegistryInvalidCouncilSize";
    await expectRefused({ members: [], publishThreshold: 1 }, error, [0, 1, 32]);
    await expectRefused({ members: makeAccounts(33) }, error, [33, 1, 32]);
  });

  it("refuses thresholds of zero, falling, or above the members", async () => {
    const error = "CatRegistryInvalidThresholds";
    for (const [publishThreshold, councilThreshold] of [
      [0, 0],
      [0, 2],
      [3, 2],
      [2, 4],
      [4, 4],
      [255, 255],
    ] as const) {
      await expectRefused({ publishThreshold, councilThreshold }, error, [publishThreshold, councilThreshold, 3]);
    }
  });

  it("refuses members that are zero, twice there, or descend", async () => {
    const { registry } = deployed;
    const [low, high] = makeAccounts(2).map((account) => account.address) as [string, string];
    for (const [members, args] of [
      [
        [ZeroAddress, low],
        [ZeroAddress, ZeroAddress],
      ],
      [
        [low, low],
        [low, low],
      ],
      [
        [high, low],
        [low, high],
      ],
    ] as const) {
      const deployment = ethers.deployContract("CatRegistry", [members, 1, 1, guardian, id("charter")]);
      await expect(deployment)
        .to.be.revertedWithCustomError(registry, "CatRegistryUnordered")
        .withArgs(...args);
    }
  });

  it("is smaller than the 24,576 bytes that a contract may have", async function () {
    if (isInstrumented) this.skip();
    const code = await deployed.registry.getDeployedCode();
    const size = (code!.length - 2) / 2;
    printFigure(`code: ${size} bytes`);
    expect(size).to.be.lessThan(24_576);
  });
});
