import { expect } from "chai";
import { fileAddress } from "../../../src/bmt/file-hasher.js";
import { toHex } from "../../../src/encoding/hex.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import type { BackendUnderTest } from "./backend.js";

/** Addresses are repeatable at level 0 only, and a Bee's own default is another: catnix always says it. */
export function describeRedundancy(backend: BackendUnderTest): void {
  describe("redundancy", () => {
    const bytes = pseudoRandomBytes(300_000, 8) as Uint8Array<ArrayBuffer>;
    const plain = toHex(fileAddress(bytes));
    const upload = (headers: Record<string, string>) =>
      fetch(`${backend.url}/bytes`, {
        method: "POST",
        headers: { "swarm-postage-batch-id": backend.batchId, ...headers },
        body: bytes,
      });

    it("gives the plain address at level 0", async () => {
      const response = await upload({ "swarm-redundancy-level": "0" });
      expect(response.status).to.equal(201);
      expect(await response.json()).to.include({ reference: plain });
    });

    it("gives whatever the node likes where no level is said: with a Bee, another address", async () => {
      const { reference } = (await (await upload({})).json()) as { reference: string };
      expect(reference === plain).to.equal(!backend.capabilities.chain);
    });

    it("gives another one, or refuses, at a level of parity chunks", async () => {
      const response = await upload({ "swarm-redundancy-level": "2" });
      if (response.status === 201) expect(await response.json()).not.to.include({ reference: plain });
      else expect(response.status).to.equal(400);
    });

    it("refuses levels that there are not", async () => {
      for (const level of ["5", "-1", "x"]) {
        const response = await upload({ "swarm-redundancy-level": level });
        expect(response.status, level).to.equal(400);
        await response.body?.cancel();
      }
    });
  });
}
