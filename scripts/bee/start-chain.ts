import { createRequire } from "node:module";
import { join } from "node:path";
import { JsonRpcProvider, Network } from "ethers";
import { type Child, startChild } from "./child.js";

/** The chain of a network of one's own. */
export interface BeeChain {
  readonly rpcUrl: string;
  readonly chainId: number;
  readonly child: Child;
  /** Its first account is unlocked and has more ether than a test can spend. */
  readonly provider: JsonRpcProvider;
}

const CHAIN_ID = 1337;

/**
 * Starts anvil on a free port, with a block each second and no other: a Bee reckons the number of the last block from the pace
 * of those before it, and one that sees many at once looks for batches beyond the end of the chain, and misses some.
 * @throws LabError BEE_FAILED
 */
export async function startChain(folder: string, signal: AbortSignal | undefined): Promise<BeeChain> {
  const anvil = createRequire(import.meta.url).resolve("@foundry-rs/anvil-linux-amd64/bin/anvil");
  const settings = {
    ...{ host: "127.0.0.1", port: 0, "chain-id": CHAIN_ID, "block-time": 1, "cache-path": join(folder, "anvil") },
  };
  const named = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = await startChild(anvil, ["--disable-block-gas-limit", ...named], {
    ...{ name: "anvil", logFile: join(folder, "anvil.log"), home: folder, signal },
  });
  try {
    const rpcUrl = await child.until("its port", async () => {
      const [, address] = /^Listening on (\S+)$/m.exec(await child.output()) ?? [];
      return address === undefined ? undefined : `http://${address}`;
    });
    const provider = new JsonRpcProvider(rpcUrl, CHAIN_ID, {
      ...{ staticNetwork: Network.from(CHAIN_ID), cacheTimeout: -1, pollingInterval: 50 },
    });
    return { rpcUrl, chainId: CHAIN_ID, child, provider };
  } catch (error) {
    await child.kill();
    throw error;
  }
}
