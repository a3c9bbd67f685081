import type { Command } from "commander";
import { actDigest, contentOf, typedDataOf } from "../../cat/act.js";
import { readActFile } from "../../consortium/act-file.js";
import { judgeAct, requireApproved } from "../../consortium/judge-act.js";
import { requireDeadline, requireNextAct } from "../../consortium/next-act.js";
import { requireSigner, signAct } from "../../consortium/sign-act.js";
import { actFiles, joinFiles, requireAddable, requireSameRegistry } from "../../consortium/signed-file.js";
import { readSafe, requireOwner, typedSafeMessage } from "../../registry/safe.js";
import { submitAct } from "../../registry/transact.js";
import { addMadeApproval } from "../add-approval.js";
import { confirm } from "../ask.js";
import type { Context } from "../context.js";
import { type ActFacts, actToJson, describeAct, describeJudged, gatherActFacts } from "../describe-act.js";
import { describeTypedData, hashTypedData } from "../describe-typed-data.js";
import { openSignedFile } from "../open-signed-file.js";
import { addSignerOptions, openSigner, parseAddress, type SignerOptions } from "../open-signer.js";
import { addExamples, addKeyOptions, type KeyOptions, openWallet, withContext } from "../options.js";

interface SignCommandOptions extends SignerOptions {
  readonly yes?: boolean;
  readonly safe?: string;
  readonly out?: string;
}

interface SubmitOptions extends KeyOptions {
  readonly yes?: boolean;
}

export function addSignCommands(registry: Command): void {
  const sign = addSignerOptions(registry.command("sign"), "a member, or of who joins")
    .description("show a change of the council or a retirement, ask, and sign it")
    .argument("<file>", "what `rotate` or `retire` wrote; the signature is added to it")
    .option("--yes", "sign without asking")
    .option("--safe <address>", "sign as an owner of this Safe, which is the member", parseAddress)
    .option("--out <file>", "write the act with the signature to this file instead, beside those that are in it")
    .action(async (file: string, options: SignCommandOptions, command: Command) =>
      withContext(command, (context) => signCommand(context, file, options)),
    );
  addExamples(
    sign,
    "registry sign council-7.json --key member.json",
    "registry sign council-7.json --wallet http://127.0.0.1:1248 --account 0x…",
    "registry sign council-7.json --safe 0x… --key owner.json",
  );

  const submit = addKeyOptions(registry.command("submit"), "who pays; need not be a member")
    .description("send a change of the council, or a retirement, that enough have signed to the chain")
    .argument("<files...>", "files of the same act; their signatures are put together")
    .option("--yes", "submit a retirement without asking")
    .action(async (files: string[], options: SubmitOptions, command: Command) =>
      withContext(command, (context) => submitCommand(context, files, options)),
    );
  addExamples(
    submit,
    "registry submit council-7.json --key payer.json",
    "registry submit from-alice.json from-bob.json --key payer.json",
  );
}

/** Shows what a file would change and who has signed it, also where it is too late for that. */
export async function showActCommand(context: Context, file: string): Promise<void> {
  const { content, registry } = await openSignedFile(context, actFiles, file);
  const facts = await gatherActFacts(context, registry, content);
  const judged = await judgeAct(registry, facts.council, content);
  context.print(
    { ...actToJson(facts), ...judged, hashes: hashTypedData(typedDataOf(registry.id, content.act)) },
    `${describeAct(facts, context.colors)}\n\n${describeJudged(judged, facts, context.colors)}`,
  );
  await requireNextAct(registry, content.act);
  requireDeadline(contentOf(content.act));
}

async function signCommand(context: Context, file: string, options: SignCommandOptions): Promise<void> {
  const { content, registry } = await openSignedFile(context, actFiles, file);
  const out = options.out ?? file;
  await requireAddable(actFiles, out, { file, content });
  const signer = await openSigner(options, context.signal, (text) => context.note(text));
  const safe = options.safe === undefined ? undefined : await readSafe(registry, options.safe);
  if (safe) requireOwner(safe, signer.address);
  await requireSigner(registry, content, safe?.address ?? signer.address);
  const facts = await gatherActFacts(context, registry, content);
  if (!context.options.json) {
    console.log(describeAct(facts, context.colors));
    const message = safe && typedSafeMessage(registry, safe.address, typedDataOf(registry.id, content.act));
    if (message) console.log(`\n${describeTypedData(message)}`);
  }
  if (!options.yes) await ask(facts, context);
  const approval = await signAct(registry, content, signer, safe);
  const written = await addMadeApproval(context, "registry", actFiles, registry, { file, content, approval, out });
  const judged = await judgeAct(registry, await registry.council(), written);
  const { needed, held, joinersMissing } = judged;
  context.print(
    { ...approval, digest: facts.digest, file: out, needed, held, joinersMissing },
    `\nsigned as ${safe ? `owner ${signer.address} of the Safe ${safe.address}` : approval.member}, written to ${out}\n${describeJudged(judged, facts, context.colors)}`,
  );
}

/** Of a retirement twice: it is the one act that nothing undoes. */
async function ask({ file: { act } }: ActFacts, { signal }: Context): Promise<void> {
  if (act.kind === "council") return confirm("Sign this change of the council?", "the signature", signal);
  await confirm("Sign the retirement of this registry?", "the signature", signal);
  await confirm("It is for good: nothing undoes it. Are you sure?", "the signature", signal);
}

async function submitCommand(context: Context, files: string[], options: SubmitOptions): Promise<void> {
  const contents = await Promise.all(files.map(async (file) => ({ file, content: await readActFile(file) })));
  const registry = await context.registry();
  requireSameRegistry(actFiles, contents[0]!, registry.id);
  const merged = await joinFiles(actFiles, registry, contents);
  const { act } = merged;
  const { seq } = contentOf(act);
  const what = `${act.kind === "council" ? "the council is changed" : "the registry is retired"} by act ${seq}`;
  // Typed twice, or somebody else was quicker: what was wanted is done.
  if ((await registry.state()).head === actDigest(registry.id, act)) {
    context.print({ seq, kind: act.kind, already: true }, `${what} already`);
    return;
  }
  await requireNextAct(registry, act);
  const judged = await judgeAct(registry, await registry.council(), merged);
  requireApproved(files.join(", "), judged);
  const wallet = (await openWallet(options, context.signal)).connect(registry.chain.provider);
  if (act.kind === "retirement" && !options.yes)
    await confirm("Retire this registry for good?", "the retirement", context.signal);
  // A Safe of which too few owners signed is left out where there are enough without it.
  const approvals = merged.approvals.filter((_, at) => judged.approvals[at]!.verdict === "holds");
  const receipt = await submitAct(registry, wallet, act, approvals, context.noteSent);
  context.print(
    { ...receipt, seq, kind: act.kind },
    `${what}: block ${receipt.block}, ${receipt.gas} gas, ${receipt.transactionHash}`,
  );
}
