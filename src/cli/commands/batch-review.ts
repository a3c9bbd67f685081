import { existsSync } from "node:fs";
import type { Command } from "commander";
import { batchDigest } from "../../cat/batch.js";
import { type BatchFile, mergeBatchFiles, readBatchFile, writeBatchFile } from "../../consortium/batch-file.js";
import { type CheckedBatch, type CheckOptions, checkBatch } from "../../consortium/check-batch.js";
import { CheckedBuilds } from "../../consortium/checked-builds.js";
import { judgeApprovals } from "../../consortium/judge-approvals.js";
import { requireMember, signBatch } from "../../consortium/sign-batch.js";
import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import { NO_ATTESTATION } from "../../members/signed-batch.js";
import type { Registry } from "../../registry/registry.js";
import { submitBatch } from "../../registry/transact.js";
import { confirm } from "../ask.js";
import type { Context } from "../context.js";
import { checkedToJson, describeApprovals, describeBatch, describeChecked } from "../describe-batch.js";
import { plural } from "../format.js";
import { addSignerOptions, openSigner, type SignerOptions } from "../open-signer.js";
import { addExamples, addKeyOptions, type KeyOptions, openWallet, withContext } from "../options.js";
import { addOwnedKeyOptions, type OwnedKeyOptions, tryOwnedKey } from "../owned-key.js";
import { Progress } from "../progress.js";
import { requireSameRegistry } from "../same-registry.js";
import { sendApproval } from "../send-approval.js";

interface SignOptions extends SignerOptions, OwnedKeyOptions {
  readonly yes?: boolean;
  readonly force: string[];
  readonly out?: string;
  readonly recheck?: boolean;
}

export function addReviewCommands(batch: Command): void {
  const show = batch
    .command("show")
    .description("show what a batch would change, without fetching the NARs")
    .argument("<file>", "batch file")
    .action(async (file: string, _options: object, command: Command) =>
      withContext(command, (context) => showCommand(context, file)),
    );
  addExamples(show, "batch show batch-12.json", "batch show batch-12.json --json | jq .rows");

  const sign = addOwnedKeyOptions(addSignerOptions(batch.command("sign"), "a member"))
    .description("check every byte of a batch, show it, ask, and sign")
    .argument("<file>", "batch file; the signature is added to it")
    .option("--yes", "sign without asking")
    .option(
      "--force <store path>",
      "sign although live paths refer to this one, which the batch withdraws; may be given again",
      (path: string, paths: string[]) => [...paths, path],
      [],
    )
    .option("--recheck", "fetch also the NARs that were checked here before")
    .option("--out <file>", "write the batch with the signature to this file instead, beside those that are in it")
    .action(async (file: string, options: SignOptions, command: Command) =>
      withContext(command, (context) => signCommand(context, file, options)),
    );
  addExamples(
    sign,
    "batch sign batch-12.json --key member.json",
    "batch sign batch-12.json --key member.json --password-file pass --yes",
    "batch sign batch-12.json --key member.json --owned-key owned.json",
    "batch sign batch-12.json --wallet http://127.0.0.1:1248 --account 0x…",
  );

  const submit = addKeyOptions(batch.command("submit"), "who pays; need not be a member")
    .description("send an approved batch to the chain")
    .argument("<files...>", "batch files of the same batch; their signatures are put together")
    .action(async (files: string[], options: KeyOptions, command: Command) =>
      withContext(command, (context) => submitCommand(context, files, options)),
    );
  addExamples(
    submit,
    "batch submit batch-12.json --key payer.json",
    "batch submit from-alice.json from-bob.json --key payer.json",
  );
}

async function showCommand(context: Context, file: string): Promise<void> {
  const content = await readBatchFile(file);
  const registry = await context.registry();
  requireSameRegistry(file, content, registry.id);
  const approvals = await judgeApprovals(registry, content);
  const { publishThreshold } = await registry.council();
  const facts = { approvals: approvals.map(({ member }) => member), verdicts: approvals, publishThreshold };
  try {
    const checked = await check(context, registry, content, { skipNars: true });
    context.print(
      { ...checkedToJson(checked), ...facts },
      `${describeChecked(checked, context.colors)}\n\n${describeApprovals(approvals, publishThreshold, context.colors)}`,
    );
  } catch (error) {
    // A batch that is over can still be looked at.
    if (!isCatnixError(error, "BATCH_STALE", "BATCH_DEADLINE")) throw error;
    const digest = batchDigest(content.registry, content.batch);
    context.print({ batch: content.batch, digest, ...facts }, describeBatch(content.batch, digest));
    throw error;
  }
}

async function signCommand(context: Context, file: string, options: SignOptions): Promise<void> {
  const content = await readBatchFile(file);
  const registry = await context.registry();
  requireSameRegistry(file, content, registry.id);
  // Before the hours that the check may take: whose key it is, and whether it counts.
  const signer = await openSigner(options, context.signal, (text) => context.note(text));
  await requireMember(signer.address, registry);
  const owned = await tryOwnedKey(context, registry, options, signer.address);
  const builds = context.keep(new CheckedBuilds(context.stateFile("checked.sqlite"), signer.address));
  const checked = await check(context, registry, content, { checkedBuilds: builds, recheck: options.recheck });
  if (!context.options.json) console.log(describeChecked(checked, context.colors));
  context.note("\nThe batch was fetched through swarm.url; it should be another node than the publisher's.");
  if (!options.yes) await confirm("Sign this batch?", "the signature", context.signal);
  const approval = await signBatch(checked, signer, registry, { force: options.force });
  const out = options.out ?? file;
  // Checking takes its time: what others have signed in the meantime stays.
  const found = existsSync(out) ? [{ file: out, content: await readBatchFile(out) }] : [];
  const merged = mergeBatchFiles([{ file, content }, ...found]);
  await writeBatchFile(out, { ...merged, approvals: [...merged.approvals, approval] });
  // From here on the signature is made: what Swarm does with it changes nothing of that.
  const { batch, digest } = checked;
  const sent =
    owned && sendApproval(context, owned, { batch, signature: approval.signature, attestation: NO_ATTESTATION });
  const address = await sent?.catch(() => undefined);
  context.print(
    { ...approval, digest, file: out, ...(address !== undefined && { ownedChunk: address }) },
    `signed as ${approval.member}, written to ${out}${address === undefined ? "" : `, and sent to Swarm as ${address}`}`,
  );
  await sent;
}

async function check(
  context: Context,
  registry: Registry,
  { batch }: BatchFile,
  options: Pick<CheckOptions, "skipNars" | "checkedBuilds" | "recheck">,
): Promise<CheckedBatch> {
  using progress = new Progress(context, options.skipNars ? "records" : "NARs checked", batch.rows);
  return await checkBatch(batch, {
    registry,
    // What a member signs has to be on Swarm, not only on the member's own disk.
    store: context.store({ cached: false }),
    storeDir: context.config.storeDir,
    ...options,
    signal: context.signal,
    onProgress: ({ checked, of, storePath }) => progress.update(checked, of, storePath),
  });
}

async function submitCommand(context: Context, files: string[], options: KeyOptions): Promise<void> {
  const contents = await Promise.all(files.map(async (file) => ({ file, content: await readBatchFile(file) })));
  const merged = mergeBatchFiles(contents);
  const registry = await context.registry();
  requireSameRegistry(files[0]!, merged, registry.id);
  for (const { member, verdict } of await judgeApprovals(registry, merged)) {
    if (verdict === "does not hold") throw new CatnixError("APPROVAL_INVALID", { file: files.join(", "), member });
    if (verdict === "not a member") throw new CatnixError("NOT_A_MEMBER", { address: member });
  }
  const wallet = (await openWallet(options, context.signal)).connect(registry.chain.provider);
  const receipt = await submitBatch(registry, wallet, merged.batch, merged.approvals, context.noteSent);
  const { seq, root, rows } = merged.batch;
  context.print(
    { ...receipt, seq, root, rows },
    `batch ${seq} with ${plural(rows, "row")} is approved: block ${receipt.block}, ${receipt.gas} gas, ${receipt.transactionHash}\nroot ${root}`,
  );
}
