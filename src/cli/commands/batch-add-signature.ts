import { type Command, InvalidArgumentError, Option } from "commander";
import { typedBatch } from "../../consortium/batch-file.js";
import { acceptSignature } from "../../consortium/accept-signature.js";
import { requireMember } from "../../consortium/sign-batch.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { readTextFile } from "../../files/read-file.js";
import { addApproval } from "../add-approval.js";
import type { Context } from "../context.js";
import { describeSafe } from "../describe-batch.js";
import { parseAddress } from "../open-signer.js";
import { addExamples, withContext } from "../options.js";
import { openBatchFile } from "../open-batch-file.js";

export interface AddSignatureOptions {
  readonly member: string;
  readonly signature?: string;
  readonly signatureFile?: string;
  readonly out?: string;
}

/** Bytes of a file with a signature in hex: what a batch file has room for. */
const MAX_SIGNATURE_FILE = 1 << 18;

export function addAddSignatureCommand(batch: Command): void {
  const command = batch
    .command("add-signature")
    .description("add a signature that was made elsewhere, once the registry would take it")
    .argument("<file>", "batch file; the signature is added to it")
    .requiredOption(
      "--member <address>",
      "whose approval it is: an account, or a contract such as a Safe",
      parseAddress,
    )
    .addOption(signatureOption())
    .option("--signature-file <file>", "the same, from a file with nothing else in it")
    .option("--out <file>", "write the batch with the signature to this file instead, beside those that are in it")
    .action(async (file: string, options: AddSignatureOptions, command: Command) =>
      withContext(command, (context) => addSignatureCommand(context, file, options)),
    );
  addExamples(
    command,
    "batch add-signature batch-12.json --member 0x… --signature-file from-cold-storage.txt",
    "batch add-signature batch-12.json --member <Safe> --signature 0x",
  );
}

async function addSignatureCommand(context: Context, file: string, options: AddSignatureOptions): Promise<void> {
  const { member, out = file } = options;
  const signature = await readSignature(options);
  const { content, registry } = await openBatchFile(context, file);
  await requireMember(member, registry);
  const approval = await acceptSignature(registry, typedBatch(content), { member, signature });
  const { verdict } = await addApproval(registry, { file, content, approval, out });
  const holds = verdict.verdict === "holds";
  context.print(
    { ...approval, kind: verdict.kind, holds, ...verdict.safe, file: out },
    `${holds ? `the approval of ${member} holds` : describeSafe(verdict)}, written to ${out}`,
  );
}

/** A new `--signature`. */
export function signatureOption(): Option {
  return new Option("--signature <hex>", "the signature; 0x where a Safe signed on chain")
    .argParser(parseSignature)
    .conflicts("signatureFile");
}

/** @throws CatnixError USAGE, FILE_UNREADABLE */
export async function readSignature({ signature, signatureFile }: AddSignatureOptions): Promise<string> {
  if (signature !== undefined) return signature;
  if (signatureFile === undefined) throw new CatnixError("USAGE", { reason: "give --signature or --signature-file" });
  const text = (await readTextFile(signatureFile, MAX_SIGNATURE_FILE)).trim();
  if (isHexData(text)) return text.toLowerCase();
  throw new CatnixError("USAGE", { reason: `${signatureFile} holds something else than 0x and hexadecimal digits` });
}

const isHexData = (text: string) => /^0x([0-9a-f]{2})*$/i.test(text);

function parseSignature(text: string): string {
  if (!isHexData(text)) throw new InvalidArgumentError("0x and hexadecimal digits");
  return text.toLowerCase();
}
