import { once } from "node:events";
import type { Command } from "commander";
import { CatnixError } from "../../errors/catnix-error.js";
import { createLogger } from "../../log/logger.js";
import { type DevNetwork, startDevNetwork } from "../dev/dev-network.js";
import { addExamples, parsePort, withContext } from "../options.js";

interface DevOptions {
  readonly dir: string;
  readonly port?: number;
}

export function addDevCommand(program: Command): void {
  const dev = program
    .command("dev")
    .description("a whole cache on this machine: chain, Swarm nodes, registry, members, indexer, relay")
    .option("--dir <folder>", "where everything is kept; a second start goes on there", ".catnix/dev")
    .option("--port <n>", "port of the relay, 0: any free one; else the folder's, or 8734 for a new one", parsePort)
    .action(async (options: DevOptions, command: Command) =>
      withContext(command, async (context) => {
        const { signal } = context; // a start is not left half done
        const log = createLogger(process.env["CATNIX_LOG_LEVEL"] === undefined ? "warn" : context.config.logLevel);
        const { close, network, ended } = await startDevNetwork({ dir: options.dir, relayPort: options.port }, log);
        context.print(network, describe(network));
        const stopped = signal.aborted || once(signal, "abort");
        const isStopped = await Promise.race([stopped, ended]).then(() => signal.aborted);
        if (isStopped) context.note("stopping");
        await close();
        if (!isStopped) throw new CatnixError("DEV_CHAIN_ENDED", undefined);
      }),
    );
  addExamples(dev, "dev", "dev --dir /tmp/catnix --port 0 --json");
}

function describe(network: DevNetwork): string {
  const { rpcUrl, chainId, registry, swarm, relay, publicKey, keys, passwordFile, config, signerConfig } = network;
  const password = `--password-file ${passwordFile}`;
  return `chain      ${rpcUrl}, chain id ${chainId}
registry   ${registry}
Swarm      ${swarm[0]} (publisher), ${swarm[1]} (signers, relay)
relay      ${relay}

Publish, sign, submit:
  catnix --config ${config} publish ./result --out batch.json
  catnix --config ${signerConfig} batch sign batch.json --key ${keys["member-1"]} ${password}
  catnix --config ${signerConfig} batch sign batch.json --key ${keys["member-2"]} ${password}
  catnix --config ${config} batch submit batch.json --key ${keys.publisher} ${password}

nix.conf:
  extra-substituters = ${relay}
  extra-trusted-public-keys = ${publicKey}

Ctrl-C stops it; a second start goes on with ${network.dir}.`;
}
