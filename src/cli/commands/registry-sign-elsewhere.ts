import type { Command } from "commander";
import { typedDataOf } from "../../cat/act.js";
import { acceptSignature } from "../../consortium/accept-signature.js";
import { judgeAct } from "../../consortium/judge-act.js";
import { requireSigner } from "../../consortium/sign-act.js";
import { actFiles } from "../../consortium/signed-file.js";
import { readSafe } from "../../registry/safe.js";
import { addApproval } from "../add-approval.js";
import type { Context } from "../context.js";
import { describeAct, describeJudged, gatherActFacts } from "../describe-act.js";
import { describeTypedData } from "../describe-typed-data.js";
import { openSignedFile } from "../open-signed-file.js";
import { addExamples, withContext } from "../options.js";
import { printTypedData } from "../print-typed-data.js";
import {
  type AddSignatureOptions,
  addSignatureOptions,
  addTypedDataOptions,
  readSignature,
  requireWhoSigns,
  type TypedDataOptions,
} from "../sign-elsewhere.js";

export function addSignElsewhereCommands(registry: Command): void {
  const typedData = addTypedDataOptions(registry.command("typed-data"), "the member, or who joins,")
    .description("show a change of the council or a retirement, and print what to sign elsewhere (EIP-712, JSON)")
    .argument("<file>", "what `rotate` or `retire` wrote")
    .action(async (file: string, options: TypedDataOptions, command: Command) =>
      withContext(command, (context) => typedDataCommand(context, file, options)),
    );
  addExamples(typedData, "registry typed-data council-7.json --member 0x… --out sign-me.json");

  const add = addSignatureOptions(registry.command("add-signature"), "act")
    .description("add a signature that was made elsewhere, once the registry would take it")
    .argument("<file>", "what `rotate` or `retire` wrote; the signature is added to it")
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
  const member = requireWhoSigns(options);
  const { content, registry } = await openSignedFile(context, actFiles, file);
  await requireSigner(registry, content, member);
  const safe = options.safe === undefined ? undefined : await readSafe(registry, options.safe);
  const act = typedDataOf(registry.id, content.act);
  const facts = await gatherActFacts(context, registry, content);
  context.note(`${describeAct(facts, context.colors)}\n\n${describeTypedData(act)}`);
  await printTypedData(context, registry, { act, member, safe, out: options.out });
}

async function addSignatureCommand(context: Context, file: string, options: AddSignatureOptions): Promise<void> {
  const { member, out = file } = options;
  const signature = await readSignature(options);
  const { content, registry } = await openSignedFile(context, actFiles, file);
  await requireSigner(registry, content, member);
  const approval = await acceptSignature(registry, typedDataOf(registry.id, content.act), { member, signature });
  const facts = await gatherActFacts(context, registry, content);
  const written = await addApproval(actFiles, registry, { file, content, approval, out });
  const judged = await judgeAct(registry, facts.council, written);
  const verdict = judged.approvals.find((it) => it.member === member)!;
  context.print(
    { ...approval, kind: verdict.kind, holds: verdict.verdict === "holds", ...verdict.safe, file: out },
    `written to ${out}\n${describeJudged(judged, facts, context.colors)}`,
  );
}
