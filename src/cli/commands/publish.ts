import { type Command, Option } from "commander";
import { requireGoingOn } from "../../consortium/next-act.js";
import { toHex } from "../../encoding/hex.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { openNixStore } from "../../nixdb/nix-store.js";
import { Journal } from "../../publisher/journal.js";
import { DERIVATION, type PolicySettings, PublishPolicy } from "../../publisher/policy/policy.js";
import { ScanMemory } from "../../publisher/policy/scan-memory.js";
import { publishClosure } from "../../publisher/publish-closure.js";
import type { PublishResult } from "../../publisher/publish-result.js";
import type { Context } from "../context.js";
import { type Draft, draftBatch } from "../draft-batch.js";
import { formatBytes, plural } from "../format.js";
import { LiveCat } from "../live-cat.js";
import { describeDerivations } from "../describe-derivations.js";
import { addExamples, parseCount, withContext } from "../options.js";
import { parseLength } from "../parse-postage.js";
import { preparePostage } from "../prepare-postage.js";
import { PublishProgress } from "../publish-progress.js";
import { dryRun } from "./publish-dry-run.js";

interface PublishCommandOptions {
  readonly allow: readonly string[];
  readonly withDerivations?: boolean;
  readonly dryRun?: boolean;
  readonly exact?: boolean;
  readonly years: number;
  readonly allowMutable?: boolean;
  readonly store?: string;
  readonly out?: string;
  readonly jobs?: number;
}

export function addPublishCommand(program: Command): void {
  const publish = program
    .command("publish")
    .description("upload the closure of store paths to Swarm, and draft the batch that lists it")
    .argument("<paths...>", "store paths, or links to them such as ./result")
    .option("--store <root>", "root of the Nix store, as in `nix --store`; else /")
    .option("--out <file>", "the batch file; else batch-<seq>.json")
    .option("--with-derivations", "publish how it is all built as well, so that members can build it again")
    .option("--dry-run", "say what would go, what it costs, and whether the policy lets it; nothing is sent or written")
    .option("--exact", "with --dry-run: make every NAR file, to count its chunks instead of bounding them")
    .addOption(new Option("--years <n>", "with --dry-run: how long to pay for").argParser(parseLength).default(1))
    .option("--allow-mutable", "pay with a mutable postage batch, which overwrites its old chunks when it is full")
    .option(
      "--allow <path>",
      "let out what the policy holds back: a store path, or a file or folder in one; may be given again",
      (path: string, before: string[]) => [...before, path],
      [],
    )
    .option("--jobs <n>", "paths uploaded at a time; else publish.jobs", parseCount)
    .action(async (paths: string[], options: PublishCommandOptions, command: Command) =>
      withContext(command, (context) => publishCommand(context, paths, options)),
    );
  addExamples(
    publish,
    "publish ./result",
    "publish /nix/store/…-jq-1.7 --out jq.json",
    "publish ./result --with-derivations",
    "publish --dry-run --years 3 /run/current-system",
    "publish ./result --allow /nix/store/…-curl-8.5/share/test/key.pem",
    "publish --store /mnt/target /nix/store/…-jq-1.7",
  );
}

async function publishCommand(context: Context, paths: string[], options: PublishCommandOptions): Promise<void> {
  const { storeDir } = context.config;
  const policy = new PublishPolicy(policySettings(context, options), storeDir, options.allow);
  if (options.dryRun) return dryRun(context, policy, paths, options);
  if (options.exact) throw new CatnixError("USAGE", { reason: "--exact is for --dry-run" });
  const registry = await context.registry();
  const store = context.store();
  using nix = openNixStore({ ...(options.store !== undefined && { root: options.store }), storeDir });
  using journal = new Journal(context.stateFile("publisher.sqlite"));
  using scanMemory = new ScanMemory(context.stateFile("scans.sqlite"), storeDir);
  await requireGoingOn(registry);
  const state = await registry.state();
  const live = new LiveCat(registry, store, state.cat, storeDir, context.signal);
  const { publish: settings } = context.config;
  const postage = await preparePostage(context, options);
  const result = await runPublisher(context, (onProgress) =>
    publishClosure({
      nix,
      paths,
      withDerivations: options.withDerivations,
      store,
      journal,
      policy,
      scanMemory,
      live: live.find,
      storeDir,
      room: postage?.room,
      parallel: options.jobs ?? settings.jobs,
      retries: settings.retries,
      onProgress,
      signal: context.signal,
    }),
  );
  const draft =
    result.records.length > 0
      ? await context.wait(
          "the batch's own upload",
          draftBatch(context, live, state, {
            records: result.records,
            tombstones: [],
            out: options.out,
          }),
        )
      : undefined;
  context.print(toJson(result, draft), describe(result, draft));
}

/** Whoever asks for derivations means that they may be public; all other rules hold for them. */
function policySettings({ config }: Context, { withDerivations }: PublishCommandOptions): PolicySettings {
  const { allow, ...rest } = config.publish;
  return withDerivations ? { ...rest, allow: { ...allow, rules: [...allow.rules, DERIVATION] } } : config.publish;
}

type OnProgress = NonNullable<Parameters<typeof publishClosure>[0]["onProgress"]>;

async function runPublisher(
  context: Context,
  run: (onProgress: OnProgress) => Promise<PublishResult>,
): Promise<PublishResult> {
  using progress = new PublishProgress(context);
  return await run((event) => progress.take(event));
}

function toJson(result: PublishResult, draft: Draft | undefined): object {
  const { records, ...counts } = result;
  const paths = records.map(({ record, swarmId }) => ({
    storePath: record.storePath,
    swarmId: toHex(swarmId),
    narAddress: record.narAddress,
  }));
  const { batch, file, unchanged, chunksNew, readback } = draft ?? {};
  return {
    ...counts,
    paths,
    ...(draft && { batch, file, unchanged, catChunksNew: chunksNew, ...(readback && { readback }) }),
  };
}

function describe(result: PublishResult, draft: Draft | undefined): string {
  const { uploaded, reused, alreadyListed, narBytes, fileBytes, derivations } = result;
  const chunks =
    uploaded.chunksNew === undefined ? "" : `, ${uploaded.chunksNew} new chunks of ${uploaded.chunksTotal ?? 0}`;
  const sent =
    uploaded.paths > 0
      ? `uploaded   ${plural(uploaded.paths, "path")}, ${formatBytes(uploaded.bytes)}${chunks}`
      : "uploaded   nothing: every path was on Swarm already";
  const lines = [
    sent,
    `before     ${plural(reused, "path")} uploaded by an earlier run, ${plural(alreadyListed, "path")} approved already`,
    ...(derivations ? describeDerivations(derivations) : []),
  ];
  if (!draft) return [...lines, "Everything is in the registry already: there is nothing to sign."].join("\n");
  const { batch, file, unchanged, chunksNew, readback } = draft;
  return [
    ...lines,
    `NARs       ${formatBytes(narBytes)}, stored ${formatBytes(fileBytes)}`,
    `CAT        root ${batch.root}, depth ${batch.depth}, ${plural(chunksNew, "new chunk")}`,
    readback
      ? `read back  ${readback.roots} roots and ${readback.samples} random chunks, through ${readback.url}`
      : "read back  nothing: no other node is configured (swarm.readbackUrl)",
    `draft      ${file}: batch ${batch.seq} with ${plural(batch.rows, "row")}${unchanged ? " (it was there already, unchanged)" : ""}`,
    `Next: members run \`catnix batch sign ${file} --key …\`, then anyone \`catnix batch submit ${file} --key …\`.`,
  ].join("\n");
}
