import type { Command } from "commander";
import { existsSync } from "node:fs";
import { CatnixError } from "../../errors/catnix-error.js";
import { writeFileWhole } from "../../files/write-file.js";
import { createKeystore } from "../../keys/keystore.js";
import { formatPublicKey, formatSecretKey, generateSecretKey } from "../../nix/signing-key.js";
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
  const createNix = key
    .command("create-nix")
    .description("make a new Nix signing key, and print its public half")
    .argument(
      "<name>",
      "its name: <member>-rebuilt-1 for what you rebuilt, <member>-copied-1 for what you only compared",
    )
    .option("--out <file>", "file of mode 0600 with the secret half, which must not exist; else <name>.secret")
    .action(async (name: string, options: { out?: string }, command: Command) =>
      withContext(command, async (context) => {
        const file = options.out ?? `${name}.secret`;
        if (existsSync(file)) throw new CatnixError("FILE_EXISTS", { file });
        const secret = generateSecretKey(name);
        await writeFileWhole(file, `${formatSecretKey(secret)}\n`, 0o600);
        const publicKey = formatPublicKey(secret.publicKey);
        context.print({ publicKey, file }, publicKey);
      }),
    );
  addExamples(
    createNix,
    "key create-nix uni-example-rebuilt-1",
    "key create-nix uni-example-copied-1 --out /etc/catnix/copied.secret",
  );
}
