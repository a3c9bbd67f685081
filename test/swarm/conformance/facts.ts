import { expect } from "chai";
import { BeeEndpoint } from "../../../src/swarm/bee-endpoint.js";
import { readNodeFacts } from "../../../src/swarm/node-facts.js";
import type { BackendUnderTest } from "./backend.js";

/** What a node says of itself. */
export function describeFacts(backend: BackendUnderTest): void {
  describe("the node", () => {
    it("is healthy and ready, and names its versions", async () => {
      for (const url of [backend.url, backend.readUrl]) {
        expect(await (await fetch(`${url}/health`)).json()).to.include({ status: "ok" });
        const facts = await readNodeFacts(new BeeEndpoint({ url }));
        expect(facts.ready).to.equal(true);
        expect(facts.apiVersion).to.match(/^8\.\d+\.\d+$/);
        if (backend.capabilities.chain) expect(facts.version).to.match(/^2\.\d+\.\d+(-|$)/);
      }
    });

    it("tells the price of postage", async () => {
      const state = (await (await fetch(`${backend.url}/chainstate`)).json()) as { currentPrice: string };
      expect(state.currentPrice).to.equal("24000");
    });
  });
}
