import { setTimeout } from "node:timers/promises";
import { type Command, Option } from "commander";
import { type Batch, batchDigest } from "../cat/batch.js";
import type { BatchFile } from "../consortium/batch-file.js";
import {
  type CollectFrom,
  type CollectedMember,
  collectApprovals,
  type Draft,
  findDrafts,
} from "../consortium/collect-approvals.js";
import { judgeApprovals } from "../consortium/judge-approvals.js";
import { isSignable, requireSignable } from "../consortium/signable.js";
import { batchFiles, joinFiles, type Named } from "../consortium/signed-file.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { readRegistryCharter } from "../members/read-charter.js";
import type { Registry } from "../registry/registry.js";
import type { Context } from "./context.js";
import { parseCount, parseWord } from "./options.js";
import { statementsOf } from "./owned-key.js";

/** Batches for one act that are looked at: each takes a look at every member. */
const MAX_RIVALS = 8;

/** Which batch is gathered, and for how long. */
export interface GatherOptions {
  readonly digest?: string;
  readonly seq?: number;
  readonly wait?: boolean;
  readonly every: number;
}

/** What there is of a batch, by its members and in files. */
export interface Gathered {
  readonly digest: string;
  readonly content: BatchFile;
  /** One for each member of the council. */
  readonly members: readonly CollectedMember[];
  /** Approvals that hold. */
  readonly found: number;
  /** So many there have to be. */
  readonly needed: number;
}

export function addGatherOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--digest <digest>", "the batch with this digest, 0x and 64 hexadecimal digits")
        .argParser(parseWord)
        .conflicts("seq"),
    )
    .option("--wait", "look again until a quorum is there or the batch is over")
    .option("--every <seconds>", "with --wait: pause between looks", parseCount, 15);
}

/**
 * Finds members' approvals of a batch on Swarm, through the charter, beside those that were handed over; with --wait until a quorum is
 * there. Without a batch handed over or a digest it takes the one that most members approved for the act, sooner one that a quorum did.
 * @param handed files of one batch; may be none
 * @throws CatnixError USAGE; CHARTER_MISSING, CHARTER_INVALID; BATCH_UNKNOWN where nobody has the batch; BATCH_STALE, BATCH_DEADLINE once it
 * is no use to wait; BATCH_FILE_INVALID; what chain and Swarm throw
 */
export async function gatherApprovals(
  context: Context,
  registry: Registry,
  handed: readonly Named<BatchFile>[],
  options: GatherOptions,
): Promise<Gathered> {
  if (handed.length > 0 && (options.digest !== undefined || options.seq !== undefined))
    throw new CatnixError("USAGE", { reason: "give a batch file, --digest or --seq" });
  const { signal } = context;
  const { wait, every } = options;
  let told: string | undefined;
  for (;;) {
    const looking = gatherOnce(context, registry, handed, options);
    const seen = await (wait ? looking.catch((error: unknown) => note(context, error)) : looking);
    if (seen && (seen.found >= seen.needed || !wait)) return seen;
    if (!wait) throw new CatnixError("BATCH_UNKNOWN", { what: "this batch, and nobody handed its file over" });
    if (seen) requireSignable(seen.content.batch, await registry.state(), Date.now() / 1000);
    const text = seen ? `${seen.found} of ${seen.needed} approvals` : "no approval yet";
    if (told !== text) context.note(`${text}; looking again every ${every} s`);
    told = text;
    await setTimeout(every * 1000, undefined, { signal });
  }
}

/** @throws CatnixError QUORUM_MISSING, which names those who could still approve */
export function requireQuorum({ found, needed, members }: Gathered): void {
  if (found >= needed) return;
  const missing = members.filter(({ approval }) => !approval).map(({ member, name }) => name ?? member);
  throw new CatnixError("QUORUM_MISSING", { found, needed, missing });
}

/** What may pass does not end the waiting. @throws any other error */
function note(context: Context, error: unknown): undefined {
  context.signal.throwIfAborted();
  if (!isCatnixError(error) || !error.retryable) throw error;
  context.note(`${error.code}: ${error.message}`);
}

/** Asks for the council each time: it may change while somebody waits. @returns undefined where nobody has the batch */
async function gatherOnce(
  context: Context,
  registry: Registry,
  handed: readonly Named<BatchFile>[],
  { digest, seq }: GatherOptions,
): Promise<Gathered | undefined> {
  const { charter, members } = await context.wait("the charter", readRegistryCharter(registry, context.store()));
  const { publishThreshold: needed } = await registry.council();
  const from = { registry, charter, members, stores: statementsOf(context) };
  const gather = (it: string) =>
    context.wait("members' approvals", gatherBatch(from, it, handed, needed, context.signal));
  if (handed[0]) return gather(batchDigest(registry.id, handed[0].content.batch));
  if (digest !== undefined) return gather(digest);
  const rivals = await context.wait("members' approvals", findRivals(from, seq, context.signal));
  let chosen: Gathered | undefined;
  for (const rival of rivals) {
    const gathered = await gather(rival.digest);
    if (!chosen || (gathered && gathered.found >= needed)) chosen = gathered;
    if (chosen && chosen.found >= needed) break;
  }
  for (const { digest: other, members: by } of rivals)
    if (other !== chosen?.digest)
      context.note(`another batch for the same act has ${by.length} approvals: --digest ${other}`);
  return chosen;
}

/** What members approved for one act: what is over stands behind what can still be submitted. */
async function findRivals(from: CollectFrom, seq: number | undefined, signal: AbortSignal): Promise<Draft[]> {
  const state = await from.registry.state();
  const drafts = await findDrafts(from, seq ?? state.seq + 1, { signal });
  const now = Date.now() / 1000;
  const isOpen = ({ batch }: Draft) => isSignable(batch, state, now);
  return [...drafts.filter(isOpen), ...drafts.filter((draft) => !isOpen(draft))].slice(0, MAX_RIVALS);
}

/** @returns undefined where nobody has the batch */
async function gatherBatch(
  from: CollectFrom,
  digest: string,
  handed: readonly Named<BatchFile>[],
  needed: number,
  signal: AbortSignal,
): Promise<Gathered | undefined> {
  const { registry } = from;
  const collected = await collectApprovals(from, digest, { signal });
  const batch: Batch | undefined = handed[0]?.content.batch ?? collected.batch;
  if (!batch) return undefined;
  const onSwarm = collected.members.flatMap(({ approval }) => approval ?? []);
  const swarm = { file: "Swarm", content: { registry: registry.id, batch, approvals: onSwarm } };
  const content = await joinFiles(batchFiles, registry, [swarm, ...handed]);
  const judged = await judgeApprovals(registry, content);
  const holding = content.approvals.filter((_, at) => judged[at]!.verdict === "holds");
  const members = collected.members.map((each): CollectedMember => {
    const approval = holding.find(({ member }) => member === each.member);
    return approval ? { ...each, state: "approved", error: undefined, approval } : { ...each, approval };
  });
  return { digest, content, members, found: members.filter(({ approval }) => approval).length, needed };
}
