import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LabError } from "../lab/lab-error.js";
import { type BeeNode, type BeeNodeOptions, startBeeNode } from "./bee-node.js";
import { deploySwarm, PRICE } from "./deploy-swarm.js";
import { ensureBee } from "./ensure-bee.js";
import { type BeeChain, startChain } from "./start-chain.js";

/** Real Bee nodes that know nobody but each other, on a chain of their own with Swarm's contracts. */
export interface BeeNetwork {
  /** Holds all that the network keeps; removed when it is closed. */
  readonly folder: string;
  readonly chain: BeeChain;
  readonly nodes: readonly BeeNode[];
  /**
   * Buys a postage batch and waits until its node can use it and every node knows of it.
   * @param order.immutable true where not given
   * @returns the batch's id, 64 hexadecimal digits
   * @throws LabError BEE_FAILED
   */
  buyBatch(node: BeeNode, order: { depth: number; immutable?: boolean; wait?: boolean }): Promise<string>;
  /** Kills all of it, and removes the folder. */
  close(): Promise<void>;
}

export interface BeeNetworkOptions {
  /** How many full nodes: one alone takes deferred uploads only, for want of anybody to push to; of three each has peers. */
  readonly nodes: 1 | 3;
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A million blocks at the floor price: nothing expires. */
const AMOUNT = PRICE * 1_000_000n;
/** Enough for every node to see a batch as final. */
const CONFIRMATIONS = 32;

/**
 * Builds Bee where the cache has none, and starts a network.
 * @throws LabError GO_MISSING, BEE_BUILD_FAILED, BEE_FAILED; the reason of an aborted signal
 */
export async function startBeeNetwork(options: BeeNetworkOptions): Promise<BeeNetwork> {
  const { nodes: count, log = () => undefined, signal } = options;
  const programs = await ensureBee({ log, signal });
  const folder = await mkdtemp(join(tmpdir(), "catnix-bee-"));
  const open: { kill(): Promise<void> }[] = [];
  const close = async () => {
    await Promise.all(open.splice(0).map((one) => one.kill()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const chain = await startChain(folder, signal);
    open.push({
      async kill() {
        chain.provider.destroy();
        await chain.child.kill();
      },
    });
    const contracts = await deploySwarm(programs.contracts, await chain.provider.getSigner(0));
    log(`chain and contracts: ${chain.rpcUrl}`);
    const start = async (at: number, more: Partial<BeeNodeOptions>) => {
      const common = { folder, program: programs.bee, rpcUrl: chain.rpcUrl, contracts, swap: count > 1, signal };
      const node = await startBeeNode({ name: `bee-${at}`, ...common, ...more });
      open.push(node.child);
      log(`node ${at} of ${count}: ${node.url}`);
      return node;
    };
    const nodes = [await start(1, {})];
    // One after the other: each funds its account from the same one of ours.
    for (let at = 2; at <= count; at++) nodes.push(await start(at, { bootnode: nodes[0]!.underlay }));
    await connectAll(nodes);
    return { folder, chain, nodes, buyBatch: (node, order) => buyBatch(chain, nodes, node, order), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Every node to every other, without waiting for gossip; until all are ready and have that many peers. */
async function connectAll(nodes: readonly BeeNode[]): Promise<void> {
  for (const node of nodes)
    for (const other of nodes)
      if (other !== node) await fetch(`${node.url}/connect${other.underlay}`, { method: "POST" });
  for (const { url, child } of nodes) {
    await child.until("its readiness", async () => (await fetch(`${url}/readiness`)).ok || undefined);
    await child.until("its peers", async () => {
      const { peers } = (await (await fetch(`${url}/peers`)).json()) as { peers: unknown[] };
      return peers.length >= nodes.length - 1 || undefined;
    });
  }
}

async function buyBatch(
  chain: BeeChain,
  nodes: readonly BeeNode[],
  buyer: BeeNode,
  { depth, immutable = true, wait = true }: { depth: number; immutable?: boolean; wait?: boolean },
): Promise<string> {
  const path = `stamps/${AMOUNT}/${depth}`;
  const response = await fetch(`${buyer.url}/${path}`, { method: "POST", headers: { immutable: String(immutable) } });
  if (!response.ok) throw new LabError("BEE_FAILED", `${buyer.name}: POST /${path}: ${await response.text()}`);
  const { batchID } = (await response.json()) as { batchID: string };
  if (!wait) return batchID;
  await chain.mine(CONFIRMATIONS);
  await buyer.child.until("a batch to be usable", async () => {
    const { usable } = (await (await fetch(`${buyer.url}/stamps/${batchID}`)).json()) as { usable: boolean };
    return usable || undefined;
  });
  // A node refuses chunks that a batch pays for which it has not seen.
  for (const { url, child } of nodes)
    await child.until("a batch of another node", async () => {
      const { batches } = (await (await fetch(`${url}/batches`)).json()) as { batches: { batchID: string }[] };
      return batches.some((batch) => batch.batchID === batchID) || undefined;
    });
  return batchID;
}
