import type { Command } from "commander";
import { judgeStamp, usedOf } from "../../swarm/postage/judge-stamp.js";
import { listStamps, type Stamp } from "../../swarm/postage/stamps.js";
import type { Context } from "../context.js";
import { formatTable } from "../format.js";
import { addExamples, withContext } from "../options.js";
import { formatDays } from "../plan-postage.js";

export function addStampsListCommand(stamps: Command): void {
  const list = stamps
    .command("list")
    .description("list the postage batches of the node: time left, fullest bucket, depth, what is the matter")
    .action(async (_options: object, command: Command) => withContext(command, listCommand));
  addExamples(list, "stamps list", "stamps list --json | jq '.stamps[] | select(.days < 60) | .batch'");
}

async function listCommand(context: Context): Promise<void> {
  const node = context.node();
  const stamps = await node.retry(() => listStamps(node, context.signal), context.signal);
  const { postage, swarm } = context.config;
  const rows = stamps.map((stamp) => [
    stamp.batch === swarm.postageBatch ? "*" : "",
    stamp.batch,
    stamp.depth,
    stamp.ttl === undefined ? "unknown" : formatDays(stamp.ttl),
    `${stamp.fullestBucket}/${stamp.bucketSize}`,
    `${Math.round(100 * usedOf(stamp))} %`,
    stamp.immutable ? "immutable" : "mutable",
    judgeStamp(stamp, postage).join(", ") || "ok",
    JSON.stringify(stamp.label).slice(1, -1),
  ]);
  const head = ["", "batch", "depth", "time left", "fullest", "used", "kind", "state", "label"];
  const text =
    stamps.length === 0
      ? "The node has no postage batch: `catnix stamps plan` says what one costs, `catnix stamps buy` buys it."
      : formatTable(head, rows, [2, 3, 4, 5]);
  context.print(
    { stamps: stamps.map((stamp) => ({ ...stampToJson(stamp), troubles: judgeStamp(stamp, postage) })) },
    text,
  );
}

/** Amounts as decimal text: they are beyond what a JSON reader keeps exact. */
export function stampToJson(stamp: Stamp): object {
  const { ttl, amount, ...rest } = stamp;
  const days = ttl === undefined ? undefined : ttl / 86_400;
  return { ...rest, amount: String(amount), used: usedOf(stamp), ...(ttl !== undefined && { ttl, days }) };
}
