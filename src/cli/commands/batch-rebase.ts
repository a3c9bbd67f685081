import { type Command, Option } from "commander";
import { runParallel } from "../../async/run-parallel.js";
import { HeldRecords } from "../../cat/held-records.js";
import { isTombstone, type Row } from "../../cat/row.js";
import { requireGoingOn } from "../../consortium/next-act.js";
import { planRebase, type RebaseConflict } from "../../consortium/plan-rebase.js";
import { readDelta } from "../../consortium/read-delta.js";
import { RecordReader } from "../../consortium/record-reader.js";
import { requireNotBehind } from "../../consortium/signable.js";
import { batchFiles } from "../../consortium/signed-file.js";
import { Withdrawals } from "../../consortium/withdrawals.js";
import { toHex } from "../../encoding/hex.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { formatHashPart, parseStorePath } from "../../nix/store-path.js";
import type { Context } from "../context.js";
import { draftBatch } from "../draft-batch.js";
import { plural } from "../format.js";
import { LiveCat } from "../live-cat.js";
import { openSignedFile } from "../open-signed-file.js";
import { addExamples, collectValues, withContext } from "../options.js";
import { preparePostage } from "../prepare-postage.js";

interface RebaseCommandOptions {
  readonly ours?: boolean;
  readonly theirs?: boolean;
  readonly drop: string[];
  readonly force?: boolean;
  readonly out?: string;
}

const PARALLEL_RECORDS = 8;

export function addBatchRebaseCommand(batch: Command): void {
  const rebase = batch
    .command("rebase")
    .description("make a draft that was overtaken, or whose deadline is over, follow what the registry holds now")
    .argument("<file>", "batch file; it stays as it is")
    .addOption(new Option("--ours", "where both have set a path: this draft's build again").conflicts("theirs"))
    .option("--theirs", "where both have set a path: leave it as the registry has it")
    .option("--drop <store path>", "leave this path out of the new draft; may be given again", collectValues, [])
    .option("--force", "withdraw also what live paths refer to")
    .option("--out <file>", "the new batch file; else batch-<seq>.json")
    .action(async (file: string, options: RebaseCommandOptions, command: Command) =>
      withContext(command, (context) => rebaseCommand(context, file, options)),
    );
  addExamples(
    rebase,
    "batch rebase batch-12.json",
    "batch rebase batch-12.json --theirs --out ours-13.json",
    "batch rebase batch-12.json --drop /nix/store/…-jq-1.7",
  );
}

async function rebaseCommand(context: Context, file: string, options: RebaseCommandOptions): Promise<void> {
  const { content, registry } = await openSignedFile(context, batchFiles, file);
  const { batch: old } = content;
  await requireGoingOn(registry);
  const state = await registry.state();
  requireNotBehind(registry, old, state);
  const isNext = old.parent === state.head && old.seq === state.seq + 1;
  if (isNext && old.deadline > Date.now() / 1000 && options.drop.length === 0) {
    const text = `batch ${old.seq} is the registry's next act as it stands: sign it as it is`;
    context.print({ batch: old, file, rebased: false }, text);
    return;
  }
  const { signal } = context;
  const { storeDir } = context.config;
  const live = new LiveCat(registry, context.store(), state.cat, storeDir, signal);
  const { store } = live;
  const delta = await context.wait("the delta", readDelta(old, store, signal));
  const dropped = requireRows(delta, options.drop, storeDir);
  const withdrawals = await Withdrawals.open(registry, state.seq);
  const getChunk = (address: string) => store.getChunk(address, { signal });
  const plan = await planRebase(
    old,
    delta.filter((row) => !dropped.has(toHex(row.nixId))),
    { cat: state.cat, getChunk, withdrawals, signal },
  );
  const records = new RecordReader(store, storeDir);
  const { conflicts, landed } = plan;
  if (conflicts.length > 0 && !options.ours && !options.theirs)
    throw new CatnixError("BATCH_CONFLICT", { seq: old.seq, paths: await nameConflicts(records, conflicts, signal) });
  const rows = options.ours ? [...plan.kept, ...conflicts.map(({ ours }) => ours)] : plan.kept;
  if (rows.length === 0) throw new CatnixError("BATCH_LANDED", { seq: old.seq, rows: old.rows });

  const held = new HeldRecords(storeDir);
  const listed: ReturnType<typeof held.add>[] = [];
  await runParallel(rows.filter((row) => !isTombstone(row)).values(), PARALLEL_RECORDS, signal, async (row, either) => {
    const { record, text } = await records.read(row, either);
    listed.push(held.add(record, { text, swarmId: row.swarmId }));
  });
  const tombstones = rows.filter(isTombstone).map(({ nixId }) => ({ nixId, force: options.force === true }));
  await preparePostage(context);
  const drafting = draftBatch(context, live, state, { records: listed, tombstones, out: options.out });
  const draft = await context.wait("the CAT's records and chunks", drafting);
  const facts = { landed: landed.length, conflicts: conflicts.length, dropped: dropped.size };
  const { batch } = draft;
  context.print(
    { batch, file: draft.file, rebased: true, ...facts, unchanged: draft.unchanged },
    [
      `draft      ${draft.file}: batch ${batch.seq} with ${plural(batch.rows, "row")}, instead of batch ${old.seq} with ${old.rows}`,
      `left out   ${landed.length} there already, ${options.ours ? 0 : conflicts.length} as others set them, ${dropped.size} dropped`,
      `root       ${batch.root}`,
    ].join("\n"),
  );
  context.note("Members sign the new draft; what they have checked of the old one is not fetched again.");
}

/** @returns the rows' `nixId`s in hexadecimal; @throws CatnixError USAGE where the draft has no such path */
function requireRows(delta: readonly Row[], paths: readonly string[], storeDir: string): Set<string> {
  const ids = new Set(delta.map(({ nixId }) => toHex(nixId)));
  return new Set(
    paths.map((path) => {
      const id = toHex(parseStorePath(path, storeDir).nixId);
      if (!ids.has(id)) throw new CatnixError("USAGE", { reason: `the batch does not set ${path}` });
      return id;
    }),
  );
}

async function nameConflicts(
  records: RecordReader,
  conflicts: readonly RebaseConflict[],
  signal: AbortSignal,
): Promise<{ path: string; ours: string; theirs: string; seq: number }[]> {
  const named: { path: string; ours: string; theirs: string; seq: number }[] = [];
  const describe = async (row: Row, either: AbortSignal) =>
    isTombstone(row) ? undefined : await records.readReplaced(row, either);
  await runParallel(conflicts.entries(), PARALLEL_RECORDS, signal, async ([at, { ours, theirs }], either) => {
    const [own, other] = [await describe(ours, either), await describe(theirs, either)];
    const path = (own ?? other)?.storePath ?? `${records.storeDir}/${formatHashPart(ours.nixId)}-…`;
    const say = (row: Row, narHash: string | undefined) =>
      isTombstone(row) ? "withdrawn" : (narHash ?? `record ${toHex(row.swarmId)}`);
    named[at] = { path, ours: say(ours, own?.narHash), theirs: say(theirs, other?.narHash), seq: theirs.seq };
  });
  return named;
}
