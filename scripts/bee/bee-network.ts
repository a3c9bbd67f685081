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
   * Buys a postage batch and waits until its node can use it and every node knows of it: 14 blocks, which are as many
   * seconds. Several bought at once take no longer than one.
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

/**
 * Builds Bee where the cache has none, and starts a network.
 * @throws LabError GO_MISSING, GO_BUILD_FAILED, BEE_FAILED; the reason of an aborted signal
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
    const others = Array.from({ length: count - 1 }, (_, at) => start(at + 2, { bootnode: nodes[0]!.underlay }));
    const settled = await Promise.allSettled(others); // all, so that none is left when one fails
    for (const one of settled)
      if (one.status === "fulfilled") nodes.push(one.value);
      else throw one.reason;
    await connectAll(nodes);
    let last: Promise<unknown> = Promise.resolve();
    return {
      ...{ folder, chain, nodes, close },
      async buyBatch(node, order) {
        // A Bee refuses a purchase while another one is on its way to the chain.
        const bought = last.then(() => orderBatch(node, order));
        last = bought.catch(() => undefined);
        const batch = await bought;
        if (order.wait ?? true) await waitForBatch(nodes, node, batch);
        return batch;
      },
    };
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

async function orderBatch(
  { name, url }: BeeNode,
  { depth, immutable = true }: { depth: number; immutable?: boolean },
): Promise<string> {
  const path = `stamps/${AMOUNT}/${depth}`;
  const response = await fetch(`${url}/${path}`, { method: "POST", headers: { immutable: String(immutable) } });
  if (!response.ok) throw new LabError("BEE_FAILED", `${name}: POST /${path}: ${await response.text()}`);
  return ((await response.json()) as { batchID: string }).batchID;
}

async function waitForBatch(nodes: readonly BeeNode[], buyer: BeeNode, batch: string): Promise<void> {
  await buyer.child.until("a batch to be usable", async () => {
    const { usable } = (await (await fetch(`${buyer.url}/stamps/${batch}`)).json()) as { usable: boolean };
    return usable || undefined;
  });
  // A node refuses chunks that a batch pays for which it has not seen.
  for (const { url, child } of nodes)
    await child.until("a batch of another node", async () => {
      const { batches } = (await (await fetch(`${url}/batches`)).json()) as { batches: { batchID: string }[] };
      return batches.some(({ batchID }) => batchID === batch) || undefined;
    });
}
