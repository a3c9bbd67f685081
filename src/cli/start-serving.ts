import { join } from "node:path";
import { withoutSecrets } from "../config/endpoint-url.js";
import { requireRegistry } from "../config/load.js";
import type { Config } from "../config/schema.js";
import { readTextFile } from "../files/read-file.js";
import { IndexReader } from "../index/index-reader.js";
import { IndexWriter } from "../index/index-writer.js";
import { createIndexer } from "../indexer/create-indexer.js";
import { requirePrivate } from "../keys/keystore.js";
import type { Logger } from "../log/logger.js";
import { parseSecretKey } from "../nix/signing-key.js";
import { Registry } from "../registry/registry.js";
import { createRelay } from "../relay/create-relay.js";
import { listenRelay } from "../relay/listen-relay.js";
import { createNarInfoSigner, type NarInfoSigner } from "../relay/sign-narinfo.js";
import { listUrls, openStore } from "../swarm/open-store.js";
import { createOwnedReader } from "../swarm/owned-reader.js";
import { followRegistry } from "./follow-registry.js";

/** An indexer and a relay that run. */
export interface Serving {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts to follow the registry and to answer Nix. An index that is there already is served also while the RPC does not
 * answer: `/ready` says that it is stale, and the RPC is tried again.
 * @param config complete: registry and chain id are set
 * @param signal ends the start at once, and later on the following of the registry; the relay answers until `close`
 * @throws CatnixError of configuration, chain, index and relay; the reason of an aborted signal
 */
export async function startServing(config: Config, log: Logger, signal?: AbortSignal): Promise<Serving> {
  const { chain, swarm, relay, storeDir, stateDir } = config;
  const id = requireRegistry(config);
  const file = join(stateDir, "index.sqlite");
  const stop = new AbortController();
  const ended = signal ? AbortSignal.any([stop.signal, signal]) : stop.signal;
  const open: { close(): unknown }[] = [];
  try {
    const writer = new IndexWriter(file, id, storeDir);
    open.unshift(writer);
    const reader = new IndexReader(file, id, storeDir);
    open.unshift(reader);
    const { store, report, settle } = openStore(swarm, { log: log.child({ component: "swarm" }) });
    const { deploymentBlock, finality, pollSeconds, logRange } = chain;
    const members = relay.memberSignatures ? { owned: createOwnedReader(listUrls(swarm)) } : undefined;
    const follow = { deploymentBlock, finality, pollSeconds, logRange, members };
    const following = await followRegistry({
      connect: () => Registry.open(chain.rpcUrl, id, { signal: ended }),
      createIndexer: (registry) => createIndexer({ registry, store, index: writer, ...follow, log }),
      mayWait: writer.cursor() !== undefined,
      pollSeconds,
      log: log.child({ component: "indexer" }),
    });
    open.unshift(following);
    const signer = await readSigner(relay.signingKeyFile, storeDir);
    const app = createRelay({
      index: reader,
      store,
      storeDir,
      priority: relay.priority,
      signer,
      members: relay.memberSignatures,
      log,
      health: () => following.health(),
      swarm: report,
    });
    ended.throwIfAborted();
    const server = await listenRelay(app, relay);
    const running = following.run(ended);
    log.info(
      { url: server.url, registry: id.registry, chainId: id.chainId, swarm: listUrls(swarm).map(withoutSecrets) },
      "serving",
    );
    return {
      url: server.url,
      async close() {
        stop.abort();
        await Promise.all([server.close(), running]);
        await settle();
        for (const it of open) it.close();
      },
    };
  } catch (error) {
    for (const it of open) it.close();
    throw error;
  }
}

async function readSigner(file: string | undefined, storeDir: string): Promise<NarInfoSigner | undefined> {
  if (file === undefined) return undefined;
  await requirePrivate(file);
  return createNarInfoSigner(parseSecretKey((await readTextFile(file, 1 << 12)).trim()), storeDir);
}
