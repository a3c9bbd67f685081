import { rm } from "node:fs/promises";
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
import { startAnvil } from "./anvil.js";
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

interface Closable {
  close(): unknown;
}

/**
 * Starts chain, Swarm nodes, registry, indexer and relay, or goes on where an earlier start of the folder ended.
 * @param options.relayPort a folder keeps its port where none, or 0, is given; a new one then gets 8734, or any free one
 * @param signal ends the start; what runs by then is stopped in order
 * @throws CatnixError DEV_CHAIN_FAILED, DEV_FOLDER_BROKEN, DEV_FOLDER_IN_USE, and what its parts throw; the reason of an
 * aborted signal
 */
export async function startDevNetwork(
  options: { dir: string; relayPort: number | undefined },
  log: Logger,
  signal?: AbortSignal,
): Promise<{ network: DevNetwork; close: () => Promise<void> }> {
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
    const chain = keep(await startAnvil({ stateFile: files.chain, port: saved?.chainPort ?? 0, chainId: CHAIN_ID }));
    signal?.throwIfAborted();
    const swarm = await startSwarm(files, saved?.swarmPorts ?? [0, 0], keep, log);
    const found = saved ?? (await foundRegistry(files, chain.rpcUrl, addresses, signal));
    const base = {
      chain: {
        rpcUrl: chain.rpcUrl,
        chainId: CHAIN_ID,
        registry: found.registry,
        deploymentBlock: found.deploymentBlock,
        finality: "latest",
        pollSeconds: 0.25,
      },
    };
    const relay = { port: chooseRelayPort(options.relayPort, saved), signingKeyFile: files.relayKey };
    const write = (file: string, url: string, port: number) =>
      writeFileWhole(
        file,
        `${JSON.stringify({ stateDir: files.state, ...base, swarm: { url }, relay: { ...relay, port } }, undefined, 2)}\n`,
      );
    // The index is built again: it can be ahead of a chain that lost its last blocks to a crash.
    await rm(`${files.state}/index.sqlite`, { force: true });
    await write(files.signerConfig, swarm[1], relay.port);
    const serving = keep(await startServing(await loadConfig({ file: files.signerConfig, env: {} }), log, signal));
    const portOf = (url: string) => Number(new URL(url).port);
    await write(files.config, swarm[0], portOf(serving.url));
    await write(files.signerConfig, swarm[1], portOf(serving.url));
    const saving: SavedNetwork = {
      chainPort: portOf(chain.rpcUrl),
      swarmPorts: [portOf(swarm[0]), portOf(swarm[1])],
      relayPort: portOf(serving.url),
      ...{ registry: found.registry, deploymentBlock: found.deploymentBlock },
    };
    await writeFileWhole(files.network, `${JSON.stringify(saving, undefined, 2)}\n`);
    const keys = Object.fromEntries(ROLES.map((role) => [role, files.key(role)])) as Record<Role, string>;
    const { registry } = found;
    return {
      network: {
        ...{
          dir,
          rpcUrl: chain.rpcUrl,
          chainId: CHAIN_ID,
          registry,
          swarm,
          relay: serving.url,
          publicKey,
          addresses,
          keys,
        },
        ...{ passwordFile: files.password, config: files.config, signerConfig: files.signerConfig },
      },
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
  const start = async (file: string, port: number, peers: string[]) => {
    const node = keep(createSwarmNode({ file, peers, log: log.child({ component: "swarm" }) }));
    return keep(await listen(node, { port })).url;
  };
  const publisher = await start(files.swarm[0], ports[0], []);
  return [publisher, await start(files.swarm[1], ports[1], [publisher])];
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
