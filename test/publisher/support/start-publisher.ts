import { join } from "node:path";
import { openNixStore } from "../../../src/nixdb/nix-store.js";
import { Journal } from "../../../src/publisher/journal.js";
import { publishClosure, type PublishOptions } from "../../../src/publisher/publish-closure.js";
import type { PublishResult } from "../../../src/publisher/publish-result.js";
import { BeeStore } from "../../../src/swarm/bee-store.js";
import { startFaultProxy } from "../../support/fault-proxy.js";
import { startNode } from "../../support/start-node.js";
import { makeTempFolder } from "../../support/temp-folder.js";
import { openPolicy } from "./open-policy.js";

/** What a publisher needs besides a Nix store: a node, a proxy before it, and a folder for the journal. */
export async function startPublisher(root: string) {
  const folder = await makeTempFolder();
  const node = await startNode();
  const proxy = await startFaultProxy(node.url);
  const batchId = "0".repeat(64);
  const journalFile = join(folder.path, "publisher.sqlite");
  return {
    node,
    proxy,
    journalFile,
    store: new BeeStore({ url: node.url, batchId }),
    /** One run, as the command does it: through the proxy, with nothing listed. */
    async publish(paths: readonly string[], options: Partial<PublishOptions> = {}): Promise<PublishResult> {
      using nix = openNixStore({ root });
      using journal = new Journal(journalFile);
      const store = new BeeStore({ url: proxy.url, batchId, retries: 0, idleMs: 2000, firstByteMs: 2000 });
      const live = () => Promise.resolve(undefined);
      return await publishClosure({
        nix,
        paths,
        store,
        journal,
        live,
        policy: openPolicy(),
        storeDir: "/nix/store",
        retries: 0,
        ...options,
      });
    },
    async close() {
      await proxy.close();
      await node.close();
      await folder.remove();
    },
  };
}

export type TestPublisher = Awaited<ReturnType<typeof startPublisher>>;
