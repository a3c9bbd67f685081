import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ZeroHash } from "ethers";
import { type BeeNetwork, startBeeNetwork } from "../../../scripts/bee/bee-network.js";
import { startServe } from "../../../scripts/lab/catnix.js";
import {
  type DevFiles,
  devFiles,
  prepareKeys,
  prepareRelayKey,
  type Role,
  ROLES,
} from "../../../src/cli/dev/dev-files.js";
import { makeFolders } from "../../../src/files/make-folders.js";
import { openKeystore, readPasswordFile } from "../../../src/keys/keystore.js";
import { connectChain } from "../../../src/registry/connect.js";
import { sortAddresses } from "../../../src/registry/council-file.js";
import { deployRegistry } from "../../../src/registry/transact.js";
import type { Where } from "../../e2e/support/consortium.js";

const BATCH_DEPTH = 21;
const ETHER = 10n ** 18n;

/**
 * A consortium on a real network: publisher, members and relay each have a node of their own, and the registry is on the chain
 * of Swarm's own contracts.
 */
export class BeeWorld {
  private constructor(
    readonly network: BeeNetwork,
    /** For the commands; `relay` is where the relay will listen. */
    readonly where: Where,
    /** What the relay signs with: `name:base64`. */
    readonly publicKey: string,
    readonly relay: Awaited<ReturnType<typeof startServe>>,
  ) {}

  /** @param dir for configurations, keys and databases; whoever gives it removes it */
  static async start(dir: string, log: (line: string) => void): Promise<BeeWorld> {
    makeFolders(dir);
    const network = await startBeeNetwork({ nodes: 3, log });
    try {
      const files = devFiles(dir);
      const addresses = await prepareKeys(files);
      const publicKey = await prepareRelayKey(files);
      const [first, second, third] = network.nodes as [...BeeNetwork["nodes"]];
      const [postageBatch, chain] = await Promise.all([
        network.buyBatch(first!, { depth: BATCH_DEPTH }),
        foundRegistry(network, files, addresses),
      ]);
      const write = async (file: string, state: string, swarm: object) => {
        const relay = { port: 0, signingKeyFile: files.relayKey };
        await writeFile(file, JSON.stringify({ stateDir: join(dir, state), chain, swarm, relay }));
        return file;
      };
      const config = await write(files.config, "publisher", { url: first!.url, postageBatch, upload: "direct" });
      const signerConfig = await write(files.signerConfig, "signer", { url: second!.url });
      // Two nodes, neither of them the publisher's own first.
      const relayConfig = await write(join(dir, "relay.json"), "relay", { url: third!.url, urls: [second!.url] });
      const relay = await startServe(relayConfig);
      const keys = Object.fromEntries(ROLES.map((role) => [role, files.key(role)])) as Record<Role, string>;
      const where = { config, signerConfig, keys, passwordFile: files.password, relay: relay.url };
      return new BeeWorld(network, where, publicKey, relay);
    } catch (error) {
      await network.close();
      throw error;
    }
  }

  /** Ends all of it. */
  async close(): Promise<void> {
    await this.relay.stop();
    await this.network.close();
  }
}

/** Two of three members, on the chain of the network. */
async function foundRegistry(
  { chain: { rpcUrl, chainId } }: BeeNetwork,
  files: DevFiles,
  addresses: Record<Role, string>,
) {
  const chain = await connectChain(rpcUrl, chainId);
  try {
    for (const role of ["guardian", "publisher"] as const)
      await chain.provider.send("anvil_setBalance", [addresses[role], `0x${(100n * ETHER).toString(16)}`]);
    const wallet = await openKeystore(files.key("publisher"), await readPasswordFile(files.password));
    const { registry, block } = await deployRegistry(chain, wallet.connect(chain.provider), {
      members: sortAddresses([addresses["member-1"], addresses["member-2"], addresses["member-3"]]),
      ...{ publishThreshold: 2, councilThreshold: 2, guardian: addresses.guardian, charter: ZeroHash },
    });
    return { rpcUrl, chainId, registry, deploymentBlock: block, finality: "latest", pollSeconds: 0.25 };
  } finally {
    chain.close();
  }
}
