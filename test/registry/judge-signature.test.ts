import { expect } from "chai";
import { type BytesLike, type ContractFactory, Wallet } from "ethers";
import { typedBatch } from "../../src/consortium/batch-file.js";
import { type TypedData, typedDataDigest } from "../../src/keys/typed-data.js";
import { ERC1271Answer__factory } from "../../src/registry/contract-types/factories/mocks/ERC1271Answer__factory.js";
import { ERC1271Burner__factory } from "../../src/registry/contract-types/factories/mocks/ERC1271Burner__factory.js";
import { ERC1271Reverter__factory } from "../../src/registry/contract-types/factories/mocks/ERC1271Reverter__factory.js";
import { ERC1271Wallet__factory } from "../../src/registry/contract-types/factories/mocks/ERC1271Wallet__factory.js";
import { PermissiveDelegate__factory } from "../../src/registry/contract-types/factories/mocks/PermissiveDelegate__factory.js";
import { judgeSignature } from "../../src/registry/judge-signature.js";
import { codeOf } from "../support/code-of.js";
import { delegateTo } from "../support/deploy-safe.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";
import { RpcRefusal } from "../support/rpc-proxy.js";
import { sampleBatch } from "../support/sample-batch.js";
import { wellKnownKey } from "../support/well-known-key.js";

const magic = `0x1626ba7e${"00".repeat(28)}`;

describe("judgeSignature", function () {
  this.timeout(60_000);
  let world: RegistryWorld;
  let data: TypedData;
  let signature: string;
  let stranger: string;
  const owner = new Wallet(wellKnownKey(7));
  before(async () => {
    world = await startRegistryWorld();
    data = typedBatch({ registry: world.registry.id, batch: sampleBatch });
    signature = owner.signingKey.sign(typedDataDigest(data)).serialized;
    stranger = new Wallet(wellKnownKey(8)).signingKey.sign(typedDataDigest(data)).serialized;
  });
  after(() => world.close());

  const judge = (member: string, given = signature) =>
    judgeSignature(world.registry, data, { member, signature: given });
  async function deploy(factory: ContractFactory, ...args: unknown[]): Promise<string> {
    const contract = await factory.connect(world.sender).deploy(...args);
    return (await contract.waitForDeployment()).getAddress();
  }

  it("takes an account's own signature, and no other", async () => {
    expect(await judge(owner.address)).to.deep.equal({ kind: "account", holds: true });
    expect(await judge(owner.address, stranger)).to.deep.equal({ kind: "account", holds: false });
    expect(await judge(owner.address, "0x")).to.deep.equal({ kind: "account", holds: false });
  });

  it("asks a contract, and takes what that takes", async () => {
    const wallet = await deploy(new ERC1271Wallet__factory(), owner.address);
    expect(await judge(wallet)).to.deep.equal({ kind: "contract", holds: true });
    expect(await judge(wallet, stranger)).to.deep.equal({ kind: "contract", holds: false });
  });

  it("takes a delegated account's own signature only, whatever its delegate says", async () => {
    const account = new Wallet(wellKnownKey(6), world.registry.chain.provider);
    await delegateTo(account, await deploy(new PermissiveDelegate__factory()));
    const own = account.signingKey.sign(typedDataDigest(data)).serialized;
    expect(await judge(account.address, own)).to.deep.equal({ kind: "delegated account", holds: true });
    expect(await judge(account.address, stranger)).to.deep.equal({ kind: "delegated account", holds: false });
  });

  const answers: [what: string, answer: BytesLike, holds: boolean][] = [
    ["the magic word", magic, true],
    ["more behind the magic word", `${magic}ff`, true],
    ["four bytes", magic.slice(0, 10), false],
    ["the magic with dirt in its word", `${magic.slice(0, -1)}1`, false],
    ["another word", `0xffffffff${"00".repeat(28)}`, false],
    ["nothing", "0x", false],
  ];
  for (const [what, answer, holds] of answers)
    it(`${holds ? "takes" : "refuses"} a contract that answers ${what}, as the registry does`, async () => {
      expect((await judge(await deploy(new ERC1271Answer__factory(), answer))).holds).to.equal(holds);
    });

  it("refuses contracts that revert or burn all gas", async () => {
    for (const factory of [new ERC1271Reverter__factory(), new ERC1271Burner__factory()])
      expect((await judge(await deploy(factory))).holds).to.equal(false);
  });

  it("does not take an endpoint that refuses to ask for a contract's no: RPC_UNAVAILABLE, RPC_ANSWER_INVALID", async () => {
    const wallet = await deploy(new ERC1271Wallet__factory(), owner.address);
    const registry = await world.see();
    const judgeThere = () => judgeSignature(registry, data, { member: wallet, signature });
    world.rpcProxy.rule = ({ method }, result) => {
      if (method === "eth_call") throw new RpcRefusal("too many requests");
      return result;
    };
    expect(await codeOf(judgeThere)).to.equal("RPC_UNAVAILABLE");
    world.rpcProxy.rule = ({ method }, result) => (method === "eth_getCode" ? "none" : result);
    expect(await codeOf(judgeThere)).to.equal("RPC_ANSWER_INVALID");
  });
});
