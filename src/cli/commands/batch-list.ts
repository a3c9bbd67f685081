import type { Command } from "commander";
import pc from "picocolors";
import { toHex } from "../../encoding/hex.js";
import { printable } from "../../errors/printable.js";
import type { Context } from "../context.js";
import { formatTable, formatTime, plural } from "../format.js";
import { type BuildAlarm, listActs, type ListedAct } from "../list-acts.js";
import { addExamples, parseCount, withContext } from "../options.js";

interface ListCommandOptions {
  readonly limit: number;
}

export function addBatchListCommand(batch: Command): void {
  const list = batch
    .command("list")
    .description("what the registry approved, the newest first; changes of the council and retirement too")
    .option("--limit <n>", "acts that are listed at most", parseCount, 20)
    .action(async (options: ListCommandOptions, command: Command) =>
      withContext(command, (context) => listCommand(context, options)),
    );
  addExamples(list, "batch list", "batch list --limit 100 --json | jq -r '.acts[].digest'");
}

async function listCommand(context: Context, { limit }: ListCommandOptions): Promise<void> {
  const { deploymentBlock, finality, logRange } = context.config.chain;
  const registry = await context.registry();
  const options = { registry, store: context.store(), deploymentBlock, finality, logRange, limit };
  const { acts, total, builds } = await listActs(options);
  const table = formatTable(
    ["act", "when", "what", "block", "approvals", "transaction"],
    acts.map(describeAct),
    [0, 3, 4],
  );
  const left = total > acts.length ? `\n${plural(total - acts.length, "older act")} not shown: see --limit` : "";
  const withdrawn = builds.map((build) => `\n${describeBuild(build)}`).join("");
  context.print(
    { ...registry.id, total, acts: acts.map(actToJson), builds: builds.map(buildToJson) },
    `${table}${left}${withdrawn}`,
  );
}

function describeBuild({ target, reason, block }: BuildAlarm): string {
  const what = `build ${toHex(target.swarmId)} up to act ${target.through}`;
  return `${what}: ${pc.red(`WITHDRAWN by the guardian (${printable(JSON.stringify(reason))})`)} in block ${block}`;
}

function buildToJson({ alarm, target, reason, block, transactionHash }: BuildAlarm): object {
  const { swarmId, through } = target;
  return { alarm, swarmId: toHex(swarmId), through, block, transactionHash, reason };
}

function describeAct(act: ListedAct): (string | number)[] {
  const { seq, block, approvers, transactionHash } = act.event;
  const pending = act.final ? "" : pc.yellow(" (not final)");
  return [seq, formatTime(act.time), `${describeContent(act)}${pending}`, block, approvers.length, transactionHash];
}

function describeContent({ event, rows, withdrawn }: ListedAct): string {
  switch (event.kind) {
    case "batch": {
      const { batch } = event;
      const detail = rows ? `: ${rows.set} set, ${rows.tombstones} withdrawn` : "";
      const alarm =
        withdrawn === undefined ? "" : pc.red(` WITHDRAWN by the guardian (${printable(JSON.stringify(withdrawn))})`);
      return `batch of ${plural(batch.rows, "row")}${detail}${alarm}`;
    }
    case "council": {
      const { members, publishThreshold, councilThreshold } = event.council;
      const what = event.seq === 0 ? "founding" : "new council";
      return `${what}: ${plural(members.length, "member")}, quorum ${publishThreshold} and ${councilThreshold}`;
    }
    case "retirement": {
      const { successor, successorChainId } = event.retirement;
      return `retirement; successor ${successor} on chain ${successorChainId}`;
    }
  }
}

function actToJson({ event, time, final, rows, withdrawn }: ListedAct): object {
  const { kind, seq, digest, approvers, block, transactionHash } = event;
  return {
    ...{ seq, kind, time, final, block, transactionHash, digest, approvers },
    ...(event.kind === "batch" && { batch: event.batch, ...(rows && { set: rows.set, tombstones: rows.tombstones }) }),
    ...(event.kind === "council" && { council: event.council }),
    ...(event.kind === "retirement" && {
      retirement: { ...event.retirement, successorChainId: String(event.retirement.successorChainId) },
    }),
    ...(withdrawn !== undefined && { withdrawn: { reason: withdrawn } }),
  };
}
