import { readFileSync } from "node:fs";
import { Command } from "commander";
import { addAttestCommand } from "./commands/attest.js";
import { addAuditCommand } from "./commands/audit.js";
import { addBatchCommand } from "./commands/batch.js";
import { addCharterCommand } from "./commands/charter.js";
import { addConfigCommand } from "./commands/config.js";
import { addDevCommand } from "./commands/dev.js";
import { addDoctorCommand } from "./commands/doctor.js";
import { addExplainCommand } from "./commands/explain.js";
import { addFetchCommand } from "./commands/fetch.js";
import { addFeedCommand } from "./commands/feed.js";
import { addKeyCommand } from "./commands/key.js";
import { addNarCommand } from "./commands/nar.js";
import { addPublishCommand } from "./commands/publish.js";
import { addRegistryCommand } from "./commands/registry.js";
import { addResolveCommand } from "./commands/resolve.js";
import { addReuploadCommand } from "./commands/reupload.js";
import { addServeCommand } from "./commands/serve.js";
import { addSocCommand } from "./commands/soc.js";
import { addStampsCommand } from "./commands/stamps.js";
import { addVerifyCommand } from "./commands/verify.js";
import { addCompletion } from "./completion.js";
import { describeOption } from "./describe-option.js";
import { addExamples } from "./options.js";

const { version, description } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
  description: string;
};

const EXIT_CODES = `
Exit codes:
  0         done
  1         an error, or what was looked at is not right (attest, doctor, verify)
  2         a mistake in catnix itself
  3         verify and audit with --strict: paths that the registry does not list
  64        wrong arguments
  130, 143  ended by Ctrl-C, by SIGTERM`;

/**
 * All commands. What is wrong with the arguments is thrown as a CommanderError; nothing here ends the process.
 * @param json leaves it to the caller to say what is wrong with the arguments
 */
export function createProgram({ json = false } = {}): Command {
  const program = new Command("catnix")
    .description(description)
    .version(version)
    .option("--config <file>", "configuration file; else CATNIX_CONFIG, else ./catnix.json")
    .option("--json", "print facts as JSON, one object")
    .option("--quiet", "no notes, no progress")
    .showHelpAfterError("(see --help)")
    .configureHelp({ showGlobalOptions: true, optionDescription: describeOption })
    .exitOverride()
    .configureOutput(json ? { writeErr: () => undefined } : {});
  addDevCommand(program);
  addPublishCommand(program);
  addBatchCommand(program);
  addAttestCommand(program);
  addRegistryCommand(program);
  addCharterCommand(program);
  addServeCommand(program);
  addResolveCommand(program);
  addFetchCommand(program);
  addVerifyCommand(program);
  addAuditCommand(program);
  addExplainCommand(program);
  addNarCommand(program);
  addSocCommand(program);
  addFeedCommand(program);
  addStampsCommand(program);
  addReuploadCommand(program);
  addKeyCommand(program);
  addConfigCommand(program);
  addDoctorCommand(program);
  addCompletion(program);
  return addExamples(program, "dev", "publish ./result", "batch sign --help").addHelpText("after", EXIT_CODES);
}
