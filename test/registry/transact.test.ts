import { expect } from "chai";
import { Wallet, ZeroAddress, ZeroHash } from "ethers";
import { batchDigest } from "../../src/cat/batch.js";
import type { CatnixError } from "../../src/errors/catnix-error.js";
import { Registry } from "../../src/registry/registry.js";
import { deployRegistry, submitBatch, withdrawBatch, withdrawBuild } from "../../src/registry/transact.js";
import { waitReceipt } from "../../src/registry/wait-receipt.js";
import { codeOf } from "../support/code-of.js";
import { makeRecord } from "../support/fill-index.js";
import { draftBatch, publishBatch, signBatch } from "../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";

describe("transact", function () {
  this.timeout(60_000);
  let world: RegistryWorld;
  let registry: Registry;
  /** Of another account, seen through the proxy. */
  let payer: Wallet;
  beforeEach(async () => {
    world = await startRegistryWorld();
    registry = await world.see();
    payer = new Wallet(`0x${"77".repeat(32)}`, registry.chain.provider);
    await world.rpc("anvil_setBalance", payer.address, "0x56bc75e2d63100000");
  });
  afterEach(() => world.close());

  const draft = (overrides = {}) => draftBatch(world, [makeRecord("hello", Buffer.from("hello"))], overrides);
  const sent = () => world.rpcProxy.calls.filter(({ method }) => method === "eth_sendRawTransaction").length;
  /** The contract's error that refused it. */
  const revertOf = async (run: () => Promise<unknown>) => {
    const error = await run().then(
      () => expect.fail("nothing was refused"),
      (reason: unknown) => reason as CatnixError<"CALL_REVERTED">,
    );
    expect(error.code).to.equal("CALL_REVERTED");
    return error.details.error;
  };

  it("submits a batch with its approvals in any order, and says what it cost", async () => {
    const batch = await draft();
    const approvals = await signBatch(world, batch);
    const receipt = await submitBatch(registry, payer, batch, approvals.toReversed());
    expect(await registry.state()).to.include({ seq: 1, head: batchDigest(registry.id, batch) });
    expect(receipt.transactionHash).to.match(/^0x[0-9a-f]{64}$/);
    expect(receipt.block).to.equal(await registry.chain.provider.getBlockNumber());
    expect(receipt.gas).to.be.within(50_000, 120_000);
  });

  it("sends nothing that the registry refuses, and says why", async () => {
    const good = await draft();
    const approvals = await signBatch(world, good);
    const [one, two] = approvals as [(typeof approvals)[0], (typeof approvals)[0]];
    const stranger = { ...world, members: [...world.members, payer] };
    const submit = (batch = good, by = approvals) => revertOf(() => submitBatch(registry, payer, batch, by));
    expect(await submit(good, [])).to.equal("CatRegistryBelowThreshold");
    expect(await submit(good, [one])).to.equal("CatRegistryBelowThreshold");
    expect(await submit(good, [one, one])).to.equal("CatRegistryUnordered");
    expect(await submit({ ...good, rows: 2 })).to.equal("CatRegistryInvalidSignature");
    expect(await submit(good, [one, { ...two, signature: one.signature }])).to.equal("CatRegistryInvalidSignature");
    expect(await submit(good, await signBatch(stranger, good))).to.equal("CatRegistryNotMember");
    for (const [overrides, error] of [
      [{ seq: 2 }, "CatRegistryWrongSeq"],
      [{ parent: ZeroHash }, "CatRegistryWrongParent"],
      [{ deadline: 1 }, "CatRegistryExpired"],
      [{ root: "0".repeat(64) }, "CatRegistryInvalidRoot"],
      [{ delta: "0".repeat(64) }, "CatRegistryInvalidDelta"],
      [{ depth: 33 }, "CatRegistryInvalidDepth"],
      [{ rows: 65 }, "CatRegistryInvalidRowCount"],
    ] as const) {
      const batch = { ...good, ...overrides };
      expect(await submit(batch, await signBatch(world, batch))).to.equal(error);
    }
    const withdraw = (seq: number, reason = "", by: Wallet = payer) =>
      revertOf(() => withdrawBatch(registry, by, seq, reason));
    expect(await withdraw(0)).to.equal("CatRegistryNotGuardian");
    expect(await revertOf(() => withdrawBuild(registry, payer, "ab".repeat(32), ""))).to.equal(
      "CatRegistryNotGuardian",
    );
    expect(sent()).to.equal(0);
    expect(await registry.chain.provider.getTransactionCount(payer.address)).to.equal(0);
  });

  it("withdraws once, as the guardian", async () => {
    await publishBatch(world, makeRecord("hello", Buffer.from("hello")));
    const { guardian } = world;
    expect(await revertOf(() => withdrawBatch(world.registry, guardian, 2, ""))).to.equal("CatRegistryUnknownBatch");
    const long = "é".repeat(513);
    expect(await revertOf(() => withdrawBatch(world.registry, guardian, 1, long))).to.equal("CatRegistryReasonTooLong");
    expect(await withdrawBatch(world.registry, guardian, 1, "é".repeat(512))).to.include.keys("gas", "block");
    expect(await revertOf(() => withdrawBatch(world.registry, guardian, 1, ""))).to.equal(
      "CatRegistryBatchAlreadyWithdrawn",
    );
    const zero = () => withdrawBuild(world.registry, guardian, "0".repeat(64), "");
    expect(await revertOf(zero)).to.equal("CatRegistryInvalidBuild");
  });

  it("says that the payer has no money", async () => {
    await world.rpc("anvil_setBalance", payer.address, "0x1");
    const batch = await draft();
    const approvals = await signBatch(world, batch);
    expect(await codeOf(() => submitBatch(registry, payer, batch, approvals))).to.equal("TRANSACTION_FAILED");
    expect(await registry.state()).to.include({ seq: 0 });
  });

  it("says that the chain does not answer", async () => {
    const batch = await draft();
    const approvals = await signBatch(world, batch);
    world.rpcProxy.down = true;
    expect(await codeOf(() => submitBatch(registry, payer, batch, approvals))).to.equal("RPC_UNAVAILABLE");
  });

  it("waits through an endpoint's failures for a transaction that was sent", async () => {
    const batch = await draft();
    const approvals = await signBatch(world, batch);
    world.rpcProxy.rule = ({ method }, result) => {
      if (method === "eth_sendRawTransaction") {
        world.rpcProxy.down = true;
        setTimeout(() => (world.rpcProxy.down = false), 700);
      }
      return result;
    };
    expect(await submitBatch(registry, payer, batch, approvals)).to.include.keys("block");
  });

  it("does not wait for ever, and then names the transaction", async () => {
    await world.rpc("evm_setAutomine", false);
    const { hash } = await payer.sendTransaction({ to: payer.address });
    const waiting = () => waitReceipt(registry.chain, "a test", hash, 600);
    const error = await waiting().catch((reason: unknown) => reason as CatnixError<"TRANSACTION_FAILED">);
    expect(error).to.have.property("code", "TRANSACTION_FAILED");
    expect((error as CatnixError<"TRANSACTION_FAILED">).details.reason).to.contain(hash);
    await world.mine(1);
    expect((await waiting()).hash).to.equal(hash);
  });

  it("says that a transaction reverted on the chain", async () => {
    // Enough gas to be mined, too little to run.
    const data = registry.contract.interface.encodeFunctionData("withdrawBatch", [1, ""]);
    const { hash } = await payer.sendTransaction({ to: registry.id.registry, data, gasLimit: 60_000 });
    expect(await codeOf(() => waitReceipt(registry.chain, "a test", hash))).to.equal("TRANSACTION_FAILED");
  });

  it("deploys a registry of its own, once the council is one", async () => {
    const [a, b] = world.members as [Wallet, Wallet];
    const members = [a.address, b.address].sort((x, y) => (BigInt(x) < BigInt(y) ? -1 : 1));
    const council = {
      members,
      publishThreshold: 1,
      councilThreshold: 2,
      guardian: ZeroAddress,
      charter: `0x${"ab".repeat(32)}`,
    };
    const deploy = (fields = {}) => deployRegistry(registry.chain, payer, { ...council, ...fields });
    expect(await revertOf(() => deploy({ members: members.toReversed() }))).to.equal("CatRegistryUnordered");
    expect(await revertOf(() => deploy({ members: [] }))).to.equal("CatRegistryInvalidCouncilSize");
    expect(await revertOf(() => deploy({ publishThreshold: 3 }))).to.equal("CatRegistryInvalidThresholds");
    expect(sent()).to.equal(0);
    const { registry: address, block } = await deploy();
    const opened = await Registry.open(world.rpcUrl, { ...registry.id, registry: address });
    expect(await opened.council()).to.deep.equal({ ...council, charter: "ab".repeat(32) });
    expect(await opened.state(block)).to.include({ seq: 0 });
    opened.close();
  });
});
