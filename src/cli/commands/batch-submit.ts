import type { Command } from "commander";
import { type Approval, type Batch, batchDigest } from "../../cat/batch.js";
import { type BatchFile, readBatchFile } from "../../consortium/batch-file.js";
import { judgeApprovals } from "../../consortium/judge-approvals.js";
import { requireNotBehind } from "../../consortium/signable.js";
import { batchFiles, joinFiles, type Named, requireSameRegistry } from "../../consortium/signed-file.js";
import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import type { Registry } from "../../registry/registry.js";
import { submitBatch } from "../../registry/transact.js";
import { waitTurn } from "../../registry/wait-turn.js";
import type { Context } from "../context.js";
import { describeCollected } from "../describe-collected.js";
import { findApproval } from "../find-batch.js";
import { plural } from "../format.js";
import { addGatherOptions, gatherApprovals, type GatherOptions, requireQuorum } from "../gather-approvals.js";
import { addExamples, addKeyOptions, type KeyOptions, openWallet, withContext } from "../options.js";

interface SubmitOptions extends KeyOptions, GatherOptions {
  readonly collect?: boolean;
}

/** For another transaction of the payer, after a failure. */
const PATIENCE_MS = 60_000;

export function addSubmitCommand(batch: Command): void {
  const submit = addGatherOptions(addKeyOptions(batch.command("submit"), "who pays; need not be a member"))
    .description("send an approved batch to the chain; a second time it says that the batch is there")
    .argument("[files...]", "batch files of the same batch; their signatures are put together")
    .option("--collect", "find members' approvals on Swarm as `batch collect` does; no file is needed then")
    .action(async (files: string[], options: SubmitOptions, command: Command) =>
      withContext(command, (context) => submitCommand(context, files, options)),
    );
  addExamples(
    submit,
    "batch submit batch-12.json --key payer.json",
    "batch submit from-alice.json from-bob.json --key payer.json",
    "batch submit --collect --wait --key payer.json",
  );
}

async function submitCommand(context: Context, files: string[], options: SubmitOptions): Promise<void> {
  requireUsage(files, options);
  const contents = await Promise.all(files.map(async (file) => ({ file, content: await readBatchFile(file) })));
  const registry = await context.registry();
  for (const first of contents.slice(0, 1)) requireSameRegistry(batchFiles, first, registry.id);
  const { chain } = registry;
  // Before anybody is waited for.
  const wallet = (await openWallet(options, context.signal)).connect(chain.provider);
  const merged = await takeApprovals(context, registry, contents, options);
  const { batch } = merged;
  if (await printLanded(context, registry, batch)) return;
  await requireNext(registry, batch);
  const approvals = await requireGood(context, registry, files, merged);
  await context.wait(`transactions that ${wallet.address} sent before`, waitTurn(chain, wallet.address));
  try {
    const receipt = await submitBatch(registry, wallet, batch, approvals, context.noteSent);
    const { root, rows } = batch;
    context.print(
      { ...receipt, seq: batch.seq, root, rows },
      `batch ${batch.seq} with ${plural(rows, "row")} is approved: block ${receipt.block}, ${receipt.gas} gas, ${receipt.transactionHash}\nroot ${root}`,
    );
  } catch (error) {
    // Somebody else's transaction, or the same one of the same payer, may have come first: what was wanted is done then.
    const isThere = async () => {
      await waitTurn(chain, wallet.address, PATIENCE_MS);
      return printLanded(context, registry, batch);
    };
    context.signal.throwIfAborted();
    if (!isCatnixError(error) || !(await isThere().catch(() => false))) throw error;
    context.note(error.message);
  }
  context.note(
    `Members can say so to readers without a chain, once it is final: catnix batch announce --seq ${batch.seq} --owned-key FILE`,
  );
}

/** @throws CatnixError RPC_ANSWER_INVALID, BATCH_STALE */
async function requireNext(registry: Registry, batch: Batch): Promise<void> {
  const state = await registry.state();
  requireNotBehind(registry, batch, state);
  const { seq, parent } = batch;
  if (seq !== state.seq + 1 || parent !== state.head)
    throw new CatnixError("BATCH_STALE", { seq, parent, expected: state.head, current: state.seq });
}

function requireUsage(files: readonly string[], { collect, digest, wait }: SubmitOptions): void {
  if (collect) return;
  if (files.length === 0) throw new CatnixError("USAGE", { reason: "give batch files, or --collect" });
  if (digest !== undefined || wait) throw new CatnixError("USAGE", { reason: "--digest and --wait go with --collect" });
}

/** The batch with all approvals of it that there are; of those collected, the ones that hold. */
async function takeApprovals(
  context: Context,
  registry: Registry,
  files: readonly Named<BatchFile>[],
  options: SubmitOptions,
): Promise<BatchFile> {
  if (!options.collect) return joinFiles(batchFiles, registry, files);
  const gathered = await gatherApprovals(context, registry, files, options);
  context.note(describeCollected(gathered.members, context.colors));
  requireQuorum(gathered);
  const approvals = gathered.members.flatMap(({ approval }) => approval ?? []);
  return { ...gathered.content, approvals };
}

/** @returns those approvals that hold; @throws CatnixError NOT_A_MEMBER, APPROVAL_INVALID; what the chain throws */
async function requireGood(
  context: Context,
  registry: Registry,
  files: readonly string[],
  merged: BatchFile,
): Promise<Approval[]> {
  const judged = await judgeApprovals(registry, merged);
  for (const { member, verdict, safe } of judged) {
    if (verdict === "not a member") throw new CatnixError("NOT_A_MEMBER", { address: member });
    if (verdict === "does not hold" && !safe)
      throw new CatnixError("APPROVAL_INVALID", { file: files.join(", "), member });
    if (safe)
      context.note(`left out: the Safe ${member}, of which ${safe.owners.length} of ${safe.threshold} owners signed`);
  }
  return merged.approvals.filter((_, at) => judged[at]!.verdict === "holds");
}

/** Says where the registry has approved this very batch, and what it came to; false where it has not. */
async function printLanded(context: Context, registry: Registry, batch: Batch): Promise<boolean> {
  const approval = await findApproval(context, registry, batch.seq);
  if (approval?.digest !== batchDigest(registry.id, batch)) return false;
  const { transactionHash, block } = approval;
  const { seq, root, rows } = batch;
  context.print(
    { transactionHash, block, seq, root, rows, already: true },
    `batch ${seq} with ${plural(rows, "row")} is approved already: block ${block}, ${transactionHash}\nroot ${root}`,
  );
  return true;
}
