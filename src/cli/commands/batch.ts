import type { Command } from "commander";
import { HeldRecords } from "../../cat/held-records.js";
import { type CatRecord, decodeRecord, MAX_RECORD_SIZE, parseRecord } from "../../cat/record.js";
import { requireGoingOn } from "../../consortium/next-act.js";
import { isHex } from "../../encoding/hex.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { parseStorePath } from "../../nix/store-path.js";
import type { ContentStore } from "../../swarm/content-store.js";
import type { Context } from "../context.js";
import { draftBatch } from "../draft-batch.js";
import { plural } from "../format.js";
import { LiveCat } from "../live-cat.js";
import { addExamples, collectValues, withContext } from "../options.js";
import { preparePostage } from "../prepare-postage.js";
import { addAddSignatureCommand } from "./batch-add-signature.js";
import { addBatchAnnounceCommand } from "./batch-announce.js";
import { addBatchCollectCommand } from "./batch-collect.js";
import { addBatchLeaveOutCommand } from "./batch-leave-out.js";
import { addBatchListCommand } from "./batch-list.js";
import { addBatchRebaseCommand } from "./batch-rebase.js";
import { addBatchSignPathsCommand } from "./batch-sign-paths.js";
import { addReviewCommands } from "./batch-review.js";
import { addSubmitCommand } from "./batch-submit.js";
import { addTypedDataCommand } from "./batch-typed-data.js";

interface CreateOptions {
  readonly record: string[];
  readonly withdraw: string[];
  readonly force?: boolean;
  readonly out?: string;
}

export function addBatchCommand(program: Command): void {
  const batch = program
    .command("batch")
    .description(
      "what a quorum signs: draft, show, leave out, sign, collect, submit, announce, rebase, sign paths, list",
    );
  const create = batch
    .command("create")
    .description("draft a batch of records that are on Swarm already, and of paths to withdraw")
    .option("--record <swarmId>", "list the path of this record; may be given again", collectValues, [])
    .option("--withdraw <store path>", "withdraw a listed path by a tombstone; may be given again", collectValues, [])
    .option("--force", "withdraw also what live paths refer to")
    .option("--out <file>", "the batch file; else batch-<seq>.json")
    .action(async (options: CreateOptions, command: Command) =>
      withContext(command, (context) => createCommand(context, options)),
    );
  addExamples(
    create,
    "batch create --withdraw /nix/store/…-xz-5.6.1 --force",
    "batch create --record <64 hex digits> --out list.json",
  );
  addReviewCommands(batch);
  addTypedDataCommand(batch);
  addAddSignatureCommand(batch);
  addBatchCollectCommand(batch);
  addSubmitCommand(batch);
  addBatchAnnounceCommand(batch);
  addBatchSignPathsCommand(batch);
  addBatchRebaseCommand(batch);
  addBatchLeaveOutCommand(batch);
  addBatchListCommand(batch);
  addExamples(
    batch,
    "batch show batch-12.json",
    "batch sign batch-12.json --key member.json",
    "batch submit batch-12.json --key payer.json",
    "batch list",
  );
}

async function createCommand(context: Context, options: CreateOptions): Promise<void> {
  if (options.record.length + options.withdraw.length === 0)
    throw new CatnixError("USAGE", { reason: "give at least one --record or --withdraw" });
  const { storeDir } = context.config;
  const registry = await context.registry();
  await requireGoingOn(registry);
  const state = await registry.state();
  const live = new LiveCat(registry, context.store(), state.cat, storeDir, context.signal);
  const held = new HeldRecords(storeDir);
  const fetched = await Promise.all(options.record.map((swarmId) => fetchRecord(swarmId, live.store, storeDir)));
  const records = fetched.map((record) => held.add(record));
  const tombstones = options.withdraw.map((path) => ({
    nixId: parseStorePath(path, storeDir).nixId,
    force: options.force === true,
  }));
  await preparePostage(context);
  const draft = draftBatch(context, live, state, { records, tombstones, out: options.out });
  const { batch, file, unchanged, chunksNew } = await context.wait("the CAT's records and chunks", draft);
  context.print(
    { batch, file, unchanged, catChunksNew: chunksNew },
    `draft      ${file}: batch ${batch.seq} with ${plural(batch.rows, "row")}${unchanged ? " (it was there already)" : ""}\nroot       ${batch.root}`,
  );
}

async function fetchRecord(swarmId: string, store: ContentStore, storeDir: string): Promise<CatRecord> {
  if (!isHex(swarmId, 32)) throw new CatnixError("USAGE", { reason: `${swarmId} is no swarmId` });
  const bytes = await store.readAll(swarmId, MAX_RECORD_SIZE);
  const { storePath } = parseRecord(Buffer.from(bytes).toString("utf8"), storeDir);
  return decodeRecord(bytes, parseStorePath(storePath, storeDir).nixId, storeDir);
}
