import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { addBatchCommand } from "./commands/batch.js";
import { addDevCommand } from "./commands/dev.js";
import { addKeyCommand } from "./commands/key.js";
import { addPublishCommand } from "./commands/publish.js";
import { addRegistryCommand } from "./commands/registry.js";
import { addServeCommand } from "./commands/serve.js";
import { reportError } from "./report-error.js";

const { version, description } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
  description: string;
};

function createProgram(): Command {
  const program = new Command("catnix")
    .description(description)
    .version(version)
    .option("--config <file>", "configuration file; else CATNIX_CONFIG, else ./catnix.json")
    .option("--json", "print facts as JSON, one object")
    .option("--quiet", "no notes, no progress")
    .showHelpAfterError("(see --help)")
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
  addDevCommand(program);
  addPublishCommand(program);
  addBatchCommand(program);
  addRegistryCommand(program);
  addServeCommand(program);
  addKeyCommand(program);
  return program;
}

const USAGE = 64; // EX_USAGE of sysexits.h

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE;
  else process.exitCode = reportError(error, process.argv.includes("--json"));
}
