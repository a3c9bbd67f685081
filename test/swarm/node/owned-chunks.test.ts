import { BeeStore } from "../../../src/swarm/bee-store.js";
import { startNode } from "../../support/start-node.js";
import type { OwnedBackend } from "../conformance/eventually.js";
import { describeFeeds } from "../conformance/feeds.js";
import { describeOwnedChunks } from "../conformance/owned-chunks.js";
import { describeSite } from "../conformance/site.js";

describe("the embedded node's own kind of", () => {
  const backend = {
    capabilities: { peers: false, chain: false },
    batchId: "00".repeat(32),
  } as { -readonly [K in keyof OwnedBackend]: OwnedBackend[K] };
  let node: Awaited<ReturnType<typeof startNode>>;
  before(async () => {
    node = await startNode();
    const { url } = node;
    const store = new BeeStore({ url, batchId: backend.batchId });
    Object.assign(backend, { url, readUrl: url, writer: store, reader: store });
  });
  after(() => node.close());

  describeOwnedChunks(backend);
  describeFeeds(backend);
  describeSite(backend);
});
