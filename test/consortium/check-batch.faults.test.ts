import { expect } from "chai";
import type { Batch } from "../../src/cat/batch.js";
import type { CatRecord } from "../../src/cat/record.js";
import { toHex } from "../../src/encoding/hex.js";
import { codeOf } from "../support/code-of.js";
import { swarmIdOf } from "../support/fill-index.js";
import { Consortium, listPaths } from "./support/consortium.js";

/** Swarm and the chain fail, or the user has enough. */
describe("checkBatch, faults", function () {
  this.timeout(60_000);
  let consortium: Consortium;
  let added: CatRecord;
  let restore: () => Promise<void>;

  before(async () => {
    consortium = await Consortium.start();
    ({ added } = await listPaths(consortium));
  });
  after(() => consortium.close());
  beforeEach(async () => {
    restore = await consortium.snapshot();
  });
  afterEach(() => restore());

  describe("with a faulty Swarm", () => {
    const parts: [string, () => Promise<{ batch: Batch; address: string }>][] = [
      [
        "the delta",
        async () => {
          const batch = await consortium.draft([added]);
          return { batch, address: `bytes/${batch.delta}` };
        },
      ],
      [
        "a record",
        async () => ({ batch: await consortium.draft([added]), address: `chunks/${toHex(swarmIdOf(added))}` }),
      ],
      [
        "the pack",
        async () => {
          const batch = await consortium.draft([added]);
          return { batch, address: `bytes/${batch.pack}` };
        },
      ],
      ["a NAR", async () => ({ batch: await consortium.draft([added]), address: `bytes/${added.narAddress}` })],
      [
        "the parent's root",
        async () => {
          const { cat } = await consortium.world.registry.state();
          return { batch: await consortium.draft([added]), address: `chunks/${cat.root}` };
        },
      ],
      [
        "the new root",
        async () => {
          const batch = await consortium.draft([added]);
          return { batch, address: `chunks/${batch.root}` };
        },
      ],
    ];
    const faults: [string, Parameters<Consortium["breakSwarm"]>[1], RegExp][] = [
      ["404", { kind: "status", status: 404 }, /^SWARM_NOT_FOUND$/],
      ["500", { kind: "status", status: 500 }, /^SWARM_NOT_FOUND$/],
      ["wrong bytes", { kind: "flip", at: 9 }, /^SWARM_(MISMATCH|CHUNK_INVALID)$/],
      ["less", { kind: "truncate", after: 20, framing: "length" }, /^SWARM_/],
      ["more", { kind: "endless" }, /^SWARM_/],
      ["a cut connection", { kind: "reset", after: 20 }, /^SWARM_/],
    ];
    for (const [part, make] of parts)
      for (const [what, fault, code] of faults)
        it(`answers ${what} for ${part}`, async () => {
          const { batch, address } = await make();
          consortium.breakSwarm(address, fault);
          expect(await codeOf(() => consortium.check(batch))).to.match(code);
        });
  });

  it("ends with the reason of its signal, before and in the middle", async () => {
    const batch = await consortium.draft([added]);
    const reason = new Error("enough");
    const rejects = (signal: AbortSignal) =>
      consortium.check(batch, { signal }).then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(await rejects(AbortSignal.abort(reason))).to.equal(reason);
    for (const address of [batch.delta, batch.pack, added.narAddress]) {
      consortium.breakSwarm(address, { kind: "hang" });
      const controller = new AbortController();
      setTimeout(() => controller.abort(reason), 150);
      expect(await rejects(controller.signal)).to.equal(reason);
    }
  });

  it("refuses when the chain does not answer", async () => {
    const batch = await consortium.draft([added]);
    const { rpcProxy } = consortium.world;
    const seen = await consortium.world.see();
    rpcProxy.down = true;
    expect(await codeOf(() => consortium.check(batch, { registry: seen }))).to.equal("RPC_UNAVAILABLE");
    rpcProxy.down = false;
  });
});
