import { expect } from "chai";
import { verifyTypedData, Wallet, ZeroHash } from "ethers";
import { setTimeout } from "node:timers/promises";
import { BATCH_TYPES, domainOf, toTypedBatch } from "../../src/cat/batch.js";
import type { CatRecord } from "../../src/cat/record.js";
import { signBatch } from "../../src/consortium/sign-batch.js";
import { typedBatch } from "../../src/consortium/batch-file.js";
import { isSignatureOf } from "../../src/keys/typed-data.js";
import { toHex } from "../../src/encoding/hex.js";
import { Registry } from "../../src/registry/registry.js";
import { deployRegistry, submitBatch, withdrawBuild } from "../../src/registry/transact.js";
import { codeOf } from "../support/code-of.js";
import { makeStorePath, swarmIdOf } from "../support/fill-index.js";
import { Consortium, tomorrow } from "./support/consortium.js";

const rejectionOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("signBatch", function () {
  this.timeout(60_000);
  let consortium: Consortium;
  let base: CatRecord, lib: CatRecord, added: CatRecord;
  let registry: Registry;
  let alice: Wallet, bob: Wallet;
  let restore: () => Promise<void>;

  before(async () => {
    consortium = await Consortium.start();
    registry = consortium.world.registry;
    [alice, bob] = consortium.world.members as [Wallet, Wallet];
    base = await consortium.list("base");
    lib = await consortium.refer("lib", "base");
    added = await consortium.refer("added", "base");
    await consortium.approve(base, lib);
  });
  after(() => consortium.close());
  beforeEach(async () => {
    restore = await consortium.snapshot();
  });
  afterEach(() => restore());

  const checkOf = async (...entries: Parameters<Consortium["draft"]>[0]) =>
    consortium.check(await consortium.draft(entries));

  it("signs what the contract's own digest says, and the contract accepts it", async () => {
    const checked = await checkOf(added);
    const approvals = [await signBatch(checked, bob, registry), await signBatch(checked, alice, registry)];
    expect(checked.digest).to.equal(await registry.contract.batchDigest(toTypedBatch(checked.batch)));
    for (const approval of approvals) {
      expect(isSignatureOf(typedBatch(checked), approval.member, approval.signature)).to.equal(true);
      const typed = toTypedBatch(checked.batch);
      expect(verifyTypedData(domainOf(registry.id), BATCH_TYPES, typed, approval.signature)).to.equal(approval.member);
    }
    await submitBatch(registry, consortium.world.sender, checked.batch, approvals);
    expect(await registry.state()).to.include({ head: checked.digest, seq: checked.batch.seq });
  });

  it("refuses who is no member", async () => {
    const checked = await checkOf(added);
    const stranger = new Wallet(`0x${"11".repeat(32)}`);
    expect(await codeOf(() => signBatch(checked, stranger, registry))).to.equal("NOT_A_MEMBER");
  });

  it("signs nothing that was not checked whole, here, for this registry", async () => {
    const checked = await checkOf(added);
    const altered = { ...checked, batch: { ...checked.batch, root: "ab".repeat(32) } };
    const shown = await consortium.check(checked.batch, { skipNars: true });
    for (const other of [{ ...checked }, altered, shown, { ...shown, narsChecked: true }])
      expect(await rejectionOf(signBatch(other, alice, registry))).to.be.instanceOf(TypeError);

    const { sender } = consortium.world;
    const council = { members: [alice.address], publishThreshold: 1, councilThreshold: 1, guardian: alice.address };
    const deployed = await deployRegistry(registry.chain, sender, { ...council, charter: ZeroHash });
    const another = await Registry.open(consortium.world.rpcUrl, { ...registry.id, registry: deployed.registry });
    expect(await rejectionOf(signBatch(checked, alice, another))).to.be.instanceOf(TypeError);
    another.close();
  });

  it("refuses a batch that was overtaken since it was checked", async () => {
    const checked = await checkOf(added);
    await consortium.approve(await consortium.list("other"));
    expect(await codeOf(() => signBatch(checked, alice, registry))).to.equal("BATCH_STALE");
  });

  it("refuses a batch whose deadline passed since it was checked", async () => {
    const deadline = Math.floor(Date.now() / 1000) + 2;
    const checked = await consortium.check(await consortium.draft([added], { deadline }));
    await setTimeout(2100);
    expect(await codeOf(() => signBatch(checked, alice, registry))).to.equal("BATCH_DEADLINE");
    expect(deadline).to.be.below(tomorrow());
  });

  it("refuses a batch when the guardian withdrew something since it was checked", async () => {
    const checked = await checkOf(added);
    await withdrawBuild(registry, consortium.world.guardian, toHex(swarmIdOf(base)), "");
    expect(await codeOf(() => signBatch(checked, alice, registry))).to.equal("ALARM_RAISED");
    expect(await codeOf(() => checkOf(added))).to.equal("CAT_CLOSURE_BROKEN");
  });

  it("withdraws what live paths refer to only by name", async () => {
    const checked = await checkOf({ tombstone: makeStorePath("base") });
    const refused = (force?: string[]) => codeOf(() => signBatch(checked, alice, registry, { force }));
    expect(await refused()).to.equal("CAT_TOMBSTONE_REFERENCED");
    expect(await refused([makeStorePath("lib")])).to.equal("CAT_TOMBSTONE_REFERENCED");
    expect(await refused([makeStorePath("lib"), makeStorePath("base")])).to.equal(undefined);
  });
});
