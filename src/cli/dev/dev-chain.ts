import { dirname, join } from "node:path";
import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import { startAnvil } from "./anvil.js";
import { AnvilClient } from "./anvil-client.js";
import { ChainJournal } from "./chain-journal.js";
import { KeptChain } from "./kept-chain.js";
import { createRpcApp, listenRpc } from "./listen-rpc.js";

/** A chain on this machine. */
export interface DevChain {
  readonly rpcUrl: string;
  /** Fulfilled once its blocks are gone, because it was closed or something ended its process. */
  readonly ended: Promise<unknown>;
  close(): Promise<void>;
}

/**
 * Starts a chain on 127.0.0.1, with the blocks that it had: what it has answered is kept, also where all of it is killed
 * (docs/decisions/011-dev-chain.md).
 * @param options.journalFile what it is kept in; made where there is none
 * @param options.port 0 for any free one
 * @throws CatnixError DEV_CHAIN_FAILED, DEV_CHAIN_ENDED; DEV_FOLDER_BROKEN, DISK_FULL, DATABASE_FAILED
 */
export async function startDevChain(options: {
  journalFile: string;
  port: number;
  chainId: number;
}): Promise<DevChain> {
  const { journalFile, port, chainId } = options;
  const dir = dirname(journalFile);
  const { journal, genesisTime } = openJournal(journalFile, dir);
  const open: { close(): unknown }[] = [journal];
  const close = async () => {
    for (const it of open.splice(0)) await it.close();
  };
  try {
    const anvil = await startAnvil({ chainId, genesisTime, spillDir: join(dir, "anvil") });
    open.unshift(anvil);
    const chain = new KeptChain(new AnvilClient(anvil.rpcUrl), journal);
    await chain.replay(dir);
    const server = await listenRpc(
      createRpcApp((call) => chain.answer(call)),
      port,
    );
    open.unshift(server);
    return { rpcUrl: server.url, ended: anvil.ended, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function openJournal(file: string, dir: string): { journal: ChainJournal; genesisTime: number } {
  let journal: ChainJournal | undefined;
  try {
    journal = new ChainJournal(file);
    return { journal, genesisTime: journal.genesisTime() };
  } catch (cause) {
    journal?.close();
    if (!isCatnixError(cause, "DATABASE_FAILED")) throw cause;
    throw new CatnixError("DEV_FOLDER_BROKEN", { dir, reason: cause.details.reason }, { cause });
  }
}
