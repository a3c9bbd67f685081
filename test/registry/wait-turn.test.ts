import { expect } from "chai";
import type { CatnixError } from "../../src/errors/catnix-error.js";
import { waitTurn } from "../../src/registry/wait-turn.js";
import { codeOf } from "../support/code-of.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";

describe("waitTurn", function () {
  this.timeout(60_000);
  let world: RegistryWorld;
  before(async () => {
    world = await startRegistryWorld();
  });
  after(() => world.close());

  it("waits for what an account sent before: PAYER_BUSY where that takes too long", async () => {
    const { chain } = world.registry;
    const [payer] = world.members;
    await waitTurn(chain, payer!.address);
    await world.rpc("evm_setAutomine", false);
    await payer!.sendTransaction({ to: payer!.address });
    const impatient = () => waitTurn(chain, payer!.address, 300);
    expect(await codeOf(impatient)).to.equal("PAYER_BUSY");
    const error = await impatient().catch((reason: unknown) => reason as CatnixError<"PAYER_BUSY">);
    expect((error as CatnixError<"PAYER_BUSY">).details).to.deep.equal({ address: payer!.address, waiting: 1 });
    const waiting = waitTurn(chain, payer!.address);
    await world.mine(1);
    await waiting;
  });
});
