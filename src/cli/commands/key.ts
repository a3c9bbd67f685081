import type { Command } from "commander";
import { createKeystore } from "../../keys/keystore.js";
import { askPassword } from "../ask.js";
import { addExamples, withContext } from "../options.js";

interface CreateOptions {
  readonly out: string;
  readonly passwordFile?: string;
}

export function addKeyCommand(program: Command): void {
  const key = program.command("key").description("keys of members, guardians and submitters");
  const create = key
    .command("create")
    .description("make a new key as an Ethereum keystore file of mode 0600")
    .requiredOption("--out <file>", "the keystore file; must not exist")
    .option("--password-file <file>", "file of mode 0600 with the password; else it is asked for")
    .action(async (options: CreateOptions, command: Command) =>
      withContext(command, async (context) => {
        const wallet = await createKeystore(options.out, await askPassword(options.out, options.passwordFile));
        context.print({ address: wallet.address, file: options.out }, wallet.address);
      }),
    );
  addExamples(
    create,
    "key create --out member.json",
    "key create --out member.json --password-file member.pass --json",
  );
}
