import type { Command } from "commander";
import { ZeroAddress } from "ethers";
import type { CouncilDifference } from "../../consortium/council-change.js";
import { toHex } from "../../encoding/hex.js";
import { printable } from "../../errors/printable.js";
import type { Context } from "../context.js";
import { type Decision, findDecisions } from "../find-decisions.js";
import { formatTime, plural } from "../format.js";
import { findMember, openCharter } from "../open-charter.js";
import { addExamples, parseCount, withContext } from "../options.js";

/** What the registry's charter of now calls an address. */
type NameOf = (address: string) => string | undefined;

export function addHistoryCommand(registry: Command): void {
  const history = registry
    .command("history")
    .description("who decided when: the founding, changes of the council, retirement, withdrawals; the newest first")
    .option("--limit <n>", "decisions that are shown at most", parseCount, 50)
    .action(async (options: { limit: number }, command: Command) =>
      withContext(command, (context) => historyCommand(context, options.limit)),
    );
  addExamples(
    history,
    "registry history",
    "registry history --json | jq '.decisions[] | select(.kind == \"council\") | .difference'",
  );
}

async function historyCommand(context: Context, limit: number): Promise<void> {
  const { deploymentBlock, logRange } = context.config.chain;
  const registry = await context.registry();
  const history = findDecisions({ registry, deploymentBlock, logRange }, limit);
  const { decisions, total } = await context.wait("the registry's events", history);
  const charter = await openCharter(context, (await registry.council()).charter);
  const nameOf: NameOf = (address) => findMember(address, charter)?.name;
  const left = total > limit ? [`${plural(total - limit, "older decision")} not shown: see --limit`] : [];
  context.print(
    { ...registry.id, total, decisions: decisions.map(decisionToJson) },
    [...decisions.map((decision) => describeDecision(decision, nameOf)), ...left].join("\n\n"),
  );
}

function describeDecision(decision: Decision, nameOf: NameOf): string {
  const { event, time } = decision;
  const number = event.kind === "alarm" ? `alarm ${event.alarm}` : `act ${event.seq}`;
  const named = (address: string) => [address, nameOf(address) ?? ""].join("  ").trimEnd();
  const approvers = event.kind === "alarm" ? [] : event.approvers.map((address) => `  approved by ${named(address)}`);
  return [
    `${number.padEnd(10)} ${formatTime(time)}  ${describeWhat(decision)}`,
    `  block ${event.block}, transaction ${event.transactionHash}`,
    ...describeDetails(decision, named).map((line) => `  ${line}`),
    ...approvers,
  ].join("\n");
}

function describeWhat({ event }: Decision): string {
  switch (event.kind) {
    case "alarm": {
      const { target } = event;
      const what =
        "seq" in target ? `batch ${target.seq}` : `build ${toHex(target.swarmId)} up to act ${target.through}`;
      return `${what} withdrawn by the guardian: ${printable(JSON.stringify(event.reason))}`;
    }
    case "retirement":
      return "retirement";
    case "council":
      return event.seq === 0 ? "founding" : "change of the council";
  }
}

function describeDetails({ event, difference }: Decision, named: NameOf): string[] {
  switch (event.kind) {
    case "alarm":
      return [];
    case "retirement": {
      const { successor, successorChainId } = event.retirement;
      return [successor === ZeroAddress ? "no successor" : `successor ${successor} on chain ${successorChainId}`];
    }
    case "council": {
      if (difference) return describeDifference(difference, named);
      const { members, publishThreshold, councilThreshold, guardian } = event.council;
      const quorum = `${publishThreshold} of ${members.length} for a batch, ${councilThreshold} for anything else`;
      return [quorum, `guardian ${guardian}`, ...members.map((member) => `+ ${named(member)}`)];
    }
  }
}

function describeDifference({ joins, leaves, ...rest }: CouncilDifference, named: NameOf): string[] {
  const fields = (["publishThreshold", "councilThreshold", "guardian", "charter"] as const).flatMap((field) => {
    const change = rest[field];
    return change ? [`~ ${field} ${change.is}, was ${change.was}`] : [];
  });
  return [...joins.map((member) => `+ ${named(member)}`), ...leaves.map((member) => `- ${named(member)}`), ...fields];
}

function decisionToJson({ event, difference, time }: Decision): object {
  const { kind, block, transactionHash } = event;
  const place = { kind, time, block, transactionHash };
  if (event.kind === "alarm") {
    const { alarm, target, reason } = event;
    const withdrawn = "seq" in target ? { batch: target.seq } : { ...target, swarmId: toHex(target.swarmId) };
    return { ...place, alarm, withdrawn, reason };
  }
  const { seq, digest, approvers } = event;
  const act = { ...place, seq, digest, approvers };
  if (event.kind === "council") return { ...act, council: event.council, ...(difference && { difference }) };
  const { successor, successorChainId } = event.retirement;
  return { ...act, retirement: { successor, successorChainId: String(successorChainId) } };
}
