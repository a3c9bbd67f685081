import type { Command } from "commander";
import { typedDataOf } from "../../cat/act.js";
import { acceptSignature } from "../../consortium/accept-signature.js";
import { requireSigner } from "../../consortium/sign-act.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { readSafe } from "../../registry/safe.js";
import { addActApproval } from "../add-act-approval.js";
import type { Context } from "../context.js";
import { describeAct, describeJudged, gatherActFacts } from "../describe-act.js";
import { openActFile } from "../open-act-file.js";
import { parseAddress } from "../open-signer.js";
import { addExamples, withContext } from "../options.js";
import { printTypedData } from "../print-typed-data.js";
import { type AddSignatureOptions, readSignature, signatureOption } from "./batch-add-signature.js";

interface TypedDataOptions {
  readonly member?: string;
  readonly safe?: string;
  readonly out?: string;
}

export function addSignElsewhereCommands(registry: Command): void {
  const typedData = registry
    .command("typed-data")
    .description("show a change of the council or a retirement, and print what to sign elsewhere (EIP-712, JSON)")
    .argument("<file>", "what `rotate` or `retire` wrote")
    .option("--member <address>", "the member, or who joins, who will sign", parseAddress)
    .option("--safe <address>", "a Safe that is the member: what its owners sign", parseAddress)
    .option("--out <file>", "write the typed data to this file; else standard output")
    .action(async (file: string, options: TypedDataOptions, command: Command) =>
      withContext(command, (context) => typedDataCommand(context, file, options)),
    );
  addExamples(typedData, "registry typed-data council-7.json --member 0x… --out sign-me.json");

  const add = registry
    .command("add-signature")
    .description("add a signature that was made elsewhere, once the registry would take it")
    .argument("<file>", "what `rotate` or `retire` wrote; the signature is added to it")
    .requiredOption(
      "--member <address>",
      "whose approval it is: an account, or a contract such as a Safe",
      parseAddress,
    )
    .addOption(signatureOption())
    .option("--signature-file <file>", "the same, from a file with nothing else in it")
    .option("--out <file>", "write the act with the signature to this file instead, beside those that are in it")
    .action(async (file: string, options: AddSignatureOptions, command: Command) =>
      withContext(command, (context) => addSignatureCommand(context, file, options)),
    );
  addExamples(
    add,
    "registry add-signature council-7.json --member 0x… --signature-file from-cold-storage.txt",
    "registry add-signature council-7.json --member <Safe> --signature 0x",
  );
}

async function typedDataCommand(context: Context, file: string, options: TypedDataOptions): Promise<void> {
  const member = options.member ?? options.safe;
  if (member === undefined || (options.member !== undefined && options.safe !== undefined))
    throw new CatnixError("USAGE", { reason: "give one of --member and --safe" });
  const { content, registry } = await openActFile(context, file);
  await requireSigner(registry, content, member);
  const safe = options.safe === undefined ? undefined : await readSafe(registry, options.safe);
  context.note(describeAct(await gatherActFacts(context, registry, content), context.colors));
  const act = typedDataOf(registry.id, content.act);
  await printTypedData(context, registry, { act, member, safe, out: options.out });
}

async function addSignatureCommand(context: Context, file: string, options: AddSignatureOptions): Promise<void> {
  const { member, out = file } = options;
  const signature = await readSignature(options);
  const { content, registry } = await openActFile(context, file);
  await requireSigner(registry, content, member);
  const approval = await acceptSignature(registry, typedDataOf(registry.id, content.act), { member, signature });
  const facts = await gatherActFacts(context, registry, content);
  const judged = await addActApproval(registry, { file, content, approval, out });
  const verdict = judged.approvals.find((it) => it.member === member)!;
  context.print(
    { ...approval, kind: verdict.kind, holds: verdict.verdict === "holds", ...verdict.safe, file: out },
    `written to ${out}\n${describeJudged(judged, facts, context.colors)}`,
  );
}
