import { expect } from "chai";
import { BeeStore } from "../../../src/swarm/bee-store.js";
import { codeOf } from "../../support/code-of.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import type { BackendUnderTest } from "./backend.js";
import { eventually } from "./eventually.js";

/** After which a node that does not answer is given up, in milliseconds. */
const PATIENCE_MS = 3000;

/** The two ways of uploading: answered once the node has the content, or once other nodes have it. */
export function describeUploads(backend: BackendUnderTest): void {
  describe("uploads", function () {
    this.timeout(200_000);
    const store = (deferred: boolean) => {
      const { url, batchId } = backend;
      return new BeeStore({ url, batchId, deferred, firstByteMs: PATIENCE_MS, retries: 0 });
    };
    const bytes = (seed: number) => pseudoRandomBytes(50_000, seed);

    it("are there at once where they were deferred, and soon everywhere", async () => {
      const { address } = await store(true).write(bytes(41));
      expect(Buffer.compare(await store(true).readAll(address, 50_000), bytes(41))).to.equal(0);
      const elsewhere = await eventually(backend, () => backend.reader.readAll(address, 50_000));
      expect(Buffer.compare(elsewhere, bytes(41))).to.equal(0);
    });

    it("are everywhere at once where they were direct; a Bee that knows no other never answers", async () => {
      const { peers, chain } = backend.capabilities;
      if (chain && !peers) {
        expect(await codeOf(() => store(false).write(bytes(42)))).to.equal("SWARM_TIMEOUT");
      } else {
        const { address } = await store(false).write(bytes(42));
        expect(Buffer.compare(await backend.reader.readAll(address, 50_000), bytes(42))).to.equal(0);
      }
    });
  });
}
