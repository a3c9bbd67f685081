import { type Batch, batchDigest } from "../cat/batch.js";
import { batchFiles, requireSameRegistry } from "../consortium/signed-file.js";
import { CatnixError } from "../errors/catnix-error.js";
import { readBlock } from "../registry/finality.js";
import { findEvents } from "../registry/find-events.js";
import { type ActEvent, topicsOfBatch } from "../registry/history.js";
import type { Registry } from "../registry/registry.js";
import type { Context } from "./context.js";

/** What the registry says when it approves a batch. */
type BatchApproval = Extract<ActEvent, { kind: "batch" }>;

/**
 * The batch that somebody names by its file, or by the number of the act with which the registry approved it.
 * @throws CatnixError BATCH_FILE_INVALID, FILE_UNREADABLE; BATCH_STALE where the registry has another act of its number; BATCH_NOT_APPROVED; RPC_UNAVAILABLE, RPC_ANSWER_INVALID
 */
export async function findBatch(context: Context, registry: Registry, named: string): Promise<Batch> {
  if (/^[1-9][0-9]{0,14}$/.test(named)) return findApproved(context, registry, Number(named));
  const content = await batchFiles.read(named);
  requireSameRegistry(batchFiles, { file: named, content }, registry.id);
  await requireNotRefuted(context, registry, content.batch);
  return content.batch;
}

/** What is said of a batch that lost stands where others look for what is said of the one that won. */
async function requireNotRefuted(context: Context, registry: Registry, batch: Batch): Promise<void> {
  const { seq, parent } = batch;
  const [digest, state] = [batchDigest(registry.id, batch), await registry.state()];
  if (state.seq < seq) return;
  // Of earlier acts the endpoint may not know the events: nothing is concluded from that.
  const winner = state.seq === seq ? state.head : (await findApproval(context, registry, seq))?.digest;
  if (winner !== undefined && winner !== digest)
    throw new CatnixError("BATCH_STALE", { seq, parent, expected: state.head, current: state.seq });
}

async function findApproved(context: Context, registry: Registry, seq: number): Promise<Batch> {
  const approval = await findApproval(context, registry, seq);
  if (!approval) throw new CatnixError("BATCH_NOT_APPROVED", { seq });
  return approval.batch;
}

/**
 * The registry's approval of batch `seq`; undefined where it has none.
 * @throws CatnixError RPC_UNAVAILABLE; RPC_ANSWER_INVALID also where the approval does not hold together
 */
export async function findApproval(
  context: Context,
  registry: Registry,
  seq: number,
): Promise<BatchApproval | undefined> {
  const { seq: last } = await registry.state();
  if (last < seq) return undefined;
  const { deploymentBlock, logRange } = context.config.chain;
  const { number: to } = await readBlock(registry.chain, "latest");
  const range = { from: deploymentBlock, to };
  const { events } = await context.wait("the chain", findEvents(registry, topicsOfBatch(seq), range, logRange));
  for (const event of events) {
    if (event.kind !== "batch" || event.seq !== seq) continue;
    if (event.batch.seq === seq && batchDigest(registry.id, event.batch) === event.digest) return event;
    const reason = `its approval of batch ${seq} does not hold together`;
    throw new CatnixError("RPC_ANSWER_INVALID", { url: registry.chain.rpcUrl, reason });
  }
  return undefined;
}
