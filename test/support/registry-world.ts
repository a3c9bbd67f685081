import { HDNodeWallet, NonceManager, Wallet, ZeroHash } from "ethers";
import { join } from "node:path";
import { IndexWriter } from "../../src/index/index-writer.js";
import { createIndexer, type Indexer, type IndexerOptions } from "../../src/indexer/create-indexer.js";
import { type Logger, silentLogger } from "../../src/log/logger.js";
import { connectChain } from "../../src/registry/connect.js";
import { sortAddresses } from "../../src/registry/council-file.js";
import { Registry } from "../../src/registry/registry.js";
import { deployRegistry } from "../../src/registry/transact.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { startAnvil } from "./anvil.js";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.js";
import type { PublishTo } from "./publish-batch.js";
import { type RpcProxy, startRpcProxy } from "./rpc-proxy.js";
import { startNode } from "./start-node.js";
import { makeTempFolder } from "./temp-folder.js";

const MNEMONIC = "test test test test test test test test test test test junk"; // anvil's

/** A chain with a registry (two of three members), Swarm, and an indexer that sees both through proxies. */
export interface RegistryWorld extends PublishTo {
  readonly guardian: NonceManager;
  readonly deploymentBlock: number;
  readonly rpcUrl: string;
  readonly rpcProxy: RpcProxy;
  /** The indexer reads Swarm through it. */
  readonly swarmProxy: FaultProxy;
  /** Where the node keeps its chunks. */
  readonly swarmFile: string;
  readonly indexFile: string;
  readonly index: IndexWriter;
  /** Opens the registry through the RPC proxy, until the world is closed. */
  see(): Promise<Registry>;
  /** A new indexer over the same index. */
  makeIndexer(options?: Partial<IndexerOptions>): Promise<Indexer>;
  /** Closes the index and opens it again, as another process would. */
  reopenIndex(): IndexWriter;
  /** Mines empty blocks. */
  mine(blocks: number): Promise<void>;
  rpc(method: string, ...params: unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

export async function startRegistryWorld(log: Logger = silentLogger): Promise<RegistryWorld> {
  const folder = await makeTempFolder();
  const anvil = await startAnvil(["--slots-in-an-epoch", "2"]);
  const node = await startNode();
  const chain = await connectChain(anvil.rpcUrl);
  const account = (at: number) =>
    new Wallet(HDNodeWallet.fromPhrase(MNEMONIC, "", `m/44'/60'/0'/0/${at}`).privateKey, chain.provider);
  const [members, sender, guardian] = [[1, 2, 3].map(account), new NonceManager(account(0)), account(4)];
  const deployed = await deployRegistry(chain, sender, {
    members: sortAddresses(members.map(({ address }) => address)),
    publishThreshold: 2,
    councilThreshold: 2,
    guardian: guardian.address,
    charter: ZeroHash,
  });
  const id = { chainId: chain.chainId, registry: deployed.registry };
  const registry = await Registry.open(anvil.rpcUrl, id);
  const [rpcProxy, swarmProxy] = [await startRpcProxy(anvil.rpcUrl), await startFaultProxy(node.url)];
  const opened: Registry[] = [];
  const see = async () => {
    const seen = await Registry.open(rpcProxy.url, id);
    opened.push(seen);
    return seen;
  };
  const indexFile = join(folder.path, "index.db");
  let index = new IndexWriter(indexFile, id, "/nix/store");
  const rpc = (method: string, ...params: unknown[]) => chain.provider.send(method, params) as Promise<unknown>;
  return {
    ...{ registry, sender, rpcProxy, swarmProxy, indexFile, rpc, see },
    swarmFile: node.file,
    members: members.slice(0, 2),
    guardian: new NonceManager(guardian),
    store: new BeeStore({ url: node.url, batchId: "0".repeat(64) }),
    deploymentBlock: deployed.block,
    rpcUrl: anvil.rpcUrl,
    get index() {
      return index;
    },
    async makeIndexer(options = {}) {
      const store = new BeeStore({ url: swarmProxy.url, retries: 0 });
      const finality = "latest";
      const fixed = { registry: await see(), store, index, deploymentBlock: deployed.block, finality } as const;
      return createIndexer({ ...fixed, pollSeconds: 0.05, logRange: 1000, log, ...options });
    },
    reopenIndex() {
      index.close();
      return (index = new IndexWriter(indexFile, id, "/nix/store"));
    },
    async mine(blocks) {
      await rpc("anvil_mine", `0x${blocks.toString(16)}`);
    },
    async close() {
      for (const one of [registry, chain, ...opened]) one.close();
      index.close();
      await Promise.all([rpcProxy.close(), swarmProxy.close(), anvil.close(), node.close()]);
      await folder.remove();
    },
  };
}
