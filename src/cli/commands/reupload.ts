import { existsSync } from "node:fs";
import { type Command, Option } from "commander";
import { decodeDelta } from "../../cat/delta.js";
import { lookupRow, readRows } from "../../cat/lookup.js";
import { type Row, ROW_SIZE } from "../../cat/row.js";
import type { GetChunk } from "../../cat/tree.js";
import { readBatchFile } from "../../consortium/batch-file.js";
import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import type { IndexReader } from "../../index/index-reader.js";
import { openNixStore, type NixStore } from "../../nixdb/nix-store.js";
import { Journal } from "../../publisher/journal.js";
import type { FileToKeep } from "../../publisher/reupload/keep-file.js";
import { KeepLog } from "../../publisher/reupload/keep-log.js";
import { listBatchFiles, listFiles, type ListOptions, repairingGetChunk } from "../../publisher/reupload/list-files.js";
import { LocalCopies } from "../../publisher/reupload/local-copies.js";
import { reupload, type ReuploadResult } from "../../publisher/reupload/reupload.js";
import { retryUpload } from "../../publisher/retry-upload.js";
import { type AskedPath, askReference, parseAskedPath } from "../../resolver/asked-path.js";
import type { RegistryView } from "../../resolver/registry-view.js";
import type { Context } from "../context.js";
import { plural } from "../format.js";
import { openView } from "../open-view.js";
import { addExamples, parseCount, withContext } from "../options.js";
import { preparePostage } from "../prepare-postage.js";
import { Progress } from "../progress.js";

interface ReuploadCommandOptions {
  readonly closure?: boolean;
  readonly batch?: string;
  readonly all?: boolean;
  readonly store?: string;
  readonly check?: boolean;
  readonly restamp?: boolean;
  readonly recheck?: boolean;
  readonly allowMutable?: boolean;
  readonly jobs?: number;
}

/** A node asks the network for every chunk of a file before it answers. */
const STEWARD_MS = 30 * 60_000;
/** What was seen to within a day is not looked at again, in seconds. */
const RECENT = 86_400;

export function addReuploadCommand(program: Command): void {
  const command = program
    .command("reupload")
    .description(
      "look whether Swarm still has everything of paths, of a batch or of the whole CAT, and bring back what it lost",
    )
    .argument("[paths...]", "store paths, base names or hashes, or links to them such as ./result")
    .option("--closure", "with all that the paths refer to")
    .addOption(new Option("--batch <file>", "what a batch file lists, and the batch itself"))
    .addOption(new Option("--all", "everything that the registry lists, and the CAT itself").conflicts("batch"))
    .option("--store <root>", "root of the Nix store that NARs are made again from, as in `nix --store`; else /")
    .option("--check", "look only; nothing is sent")
    .addOption(
      new Option("--restamp", "send also what is there: to have another postage batch pay for it").conflicts("check"),
    )
    .option("--recheck", "look also at what was seen to within a day")
    .option("--allow-mutable", "pay with a mutable postage batch, which overwrites its old chunks when it is full")
    .option("--jobs <n>", "files at a time; else publish.jobs", parseCount)
    .action(async (paths: string[], options: ReuploadCommandOptions, self: Command) =>
      withContext(self, (context) => reuploadCommand(context, paths, options)),
    );
  addExamples(
    command,
    "reupload --all",
    "reupload --check --closure ./result",
    "reupload --batch batch-12.json --store /mnt/target",
    "reupload --all --restamp --json | jq .lost",
  );
}

/** @throws CatnixError REUPLOAD_INCOMPLETE, CONTENT_LOST after the answer */
async function reuploadCommand(context: Context, paths: string[], options: ReuploadCommandOptions): Promise<void> {
  const wanted = [paths.length > 0, options.batch !== undefined, options.all === true].filter(Boolean).length;
  if (wanted !== 1) throw new CatnixError("USAGE", { reason: "give store paths, --batch or --all" });
  const { storeDir, publish, swarm } = context.config;
  const { signal } = context;
  const asked = paths.map((path) => parseAskedPath(path, storeDir));
  const { view, index } = await openView(context, {});
  if (!options.check) await preparePostage(context, options);
  const nix = openNix(context, options.store);
  const store = context.store({ cached: false }); // what is asked is whether the network has it
  const copies = new LocalCopies({ nix, index, journal: openJournal(context) }, signal);
  const log = context.keep(new KeepLog(context.stateFile("reupload.sqlite")));
  const list = { store, copies, storeDir, signal };
  let chunks = 0;
  const put = async (_address: string, data: Uint8Array) => {
    if (!options.check) await retryUpload(() => store.putChunk(data, { signal }), { retries: publish.retries, signal });
    chunks++;
  };
  const getChunk = repairingGetChunk(list, put, options.restamp === true);
  const files = listWanted(context, view, index, asked, options, { ...list, getChunk });
  using progress = new Progress(context, "files", 0);
  const result = await reupload(files, {
    ...{ store, log, signal, batch: swarm.postageBatch, retries: publish.retries },
    node: context.node(STEWARD_MS),
    checkOnly: options.check === true,
    all: options.restamp === true,
    since: options.recheck ? Infinity : Math.floor(Date.now() / 1000) - RECENT,
    parallel: options.jobs ?? publish.jobs,
    onFile: ({ what, storePath = "" }, kind, done) => progress.update(done, done, `${what} ${kind} ${storePath}`),
  });
  context.print(
    { ...result, [options.check ? "catChunksLost" : "catChunksSent"]: chunks },
    describe(result, chunks, options),
  );
  const lost = result.lost.length + (options.check ? chunks : 0);
  if (lost === 0) return;
  const count = result.files + (options.check ? chunks : 0);
  throw new CatnixError(options.check ? "CONTENT_LOST" : "REUPLOAD_INCOMPLETE", { lost, files: count });
}

async function* listWanted(
  context: Context,
  view: RegistryView,
  index: IndexReader | undefined,
  asked: readonly AskedPath[],
  options: ReuploadCommandOptions,
  list: ListOptions & { readonly getChunk: GetChunk },
): AsyncGenerator<FileToKeep> {
  const { getChunk } = list;
  if (options.batch !== undefined) {
    const { batch } = await readBatchFile(options.batch);
    yield* listBatchFiles(batch, list.copies);
    const rows = await readDelta(batch, list, index);
    // What the batch made of the CAT is on the way to its rows.
    for (const { nixId } of rows) await lookupRow({ root: batch.root, depth: batch.depth }, nixId, getChunk);
    yield* listFiles(rows, list);
    return;
  }
  if (options.all) {
    yield* listFiles(readRows(view.cat, getChunk), list);
    return;
  }
  const known = new Set<string>();
  const waiting = [...asked];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const row = await lookupRow(view.cat, path.nixId, getChunk);
    if (row === undefined) throw new CatnixError("CAT_PATH_UNKNOWN", { path: path.text, seq: view.seq });
    for await (const file of listFiles([row], list)) {
      yield file;
      if (!options.closure) continue;
      for (const reference of file.references ?? []) {
        if (known.has(reference)) continue;
        known.add(reference);
        waiting.push(askReference(reference, list.storeDir));
      }
    }
  }
}

/** @throws CatnixError SWARM_NOT_FOUND where neither Swarm nor the index has it */
async function readDelta(
  batch: { readonly delta: string; readonly seq: number; readonly rows: number },
  { store, signal }: ListOptions,
  index: IndexReader | undefined,
): Promise<Row[]> {
  try {
    return decodeDelta(await store.readAll(batch.delta, batch.rows * ROW_SIZE, { signal }), batch);
  } catch (error) {
    const rows = index?.findRowsOf(batch.seq) ?? [];
    if (!isCatnixError(error, "SWARM_NOT_FOUND", "SWARM_TRUNCATED") || rows.length !== batch.rows) throw error;
    return rows;
  }
}

/** Records alone can be kept without a Nix on the machine. */
function openNix(context: Context, root: string | undefined): NixStore | undefined {
  try {
    return context.keep(openNixStore({ ...(root !== undefined && { root }), storeDir: context.config.storeDir }));
  } catch (error) {
    if (root !== undefined || !isCatnixError(error)) throw error;
    context.note(`NARs cannot be made again here: ${error.message}`);
    return undefined;
  }
}

function openJournal(context: Context): Journal | undefined {
  const file = context.stateFile("publisher.sqlite");
  return existsSync(file) ? context.keep(new Journal(file)) : undefined;
}

function describe(result: ReuploadResult, chunks: number, { check }: ReuploadCommandOptions): string {
  const { files, there, sent, repaired, recent, lost } = result;
  return [
    `there      ${there} of ${plural(files, "file")}, every chunk of each`,
    ...(recent > 0 ? [`recent     ${recent}, seen to within a day (--recheck looks at them as well)`] : []),
    ...(check
      ? chunks > 0
        ? [`CAT        ${plural(chunks, "chunk")} lost; the index has them`]
        : []
      : [
          `sent       ${sent}, by the node, from what it had`,
          `repaired   ${repaired}, made from this machine's copy`,
          ...(chunks > 0 ? [`CAT        ${plural(chunks, "chunk")} sent`] : []),
        ]),
    ...lost.map(
      ({ address, what, storePath, reason }) => `lost       ${what} ${address} ${storePath ?? ""}: ${reason}`,
    ),
  ].join("\n");
}
