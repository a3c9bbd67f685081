import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { type Command, Option } from "commander";
import { type Batch, batchDigest } from "../../cat/batch.js";
import { type BatchFile, mergeBatchFiles, readBatchFile, writeBatchFile } from "../../consortium/batch-file.js";
import {
  type CollectFrom,
  type CollectedMember,
  collectApprovals,
  type Draft,
  findDrafts,
} from "../../consortium/collect-approvals.js";
import { judgeApprovals } from "../../consortium/judge-approvals.js";
import { requireSignable } from "../../consortium/signable.js";
import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import { readRegistryCharter } from "../../members/read-charter.js";
import type { Registry } from "../../registry/registry.js";
import type { Context } from "../context.js";
import { describeBatch } from "../describe-batch.js";
import { describeCollected } from "../describe-collected.js";
import { addExamples, parseCount, parseWord, withContext } from "../options.js";
import { statementsOf } from "../owned-key.js";
import { requireSameRegistry } from "../same-registry.js";

interface CollectOptions {
  readonly digest?: string;
  readonly seq?: number;
  readonly out?: string;
  readonly wait?: boolean;
  readonly every: number;
}

export function addBatchCollectCommand(batch: Command): void {
  const collect = batch
    .command("collect")
    .description(
      "find members' approvals on Swarm, check each, and write the batch file; fails where a quorum is missing",
    )
    .argument("[file]", "batch file, to which what is found is added; else the batch is taken from Swarm as well")
    .addOption(
      new Option("--digest <digest>", "the batch with this digest, 0x and 64 hexadecimal digits")
        .argParser(parseWord)
        .conflicts("seq"),
    )
    .option("--seq <number>", "the batch that most members approved for this act; else for the next one", parseCount)
    .option("--out <file>", "the batch file to write; else <file>, else batch-<seq>.json")
    .option("--wait", "look again until a quorum is there or the batch is over")
    .option("--every <seconds>", "with --wait: pause between looks", parseCount, 15)
    .action(async (file: string | undefined, options: CollectOptions, command: Command) =>
      withContext(command, (context) => collectCommand(context, file, options)),
    );
  addExamples(
    collect,
    "batch collect",
    "batch collect batch-12.json --wait",
    `batch collect --digest 0x${"5c".repeat(32)} --out batch-12.json --json | jq .members`,
  );
}

/** One look at what is there. */
interface Look {
  readonly digest: string;
  readonly content: BatchFile;
  readonly members: readonly CollectedMember[];
  /** Approvals that hold. */
  readonly found: number;
}

async function collectCommand(context: Context, file: string | undefined, options: CollectOptions): Promise<void> {
  if (file !== undefined && (options.digest !== undefined || options.seq !== undefined))
    throw new CatnixError("USAGE", { reason: "give a batch file, --digest or --seq" });
  const handed = file === undefined ? undefined : await readBatchFile(file);
  const registry = await context.registry();
  if (handed) requireSameRegistry(file!, handed, registry.id);
  const { charter, members } = await context.wait("the charter", readRegistryCharter(registry, context.store()));
  const { publishThreshold: needed } = await registry.council();
  const from = { registry, charter, members, stores: statementsOf(context) };
  const look = await lookUntil(context, options, needed, () => lookOnce(context, from, handed, options));
  const out = options.out ?? file ?? `batch-${look.content.batch.seq}.json`;
  await save(out, look.content);
  const { batch } = look.content;
  const missing = look.members.filter(({ approval }) => !approval).map(({ member, name }) => name ?? member);
  context.print(
    {
      digest: look.digest,
      batch,
      file: out,
      found: look.found,
      needed,
      quorum: look.found >= needed,
      members: look.members,
    },
    `${describeBatch(batch, look.digest)}\n\n${describeCollected(look.members, context.colors)}\n\n${look.found} of ${needed} needed approvals, written to ${out}`,
  );
  if (look.found < needed) throw new CatnixError("QUORUM_MISSING", { found: look.found, needed, missing });
}

/** With --wait: until a quorum is there. @throws CatnixError BATCH_STALE, BATCH_DEADLINE once it is no use to wait */
async function lookUntil(
  context: Context,
  { wait, every }: CollectOptions,
  needed: number,
  look: () => Promise<Look | undefined>,
): Promise<Look> {
  const { signal } = context;
  let told = -1;
  for (;;) {
    const seen = await context.wait(
      "members' approvals",
      wait ? look().catch((error: unknown) => note(context, error)) : look(),
    );
    if (seen && (seen.found >= needed || !wait)) return seen;
    if (!wait) throw new CatnixError("BATCH_UNKNOWN", { what: "this batch, and nobody handed its file over" });
    if (seen) requireSignable(seen.content.batch, await (await context.registry()).state(), Date.now() / 1000);
    if (told !== (seen?.found ?? 0))
      context.note(`${seen?.found ?? 0} of ${needed} approvals; looking again every ${every} s`);
    told = seen?.found ?? 0;
    await setTimeout(every * 1000, undefined, { signal });
  }
}

/** What may pass does not end the waiting. @throws any other error */
function note(context: Context, error: unknown): undefined {
  context.signal.throwIfAborted();
  if (!isCatnixError(error) || !error.retryable) throw error;
  context.note(`${error.code}: ${error.message}`);
}

/** @returns undefined where nobody has the batch */
async function lookOnce(
  context: Context,
  from: CollectFrom,
  handed: BatchFile | undefined,
  options: CollectOptions,
): Promise<Look | undefined> {
  const { registry } = from;
  const digest = handed
    ? batchDigest(registry.id, handed.batch)
    : (options.digest ?? (await pickDraft(context, from, options)));
  if (digest === undefined) return undefined;
  const collected = await collectApprovals(from, digest, { signal: context.signal });
  const batch: Batch | undefined = handed?.batch ?? collected.batch;
  if (!batch) return undefined;
  const onSwarm = collected.members.flatMap(({ approval }) => approval ?? []);
  const content = mergeBatchFiles([
    { file: "Swarm", content: { registry: registry.id, batch, approvals: onSwarm } },
    ...(handed ? [{ file: "the file", content: handed }] : []),
  ]);
  return { digest, content, ...(await tally(registry, content, collected.members)) };
}

/** Those whose approvals were handed over in the file count as well. */
async function tally(
  registry: Registry,
  content: BatchFile,
  collected: readonly CollectedMember[],
): Promise<Pick<Look, "members" | "found">> {
  const judged = await judgeApprovals(registry, content);
  const members = collected.map((each): CollectedMember => {
    const verdict = judged.find(({ member }) => member === each.member)?.verdict;
    if (each.approval || verdict !== "holds") return each;
    return { ...each, state: "approved", approval: content.approvals.find(({ member }) => member === each.member) };
  });
  return { members, found: members.filter(({ approval }) => approval).length };
}

/** The batch that most members approved; says so where others compete with it. */
async function pickDraft(context: Context, from: CollectFrom, { seq }: CollectOptions): Promise<string | undefined> {
  const act = seq ?? (await from.registry.state()).seq + 1;
  const [first, ...others] = await findDrafts(from, act, { signal: context.signal });
  for (const { digest, members } of others.slice(0, MAX_SHOWN)) context.note(describeOther({ digest, members }));
  return first?.digest;
}

const MAX_SHOWN = 8;

function describeOther({ digest, members }: Pick<Draft, "digest" | "members">): string {
  return `another batch for the same act has ${members.length} approvals: batch collect --digest ${digest}`;
}

/** What the file had before stays in it. */
async function save(out: string, content: BatchFile): Promise<void> {
  const found = existsSync(out) ? [{ file: out, content: await readBatchFile(out) }] : [];
  await writeBatchFile(out, mergeBatchFiles([{ file: "what was collected", content }, ...found]));
}
