import { expect } from "chai";
import { Wallet } from "ethers";
import { type Chain, connectChain } from "../../src/registry/connect.js";
import type { ICatRegistry } from "../../src/registry/contract-types/ICatRegistry.js";
import { registryInterface } from "../../src/registry/contract.js";
import { type ApprovalSource, proveApproval } from "../../src/resolver/light-approval.js";
import { codeOf } from "../support/code-of.js";
import { makeRecord } from "../support/fill-index.js";
import { publishBatch } from "../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";
import { changeCouncil } from "../support/submit-acts.js";

type BatchStruct = ICatRegistry.BatchStruct;

interface Submitted {
  readonly batch: unknown;
  readonly approvals: readonly { readonly member: string; readonly signature: string }[];
}

describe("proveApproval", function () {
  this.timeout(60_000);
  let world: RegistryWorld;
  let chain: Chain;
  let source: ApprovalSource;
  let members: string[];
  before(async () => {
    world = await startRegistryWorld();
    const joiner = Wallet.createRandom();
    await changeCouncil(world, { members: [...(await world.registry.council()).members, joiner.address] }, [joiner]);
    await publishBatch(world, makeRecord("one", Buffer.from("one")));
    const { head, seq } = await world.registry.state();
    const { id } = world.registry;
    const council = await world.registry.council();
    const block = Number(await world.rpc("eth_blockNumber"));
    source = { id, head, seq, block, council, deploymentBlock: world.deploymentBlock, logRange: 1000 };
    chain = await connectChain(world.rpcProxy.url);
    members = world.members.map(({ address }) => address).sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  });
  after(async () => {
    chain.close();
    await world.close();
  });
  afterEach(() => {
    world.rpcProxy.rule = (_call, result) => result;
  });

  /** What the endpoint shows as the input of the transaction instead. */
  const showInput = (change: (submitted: Submitted) => string | null) => {
    world.rpcProxy.rule = ({ method }, result) => {
      if (method !== "eth_getTransactionByHash") return result;
      const { input } = result as { input: string };
      const [batch, approvals] = registryInterface.decodeFunctionData("publish", input) as unknown as [
        unknown,
        Submitted["approvals"],
      ];
      const shown = change({ batch, approvals: approvals.map(({ member, signature }) => ({ member, signature })) });
      return shown === null ? null : { ...(result as object), input: shown };
    };
  };
  const encode = ({ batch, approvals }: Submitted) =>
    registryInterface.encodeFunctionData("publish", [batch as BatchStruct, [...approvals]]);
  const approversOf = async () =>
    (await proveApproval(chain, 2, source)).approvers.map(({ member, by }) => `${member} ${by}`);

  it("knows members by their signatures", async () => {
    expect(await approversOf()).to.deep.equal(members.map((member) => `${member} signature`));
  });

  it("calls told who only the event names: after a call by another contract, without the input, with no signature of theirs", async () => {
    const told = members.map((member) => `${member} told`);
    for (const input of ["0x", "0x12345678", "0xzz", null]) {
      showInput(() => input);
      expect(await approversOf(), String(input)).to.deep.equal(told);
    }
    showInput(({ batch, approvals: [first, second] }) =>
      encode({ batch, approvals: [first!, { ...second!, signature: first!.signature }] }),
    );
    expect(await approversOf()).to.deep.equal([`${members[0]} signature`, `${members[1]} told`]);
  });

  it("takes a signature for what it is wherever it is found, and nobody's who is no member", async () => {
    const stranger = Wallet.createRandom();
    showInput(({ approvals }) => {
      const batch = { seq: 9, depth: 1, rows: 1, deadline: 1, ...zeros("parent", "root", "delta", "pack") };
      return encode({
        batch,
        approvals: [...approvals, { member: stranger.address, signature: approvals[0]!.signature }],
      });
    });
    expect(await approversOf()).to.deep.equal(members.map((member) => `${member} signature`));
  });

  it("recovers no more signatures than the registry takes", async () => {
    showInput(({ batch, approvals }) =>
      encode({ batch, approvals: Array.from({ length: 33 }, (_, at) => approvals[at % 2]!) }),
    );
    expect(await approversOf()).to.deep.equal(members.map((member) => `${member} told`));
  });

  it("refuses an act that is no batch", async () => {
    expect(await codeOf(() => proveApproval(chain, 1, source))).to.equal("RPC_ANSWER_INVALID");
  });
});

function zeros(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `0x${"00".repeat(32)}`]));
}
