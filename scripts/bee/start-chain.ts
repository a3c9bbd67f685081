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
  /** Mines empty blocks. */
  mine(blocks: number): Promise<void>;
}

export const CHAIN_ID = 1337;

/**
 * Starts anvil on a free port. Each transaction is mined at once, and a block comes each second all the same: a Bee takes a
 * chain whose last block is over a minute old for one that hangs.
 * @throws LabError BEE_FAILED
 */
export async function startChain(folder: string, signal: AbortSignal | undefined): Promise<BeeChain> {
  const anvil = createRequire(import.meta.url).resolve("@foundry-rs/anvil-linux-amd64/bin/anvil");
  const settings = {
    host: "127.0.0.1",
    port: 0,
    "chain-id": CHAIN_ID,
    "block-time": 1,
    "cache-path": join(folder, "anvil"),
  };
  const named = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = await startChild(anvil, ["--mixed-mining", ...named], {
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
    const mine = async (blocks: number) => {
      await provider.send("anvil_mine", [`0x${blocks.toString(16)}`]);
    };
    return { rpcUrl, chainId: CHAIN_ID, child, provider, mine };
  } catch (error) {
    await child.kill();
    throw error;
  }
}
