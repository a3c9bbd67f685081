import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireGoingOn } from "../../consortium/next-act.js";
import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import { openNixStore } from "../../nixdb/nix-store.js";
import { Journal } from "../../publisher/journal.js";
import { planClosure, type PlannedPath, type PlanOptions, type PublishPlan } from "../../publisher/plan-closure.js";
import { refuseDenied } from "../../publisher/policy/check-closure.js";
import type { PublishPolicy } from "../../publisher/policy/policy.js";
import { copyDatabase } from "../../sqlite/copy-database.js";
import type { Context } from "../context.js";
import { describeDerivations } from "../describe-derivations.js";
import { costToJson, type CostEstimate, describeCost, estimateCost } from "../estimate-cost.js";
import { formatBytes, formatTable, plural } from "../format.js";
import { LiveCat } from "../live-cat.js";
import { Progress } from "../progress.js";

export interface DryRunOptions {
  /** Root of the Nix store; the system's where not given. */
  readonly store?: string | undefined;
  /** Whether to make the chunks, to count them. */
  readonly exact?: boolean | undefined;
  readonly withDerivations?: boolean | undefined;
  /** How long to pay for. */
  readonly years: number;
}

/**
 * `publish --dry-run`: prints what a run would do and what it would cost. Chain and Swarm are asked what is approved already, and the node
 * for the price and its postage batch, where they answer.
 * @throws CatnixError PUBLISH_DENIED after the plan is printed, and what the plan throws
 */
export async function dryRun(
  context: Context,
  policy: PublishPolicy,
  paths: readonly string[],
  { store: root, withDerivations, exact = false, years }: DryRunOptions,
): Promise<void> {
  const { storeDir } = context.config;
  // First: until it has answered, Ctrl-C ends the process at once, and would leave copies of databases behind.
  const { live, failure } = await openLive(context);
  using nix = openNixStore({ root, storeDir });
  using journal = copyJournal(context.stateFile("publisher.sqlite"));
  const options = {
    nix,
    paths,
    withDerivations,
    storeDir,
    policy,
    journal: journal.journal,
    live,
    signal: context.signal,
  };
  const plan = await runPlan(context, options);
  const why = plan.failure ?? failure;
  const fresh = plan.paths.filter(({ state }) => state === "new" || state === "unknown");
  const infos = fresh.map(({ storePath }) => nix.queryPathInfo(storePath)!);
  const cost = infos.length === 0 ? undefined : await estimateCost(context, infos, { nix, years, exact });
  context.print(toJson(plan, why, cost), describe(plan, why, cost));
  refuseDenied(plan.findings);
}

async function runPlan(context: Context, options: PlanOptions): Promise<PublishPlan> {
  using progress = new Progress(context, "paths", 0);
  return await planClosure({
    ...options,
    onChecked: (done, total, storePath) => progress.update(done, total, `looked through ${storePath}`),
  });
}

/** What the registry lists, where configuration and chain allow to look; a wrong registry is a fault all the same. */
async function openLive(context: Context): Promise<{ live?: LiveCat["find"]; failure?: CatnixError }> {
  try {
    const registry = await context.registry();
    await requireGoingOn(registry);
    const { cat } = await registry.state();
    const { storeDir } = context.config;
    return { live: new LiveCat(registry, context.store(), cat, storeDir, context.signal).find };
  } catch (error) {
    if (!isCatnixError(error, "CONFIG_INCOMPLETE", "RPC_UNAVAILABLE", "RPC_ANSWER_INVALID")) throw error;
    return { failure: error };
  }
}

/** The journal as it stands, in a folder of its own: to read the original, SQLite would make files beside it. */
function copyJournal(file: string): Disposable & { readonly journal: Journal | undefined } {
  if (!existsSync(file)) return { journal: undefined, [Symbol.dispose]: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), "catnix-journal-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, "publisher.sqlite");
    copyDatabase(file, copy);
    const journal = new Journal(copy);
    return {
      journal,
      [Symbol.dispose]: () => {
        journal.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    if (isCatnixError(error)) throw error;
    throw new CatnixError("DATABASE_FAILED", { file, reason: (error as Error).message }, { cause: error });
  }
}

function toJson(
  { paths, findings, derivations }: PublishPlan,
  failure: CatnixError | undefined,
  cost: CostEstimate | undefined,
): object {
  return {
    dryRun: true,
    allowed: findings.length === 0,
    totals: {
      all: count(paths),
      new: count(paths, "new"),
      uploaded: count(paths, "uploaded"),
      published: count(paths, "published"),
      unknown: count(paths, "unknown"),
      denied: count(paths.filter(({ denied }) => denied)),
    },
    paths,
    findings,
    ...(derivations && { derivations }),
    ...(cost && { cost: costToJson(cost) }),
    ...(failure && { registryUnknown: failure }),
  };
}

function count(all: readonly PlannedPath[], state?: PlannedPath["state"]): { paths: number; narBytes: number } {
  const paths = state === undefined ? all : all.filter((path) => path.state === state);
  return { paths: paths.length, narBytes: paths.reduce((sum, { narSize }) => sum + narSize, 0) };
}

function describe(
  { paths, findings, derivations }: PublishPlan,
  failure: CatnixError | undefined,
  cost: CostEstimate | undefined,
): string {
  const sum = (state: PlannedPath["state"]) => {
    const { paths: number, narBytes } = count(paths, state);
    return `${plural(number, "path")}, NARs of ${formatBytes(narBytes)}`;
  };
  const rows = paths.map(({ storePath, narSize, state, denied }) => [
    denied ? "refused" : state,
    formatBytes(narSize),
    storePath,
  ]);
  return [
    formatTable(["", "NAR", "store path"], rows, [1]),
    "",
    `new        ${sum("new")}`,
    `uploaded   ${sum("uploaded")}: by an earlier run`,
    `published  ${sum("published")}: approved already`,
    ...(failure
      ? [`unknown    ${sum("unknown")}: what is approved already could not be seen, since ${failure.message}`]
      : []),
    ...(derivations ? describeDerivations(derivations) : []),
    ...(cost ? describeCost(cost) : []),
    findings.length === 0
      ? "The policy lets all of it out. Nothing was sent; what is published stays public."
      : "The policy refuses what is named below, and so all of it. Nothing was sent.",
  ].join("\n");
}
