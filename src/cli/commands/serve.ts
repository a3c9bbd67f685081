import { once } from "node:events";
import type { Command } from "commander";
import { createLogger } from "../../log/logger.js";
import { addExamples, withContext } from "../options.js";
import { startServing } from "../start-serving.js";

export function addServeCommand(program: Command): void {
  const serve = program
    .command("serve")
    .description("follow the registry and answer Nix, until Ctrl-C or SIGTERM")
    .action(async (_options: object, command: Command) =>
      withContext(command, async (context) => {
        const { signal } = context;
        const start = startServing(context.config, createLogger(context.config.logLevel), signal);
        const serving = await context.wait("the RPC, to make sure of the registry", start);
        context.print({ url: serving.url }, `substituters = ${serving.url}`);
        if (!signal.aborted) await once(signal, "abort");
        await serving.close();
      }),
    );
  addExamples(serve, "serve", "serve --config /etc/catnix.json", "serve --json");
}
