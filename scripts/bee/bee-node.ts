import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Child, startChild } from "./child.js";
import { NETWORK_ID, type SwarmContracts } from "./deploy-swarm.js";

/** A real Bee, a full node. */
export interface BeeNode {
  readonly name: string;
  /** Its HTTP API. */
  readonly url: string;
  /** Where other nodes reach it: a multiaddress. */
  readonly underlay: string;
  readonly child: Child;
}

export interface BeeNodeOptions {
  readonly name: string;
  /** The network's folder; the node's data and log go into it. */
  readonly folder: string;
  readonly program: string;
  readonly rpcUrl: string;
  readonly contracts: SwarmContracts;
  /** Whether it pays and is paid: nodes that do not soon refuse each other more than some chunks a second. */
  readonly swap: boolean;
  /** Underlay of a node that is there; none for the first. */
  readonly bootnode?: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts a node on free ports of this machine, funds its account and waits until its API answers.
 * @throws LabError BEE_FAILED
 */
export async function startBeeNode(options: BeeNodeOptions): Promise<BeeNode> {
  const { name, folder, program, contracts, signal } = options;
  const data = join(folder, name);
  const logFile = join(folder, `${name}.log`);
  const child = await startChild(program, ["start", ...flagsOf(data, options)], {
    name,
    logFile,
    home: folder,
    signal,
  });
  try {
    // The key file names the node's account in clear. The node waits for it to be funded.
    const account = await child.until("its key", async () => {
      const key = JSON.parse(await readFile(join(data, "keys", "swarm.key"), "utf8")) as { address: string };
      return `0x${key.address}`;
    });
    await contracts.fund(account);
    const url = await child.until("its API", async () => {
      const [, address] = /"starting debug & api server" "address"="([0-9.:]+)"/.exec(await child.output()) ?? [];
      return address === undefined ? undefined : `http://${address}`;
    });
    const underlay = await child.until("its underlay", async () => {
      const { underlay } = (await (await fetch(`${url}/addresses`)).json()) as { underlay: string[] };
      return underlay.find((one) => one.startsWith("/ip4/127.0.0.1/tcp/"));
    });
    return { name, url, underlay, child };
  } catch (error) {
    await child.kill();
    throw error;
  }
}

function flagsOf(data: string, { rpcUrl, contracts, swap, bootnode = "" }: BeeNodeOptions): string[] {
  const flags = {
    "full-node": true,
    "data-dir": data,
    password: "test",
    "api-addr": "127.0.0.1:0",
    "p2p-addr": "127.0.0.1:0",
    "network-id": NETWORK_ID,
    mainnet: false,
    bootnode,
    "allow-private-cidrs": true,
    "blockchain-rpc-endpoint": rpcUrl,
    "block-time": 1,
    "block-sync-interval": 1, // look for batches after each block
    "skip-postage-snapshot": true, // which the build leaves out
    "warmup-time": "1s",
    "storage-incentives-enable": false,
    "neighborhood-suggester": "",
    "payment-threshold": 108_000_000, // the highest that Bee allows: fewer cheques
    "swap-enable": swap,
    "chequebook-enable": swap,
    "swap-initial-deposit": 10n ** 17n,
    "swap-factory-address": contracts.chequebookFactory,
    "bzz-token-address": contracts.token,
    "postage-stamp-address": contracts.postageStamp,
    "postage-stamp-start-block": contracts.postageBlock,
    "price-oracle-address": contracts.swapOracle,
    "staking-address": contracts.staking,
    "redistribution-address": contracts.redistribution,
    verbosity: "info",
  };
  return Object.entries(flags).map(([name, value]) => `--${name}=${String(value)}`);
}
