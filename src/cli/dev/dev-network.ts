import { resolve } from "node:path";
import { loadConfig } from "../../config/load.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { writeFileWhole } from "../../files/write-file.js";
import { openKeystore, readPasswordFile } from "../../keys/keystore.js";
import type { Logger } from "../../log/logger.js";
import { connectChain } from "../../registry/connect.js";
import { sortAddresses } from "../../registry/council-file.js";
import { deployRegistry } from "../../registry/transact.js";
import { createSwarmNode } from "../../swarm/node/create-swarm-node.js";
import { listen } from "../../swarm/node/listen.js";
import { startServing } from "../start-serving.js";
import { startDevChain } from "./dev-chain.js";
import { dropStrangeIndex } from "./drop-strange-index.js";
import { lockFolder } from "./lock-folder.js";
import {
  type DevFiles,
  devFiles,
  prepareKeys,
  prepareRelayKey,
  readNetwork,
  type Role,
  ROLES,
  type SavedNetwork,
  saveNetwork,
} from "./dev-files.js";

const CHAIN_ID = 31_337;
const DEFAULT_RELAY_PORT = 8734;
const ETHER = 10n ** 18n;
const NO_CHARTER = `0x${"0".repeat(64)}`;

/** A whole cache on this machine. */
export interface DevNetwork {
  readonly dir: string;
  readonly rpcUrl: string;
  readonly chainId: number;
  readonly registry: string;
  /** The publisher's node, and the one that signers and the relay use; it asks the first for what it lacks. */
  readonly swarm: readonly [string, string];
  readonly relay: string;
  /** What the relay signs with: `name:base64`. */
  readonly publicKey: string;
  readonly addresses: Readonly<Record<Role, string>>;
  /** Keystore files; the password of all of them is in `passwordFile`. */
  readonly keys: Readonly<Record<Role, string>>;
  readonly passwordFile: string;
  /** Configuration of the publisher, and that of signers. */
  readonly config: string;
  readonly signerConfig: string;
}

/** A network that runs. */
export interface DevNetworkRunning {
  readonly network: DevNetwork;
  /** Fulfilled once its chain has ended, of itself or by `close`. */
  readonly ended: Promise<unknown>;
  readonly close: () => Promise<void>;
}

interface Closable {
  close(): unknown;
}

/**
 * Starts chain, Swarm nodes, registry, indexer and relay, or goes on where an earlier start of the folder ended.
 * @param options.relayPort a folder keeps its port where none, or 0, is given; a new one then gets 8734, or any free one
 * @param signal ends the start; what runs by then is stopped in order
 * @throws CatnixError DEV_CHAIN_FAILED, DEV_CHAIN_ENDED, DEV_FOLDER_BROKEN, DEV_FOLDER_IN_USE, DISK_FULL, and what its parts throw;
 * the reason of an aborted signal
 */
export async function startDevNetwork(
  options: { dir: string; relayPort: number | undefined },
  log: Logger,
  signal?: AbortSignal,
): Promise<DevNetworkRunning> {
  const dir = resolve(options.dir);
  const files = devFiles(dir);
  const open: Closable[] = [];
  const keep = <T extends Closable>(it: T): T => {
    open.unshift(it);
    return it;
  };
  const close = async () => {
    for (const it of open.splice(0)) await it.close();
  };
  try {
    keep(lockFolder(dir));
    const saved = await readNetwork(dir);
    const addresses = await prepareKeys(files);
    const publicKey = await prepareRelayKey(files);
    const chain = keep(
      await startDevChain({ journalFile: files.chain, port: saved?.chainPort ?? 0, chainId: CHAIN_ID }),
    );
    signal?.throwIfAborted();
    const swarm = await startSwarm(files, saved?.swarmPorts ?? [0, 0], keep, log);
    const portOf = (url: string) => Number(new URL(url).port);
    const found = saved ?? (await foundRegistry(files, chain.rpcUrl, addresses, signal));
    const { registry, deploymentBlock } = found;
    const ports = { chainPort: portOf(chain.rpcUrl), swarmPorts: [portOf(swarm[0]), portOf(swarm[1])] as const };
    const save = (relayPort: number | undefined) =>
      saveNetwork(files, { ...ports, registry, deploymentBlock, relayPort });
    // Before there is an index of it: a start that ends here goes on with this registry, too.
    if (!saved) await save(undefined);
    const base = {
      chain: {
        rpcUrl: chain.rpcUrl,
        chainId: CHAIN_ID,
        registry,
        deploymentBlock,
        finality: "latest",
        pollSeconds: 0.25,
      },
    };
    const relay = { port: chooseRelayPort(options.relayPort, saved), signingKeyFile: files.relayKey };
    const write = (file: string, swarm: object, port: number) =>
      writeFileWhole(
        file,
        `${JSON.stringify({ stateDir: files.state, ...base, swarm, relay: { ...relay, port } }, undefined, 2)}\n`,
      );
    if (await dropStrangeIndex(files.state, chain.rpcUrl, { chainId: CHAIN_ID, registry }))
      log.warn({ registry }, "the index knew blocks that the chain does not have: it is built again");
    await write(files.signerConfig, { url: swarm[1] }, relay.port);
    const serving = keep(await startServing(await loadConfig({ file: files.signerConfig, env: {} }), log, signal));
    await write(files.config, { url: swarm[0], readbackUrl: swarm[1] }, portOf(serving.url));
    await write(files.signerConfig, { url: swarm[1] }, portOf(serving.url));
    await save(portOf(serving.url));
    const keys = Object.fromEntries(ROLES.map((role) => [role, files.key(role)])) as Record<Role, string>;
    const { rpcUrl } = chain;
    return {
      network: {
        ...{ dir, rpcUrl, chainId: CHAIN_ID, registry, swarm, relay: serving.url, publicKey, addresses, keys },
        ...{ passwordFile: files.password, config: files.config, signerConfig: files.signerConfig },
      },
      ended: chain.ended,
      close,
    };
  } catch (error) {
    await close();
    if (error instanceof CatnixError && error.code === "REGISTRY_MISSING")
      throw new CatnixError("DEV_FOLDER_BROKEN", { dir, reason: "its chain has no registry" }, { cause: error });
    throw error;
  }
}

function chooseRelayPort(wanted: number | undefined, saved: SavedNetwork | undefined): number {
  if (wanted !== undefined && wanted !== 0) return wanted;
  return saved?.relayPort ?? wanted ?? DEFAULT_RELAY_PORT;
}

async function startSwarm(
  files: DevFiles,
  ports: readonly [number, number],
  keep: <T extends Closable>(it: T) => T,
  log: Logger,
): Promise<[string, string]> {
  const start = async (file: string, port: number) => {
    const node = keep(createSwarmNode({ file, log: log.child({ component: "swarm" }) }));
    return { node, url: keep(await listen(node, { port })).url };
  };
  const first = await start(files.swarm[0], ports[0]);
  const second = await start(files.swarm[1], ports[1]);
  first.node.addPeer(second.url);
  second.node.addPeer(first.url);
  return [first.url, second.url];
}

async function foundRegistry(
  files: DevFiles,
  rpcUrl: string,
  addresses: Record<Role, string>,
  signal: AbortSignal | undefined,
): Promise<{ registry: string; deploymentBlock: number }> {
  const chain = await connectChain(rpcUrl, CHAIN_ID, { signal });
  try {
    for (const role of ["guardian", "publisher"] as const)
      await chain.ask(() =>
        chain.provider.send("anvil_setBalance", [addresses[role], `0x${(100n * ETHER).toString(16)}`]),
      );
    const wallet = await openKeystore(files.key("publisher"), await readPasswordFile(files.password));
    const members = sortAddresses([addresses["member-1"], addresses["member-2"], addresses["member-3"]]);
    const council = {
      members,
      publishThreshold: 2,
      councilThreshold: 2,
      guardian: addresses.guardian,
      charter: NO_CHARTER,
    };
    const { registry, block } = await deployRegistry(chain, wallet.connect(chain.provider), council);
    return { registry, deploymentBlock: block };
  } finally {
    chain.close();
  }
}
