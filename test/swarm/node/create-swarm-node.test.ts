import { startNode } from "../../support/start-node.js";
import type { Backend } from "../conformance/backend.js";
import { describeConformance } from "../conformance/describe-conformance.js";

const capabilities = { peers: false, chain: false };

describeConformance("the embedded node", capabilities, async (): Promise<Backend> => {
  const node = await startNode();
  const { url } = node;
  return {
    ...{ capabilities, url, readUrl: url, batchId: "00".repeat(32) },
    close: () => node.close(),
    async buyBatch({ depth, immutable = true }) {
      const headers = { immutable: String(immutable) };
      const response = await fetch(`${url}/stamps/24000000000/${depth}`, { method: "POST", headers });
      return ((await response.json()) as { batchID: string }).batchID;
    },
  };
});
