import { expect } from "chai";
import { toHex } from "../../src/encoding/hex.js";
import { Registry } from "../../src/registry/registry.js";
import { withdrawBatch, withdrawBuild } from "../../src/registry/transact.js";
import { AlarmedView } from "../../src/resolver/alarmed-view.js";
import { ChainView } from "../../src/resolver/chain-view.js";
import { codeOf } from "../support/code-of.js";
import { makeRecord, swarmIdOf } from "../support/fill-index.js";
import { publishBatch } from "../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";

describe("AlarmedView", function () {
  this.timeout(60_000);
  const [hello, other] = ["hello", "other"].map((name) => makeRecord(name, Buffer.from(name)));
  const [helloId, otherId] = [swarmIdOf(hello!), swarmIdOf(other!)];
  let world: RegistryWorld;
  let seen: Registry;
  let view: ChainView;
  before(async () => {
    world = await startRegistryWorld();
    const { registry, guardian, deploymentBlock } = world;
    await publishBatch(world, hello!, other!); // act 1
    await withdrawBuild(registry, guardian, toHex(helloId), "first");
    await world.mine(20);
    await publishBatch(world, { ...hello!, sigs: [] }); // act 2, which the alarm still reaches
    await publishBatch(world, hello!); // act 3
    await withdrawBuild(registry, guardian, toHex(helloId), "second");
    await publishBatch(world, hello!, other!); // act 4
    await publishBatch(world, hello!); // act 5
    await withdrawBatch(registry, guardian, 4, "builder lost");
    seen = await Registry.open(world.rpcProxy.url, registry.id);
    view = await ChainView.open(seen, { finality: "latest", deploymentBlock, logRange: 1000 });
  });
  after(async () => {
    seen.close();
    await world.close();
  });
  it("says of every row what the contract says, without a question", async () => {
    const known = new AlarmedView(view, await view.readAlarms());
    const strange = new Uint8Array(32).fill(7);
    for (const swarmId of [helloId, otherId, strange])
      for (let seq = 1; seq <= view.seq; seq++) {
        const row = { nixId: new Uint8Array(20), seq, swarmId };
        const withdrawal = await view.findWithdrawal(row);
        const reason = await view.findReason(row, withdrawal);
        world.rpcProxy.calls.length = 0;
        expect(await known.findWithdrawal(row)).to.deep.equal(withdrawal);
        if (withdrawal.batch || withdrawal.through >= seq)
          expect(await known.findReason(row, withdrawal)).to.equal(reason);
        expect(world.rpcProxy.calls).to.deep.equal([]);
      }
    const { from, registry, block, head, seq, cat } = view;
    expect(known).to.deep.include({ from, registry, block, head, seq, cat });
    expect(await known.findBatch(4)).to.deep.equal(await view.findBatch(4));
    const coming = { nixId: new Uint8Array(20), seq: view.seq + 1, swarmId: strange };
    expect(await codeOf(() => known.findWithdrawal(coming))).to.equal("CAT_ROW_INVALID");
  });
});
