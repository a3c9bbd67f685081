import { expect } from "chai";
import type { BackendUnderTest } from "./backend.js";

/** What is no address and what is no upload. */
export function describeRefusals(backend: BackendUnderTest): void {
  describe("refusals", () => {
    const upload = async (path: string, headers: Record<string, string>, body = new Uint8Array(9)) => {
      const response = await fetch(`${backend.url}/${path}`, { method: "POST", headers, body });
      await response.body?.cancel();
      return response.status;
    };

    it("takes no text for an address", async () => {
      for (const path of ["bytes/xyz", "chunks/xyz"]) {
        const response = await fetch(`${backend.url}/${path}`);
        expect(response.status, path).to.equal(400);
        expect(await response.json()).to.include({ code: 400 });
      }
    });

    it("has nothing at an address of another length; a Bee looks for it all the same", async () => {
      const response = await fetch(`${backend.url}/bytes/${"12".repeat(31)}`);
      expect(response.status).to.equal(backend.capabilities.chain ? 500 : 400);
      await response.body?.cancel();
    });

    it("takes no upload without a batch", async () => {
      expect(await upload("bytes", {})).to.equal(400);
      // A Bee takes a short one for an id that it does not know.
      const short = await upload("bytes", { "swarm-postage-batch-id": "12" });
      expect(short).to.equal(backend.capabilities.chain ? 404 : 400);
      expect(await upload("bytes", { "swarm-postage-batch-id": "no hex" })).to.equal(400);
    });

    it("takes nothing for a chunk that is too short or too long", async () => {
      const tag = (await (await fetch(`${backend.url}/tags`, { method: "POST" })).json()) as { uid: number };
      const headers = { "swarm-postage-batch-id": backend.batchId, "swarm-tag": String(tag.uid) };
      expect(await upload("chunks", headers, new Uint8Array(7))).to.equal(400);
      expect(await upload("chunks", headers, new Uint8Array(4105))).to.be.oneOf([400, 413, 500]);
    });
  });
}
