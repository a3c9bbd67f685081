import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Wallet, ZeroAddress, ZeroHash } from "ethers";
import { startAnvil } from "../../test/support/anvil.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { connectChain } from "../../src/registry/connect.js";
import { sortAddresses } from "../../src/registry/council-file.js";
import { deployRegistry } from "../../src/registry/transact.js";
import { Worker } from "../support/worker.js";
import type { Follower } from "./follower.js";
import { storePathOf } from "./path-infos.js";
import type { Places, Publisher } from "./publisher.js";
import type { Signer } from "./signer.js";
import type { Node } from "./swarm-node.js";

const CHAIN_ID = 31_337;
const MEMBERS = 3;
const THRESHOLD = 2;

/** What one batch came to; seconds. */
export interface Published {
  readonly recordSeconds: number;
  readonly batchSeconds: number;
  /** One for each member: on machines of their own they work at the same time. */
  readonly signSeconds: readonly number[];
  readonly submitSeconds: number;
  readonly gas: number;
  readonly newChunks: number;
  readonly depth: number;
}

/** A chain with a new registry and a Swarm node, and a publisher and members, each a process of its own. */
export class World {
  readonly #open: { close(): Promise<void> }[] = [];

  private constructor(
    readonly places: Places,
    readonly node: Worker<Node>,
    readonly publisher: Worker<Publisher>,
    readonly signers: readonly Worker<Signer>[],
    readonly keys: { readonly members: readonly string[]; readonly payer: string },
    open: readonly { close(): Promise<void> }[],
  ) {
    this.#open.push(...open);
  }

  static async start(): Promise<World> {
    const dir = await mkdtemp(join(tmpdir(), "catnix-bench-"));
    const open: { close(): Promise<void> }[] = [{ close: () => rm(dir, { recursive: true, force: true }) }];
    const keep = <T extends { close(): Promise<void> }>(it: T): T => {
      open.unshift(it);
      return it;
    };
    try {
      const { rpcUrl } = keep(await startAnvil(["--chain-id", String(CHAIN_ID)]));
      const wallets = Array.from({ length: MEMBERS }, () => Wallet.createRandom());
      const payer = Wallet.createRandom();
      const node = keep(new Worker<Node>("node", besides("swarm-node")));
      const swarmUrl = await node.ask("open", { file: join(dir, "chunks.sqlite") });
      const registry = await found(
        rpcUrl,
        payer.privateKey,
        wallets.map(({ address }) => address),
      );
      const places = { dir, rpcUrl, registry: { chainId: CHAIN_ID, registry }, swarmUrl };
      const publisher = keep(new Worker<Publisher>("publisher", besides("publisher")));
      const signers = wallets.slice(0, THRESHOLD).map(() => keep(new Worker<Signer>("signer", besides("signer"))));
      await publisher.ask("open", places);
      for (const signer of signers) await signer.ask("open", places);
      const keys = { members: wallets.map(({ privateKey }) => privateKey), payer: payer.privateKey };
      return new World(places, node, publisher, signers, keys, open);
    } catch (error) {
      for (const it of open) await it.close();
      throw error;
    }
  }

  /** Publishes the paths of these numbers in one batch, has it checked and signed by the quorum, and submits it. */
  async publish(from: number, count: number): Promise<Published> {
    await this.publisher.ask("prepare", { from, count });
    const before = await this.node.ask("newChunks", undefined);
    const { file, ...published } = await this.publisher.ask("publish", undefined);
    const newChunks = (await this.node.ask("newChunks", undefined)) - before;
    const signSeconds: number[] = [];
    for (const [at, signer] of this.signers.entries())
      signSeconds.push(await time(() => signer.ask("sign", { file, key: this.keys.members[at]! })));
    let gas = 0;
    const submitSeconds = await time(async () => {
      ({ gas } = await this.publisher.ask("submit", { file, key: this.keys.payer }));
    });
    return { ...published, newChunks, signSeconds, submitSeconds, gas };
  }

  /** Starts an indexer with an empty index, and a relay. */
  async follow(name: string): Promise<Following> {
    const worker = new Worker<Follower>("follower", besides("follower"));
    this.#open.unshift(worker);
    return new Following(worker, await worker.ask("open", { ...this.places, dir: join(this.places.dir, name) }));
  }

  async close(): Promise<void> {
    for (const it of this.#open.splice(0)) await it.close();
  }
}

/** An indexer and a relay that run. */
class Following {
  constructor(
    readonly worker: Worker<Follower>,
    readonly url: string,
  ) {}

  /** Waits until Nix gets the narinfo of the path of that number. */
  async untilAnswered(number: number): Promise<void> {
    const { baseName } = parseStorePath(storePathOf(number));
    const url = `${this.url}/${baseName.slice(0, 32)}.narinfo`;
    for (;;) {
      const answer = await fetch(url);
      const text = await answer.text();
      if (answer.ok && text.includes(baseName)) return;
      await setTimeout(5);
    }
  }
}

/** A program of this bench, compiled or not, as this file is. */
function besides(name: string): URL {
  return new URL(`${name}${extname(import.meta.url)}`, import.meta.url);
}

/** Seconds that `work` takes. */
export async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

async function found(rpcUrl: string, payer: string, members: readonly string[]): Promise<string> {
  const chain = await connectChain(rpcUrl, CHAIN_ID);
  try {
    const wallet = new Wallet(payer, chain.provider);
    await chain.provider.send("anvil_setBalance", [wallet.address, `0x${(10n ** 20n).toString(16)}`]);
    const thresholds = { publishThreshold: THRESHOLD, councilThreshold: THRESHOLD };
    const council = { members: sortAddresses([...members]), ...thresholds, guardian: ZeroAddress, charter: ZeroHash };
    return (await deployRegistry(chain, wallet, council)).registry;
  } finally {
    chain.close();
  }
}
