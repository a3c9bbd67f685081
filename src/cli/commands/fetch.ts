import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { CatnixError } from "../../errors/catnix-error.js";
import { type AskedPath, parseAskedPath } from "../../resolver/asked-path.js";
import { fetchNar, type FetchOptions, fetchTree, fetchTrees } from "../../resolver/fetch-paths.js";
import { type ApprovedPath, findApproved, findClosure } from "../../resolver/find-closure.js";
import { describeAge } from "../../resolver/light-links.js";
import { UNPROVEN } from "../../resolver/members-view.js";
import type { RegistryView } from "../../resolver/registry-view.js";
import type { Context } from "../context.js";
import { describeReading } from "../describe-resolution.js";
import { formatBytes, plural } from "../format.js";
import { addFromOption, type FromOptions, type OpenedView, openView } from "../open-view.js";
import { addExamples, parseCount, withContext } from "../options.js";
import { Progress } from "../progress.js";

interface FetchCommandOptions extends FromOptions {
  readonly out: string;
  readonly closure?: boolean;
  readonly nar?: boolean;
  readonly jobs: number;
}

export function addFetchCommand(program: Command): void {
  const fetch = addFromOption(program.command("fetch"))
    .description("download a store path without Nix, every byte checked up to the registry")
    .argument("<path>", "a store path, its base name or its 32 characters, or a link to one such as ./result")
    .requiredOption("--out <path>", "where the content goes; must not exist, not even as an empty folder")
    .option("--closure", "fetch all that it refers to as well: --out is a folder of store paths then")
    .addOption(new Option("--nar", "write the NAR itself to the file --out").conflicts("closure"))
    .option("--jobs <n>", "paths downloaded at a time", parseCount, 4)
    .action(async (path: string, options: FetchCommandOptions, command: Command) =>
      withContext(command, (context) => fetchCommand(context, path, options)),
    );
  addExamples(
    fetch,
    "fetch /nix/store/…-jq-1.7 --out jq",
    "fetch ./result --closure --out store --json | jq .narBytes",
    "fetch si7qpqdvwk04xz5wjn3mhn0l552kn578 --nar --out alone.nar",
  );
}

async function fetchCommand(context: Context, path: string, options: FetchCommandOptions): Promise<void> {
  const { out } = options;
  if (existsSync(resolve(out))) throw new CatnixError("FILE_EXISTS", { file: resolve(out) }); // before anything is asked for
  const asked = parseAskedPath(path, context.config.storeDir);
  const opened = await openView(context, options);
  const paths = await findPaths(context, opened.view, asked, options);
  const records = paths.map(({ record }) => record);
  const narBytes = records.reduce((sum, { narSize }) => sum + narSize, 0);
  const fileBytes = records.reduce((sum, { fileSize }) => sum + fileSize, 0);
  await runFetch(context, { paths: paths.length, narBytes, jobs: options.jobs }, (fetching) => {
    if (options.closure) return fetchTrees(records, out, fetching);
    return (options.nar ? fetchNar : fetchTree)(records[0]!, out, fetching);
  });
  const listed = paths.map(({ record, swarmId }) => {
    const { storePath, narAddress, narHash, narSize } = record;
    const file = options.closure ? join(out, basename(storePath)) : out;
    return { storePath, swarmId, narAddress, narHash, narSize, file };
  });
  context.print(
    { out, ...basisOf(opened), narBytes, fileBytes, paths: listed },
    [
      ...listed.map(({ storePath, file }) => `${storePath} -> ${file}`),
      `${plural(paths.length, "path")}, ${formatBytes(narBytes)}, downloaded ${formatBytes(fileBytes)}: every byte belongs to what was approved`,
      describeBasis(opened),
    ].join("\n"),
  );
}

async function findPaths(
  context: Context,
  view: RegistryView,
  asked: AskedPath,
  options: FetchCommandOptions,
): Promise<ApprovedPath[]> {
  const { storeDir } = context.config;
  const store = context.store();
  if (!options.closure) return [await findApproved(asked, { view, store, storeDir })];
  using progress = new Progress(context, "records", 0);
  const onProgress = (known: number, read: number) => progress.update(read, known, "");
  return await findClosure(asked, { view, store, storeDir, onProgress });
}

/** What "approved" rests on. */
function basisOf({ view: { from, block, seq }, light }: OpenedView) {
  return {
    ...{ from, seq },
    ...(block && { block: { number: block.number, hash: block.hash } }),
    ...(light && { age: light.age }),
    ...(from === "members" && { unproven: UNPROVEN }),
  };
}

function describeBasis({ view, light }: OpenedView): string {
  const reading = describeReading(view);
  if (view.from === "members") return `${reading}; unproven: ${UNPROVEN.join(", ")}`;
  return light ? `${reading}, ${describeAge(light.age)}` : reading;
}

/** From here on something is written: Ctrl-C and SIGTERM let it be cleared away first. */
async function runFetch(
  context: Context,
  { paths, narBytes, jobs }: { paths: number; narBytes: number; jobs: number },
  run: (options: FetchOptions) => Promise<void>,
): Promise<void> {
  let [done, bytes] = [0, 0];
  using progress = new Progress(context, "paths", paths);
  const update = (storePath = "") =>
    progress.update(done, paths, `${formatBytes(bytes)} of ${formatBytes(narBytes)} ${storePath}`);
  await run({
    store: context.store(),
    storeDir: context.config.storeDir,
    parallel: jobs,
    signal: context.signal,
    onBytes(more) {
      bytes += more;
      update();
    },
    onDone(storePath) {
      done++;
      update(storePath);
    },
  });
}
