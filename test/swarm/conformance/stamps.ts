import { expect } from "chai";
import { BeeEndpoint } from "../../../src/swarm/bee-endpoint.js";
import { BeeStore } from "../../../src/swarm/bee-store.js";
import { readStamp } from "../../../src/swarm/node-facts.js";
import { codeOf } from "../../support/code-of.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import type { BackendUnderTest } from "./backend.js";

/** Bytes of one upload while a batch is being filled. */
const PART = 1 << 20;

/** Postage: what a batch says of itself, and how it ends. */
export function describeStamps(backend: BackendUnderTest): void {
  describe("stamps", () => {
    const endpoint = () => new BeeEndpoint({ url: backend.url });
    const storeOf = (batchId: string) => new BeeStore({ url: backend.url, batchId, retries: 0 });

    let [normal, full, mutable] = ["", "", ""];

    before(async function () {
      this.timeout(120_000); // where there is a chain, a batch takes some blocks
      [normal, full, mutable] = await Promise.all([
        backend.buyBatch({ depth: 18 }),
        backend.buyBatch({ depth: 17 }),
        backend.buyBatch({ depth: 17, immutable: false }),
      ]);
    });

    it("tell depth, use and time to live", async () => {
      const stamp = await readStamp(endpoint(), normal);
      expect(stamp).to.include({ usable: true, depth: 18, bucketSize: 4, immutable: true, fullestBucket: 0 });
      expect(stamp!.ttl).to.be.greaterThan(3600);
      await storeOf(normal).write(pseudoRandomBytes(100_000, 31));
      expect((await readStamp(endpoint(), normal))!.fullestBucket).to.be.within(1, 3);
    });

    it("are listed", async () => {
      const { stamps } = (await (await fetch(`${backend.url}/stamps`)).json()) as { stamps: { batchID: string }[] };
      expect(stamps.map(({ batchID }) => batchID)).to.include.members([normal, full, mutable]);
      expect(await readStamp(endpoint(), "12".repeat(32))).to.equal(undefined);
    });

    it("refuse with 402 once the fullest bucket of an immutable one is full", async function () {
      this.timeout(120_000);
      const store = storeOf(full);
      let code: string | undefined;
      for (let part = 0; code === undefined && part < 40; part++)
        code = await codeOf(() => store.write(pseudoRandomBytes(PART, 1000 + part)));
      expect(code).to.equal("SWARM_BATCH_FULL");
    });

    it("go on for ever where they are mutable: old chunks are lost instead", async function () {
      this.timeout(120_000);
      for (let part = 0; part < 16; part++) await storeOf(mutable).write(pseudoRandomBytes(PART, 2000 + part));
      expect(await readStamp(endpoint(), mutable)).to.include({ immutable: false, fullestBucket: 2, bucketSize: 2 });
    });

    it("must be bought, where there is a chain to buy them on, and be some blocks old", async () => {
      const upload = (batchId: string) => codeOf(() => storeOf(batchId).write(pseudoRandomBytes(10, 1)));
      const { chain } = backend.capabilities;
      expect(await upload("12".repeat(32))).to.equal(chain ? "SWARM_BATCH_UNUSABLE" : undefined);
      expect(await upload(await backend.buyBatch({ depth: 17, wait: false }))).to.equal(
        chain ? "SWARM_BATCH_UNUSABLE" : undefined,
      );
    });
  });
}
