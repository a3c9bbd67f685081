import { expect } from "chai";
import { collect } from "../../support/collect.js";
import { codeOf } from "../../support/code-of.js";
import type { BackendUnderTest } from "./backend.js";

/** Addresses of nothing. */
export function describeAbsent(backend: BackendUnderTest): void {
  describe("unknown addresses", () => {
    const absent = "12".repeat(32);

    it("are not found, by whatever way", async () => {
      const { reader } = backend;
      expect(await reader.has(absent)).to.equal(false);
      expect(await codeOf(() => reader.read(absent))).to.equal("SWARM_NOT_FOUND");
      expect(await codeOf(() => reader.readAll(absent, 10))).to.equal("SWARM_NOT_FOUND");
      expect(await codeOf(() => reader.getChunk(absent))).to.equal("SWARM_NOT_FOUND");
      expect(await codeOf(() => collect(reader.readRange(absent, { start: 0, end: 1 })))).to.equal("SWARM_NOT_FOUND");
    });

    it("answer 404 for files, with the status in the body", async () => {
      const response = await fetch(`${backend.readUrl}/bytes/${absent}`);
      expect(response.status).to.equal(404);
      expect(await response.json()).to.include({ code: 404 });
      const head = await fetch(`${backend.readUrl}/bytes/${absent}`, { method: "HEAD" });
      expect(head.status).to.equal(404);
    });

    it("answer 404 or 500 for chunks: a Bee does not tell one that is missing from one that it failed to get", async () => {
      const response = await fetch(`${backend.readUrl}/chunks/${absent}`);
      expect(response.status).to.equal(backend.capabilities.chain ? 500 : 404);
      await response.body?.cancel();
    });
  });
}
