import { expect } from "chai";
import { AlarmedView } from "../../src/resolver/alarmed-view.js";
import { type AlarmedWorld, startAlarmedWorld } from "../support/alarmed-world.js";
import { codeOf } from "../support/code-of.js";

describe("AlarmedView", function () {
  this.timeout(60_000);
  let alarmed: AlarmedWorld;
  before(async () => {
    alarmed = await startAlarmedWorld();
  });
  after(() => alarmed.world.close());

  it("says of every row what the contract says, without a question", async () => {
    const { world, view, helloId, otherId } = alarmed;
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
