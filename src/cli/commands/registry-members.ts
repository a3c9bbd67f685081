import type { Command } from "commander";
import { ZeroAddress } from "ethers";
import { NO_CHARTER } from "../../members/read-charter.js";
import { type AccountKind, readAccountKind } from "../../registry/account-kind.js";
import type { Context } from "../context.js";
import { findCouncils } from "../find-councils.js";
import { formatTable } from "../format.js";
import { findMember, openCharter } from "../open-charter.js";
import { addExamples, withContext } from "../options.js";

export function addMembersCommand(registry: Command): void {
  const members = registry
    .command("members")
    .description("who decides: members with their names, thresholds, guardian, and since which act")
    .action(async (_options: object, command: Command) => withContext(command, membersCommand));
  addExamples(members, "registry members", "registry members --json | jq -r '.members[].address'");
}

async function membersCommand(context: Context): Promise<void> {
  const { deploymentBlock, logRange } = context.config.chain;
  const registry = await context.registry();
  const council = await registry.council();
  const [charter, history, guardian, members] = await Promise.all([
    openCharter(context, council.charter),
    context.wait("the registry's events", findCouncils(council, { registry, deploymentBlock, logRange })),
    readAccountKind(registry.chain, council.guardian),
    Promise.all(
      council.members.map(async (address) => ({ address, ...(await readAccountKind(registry.chain, address)) })),
    ),
  ]);
  const { since, joined } = history;
  const described = members.map((member) => {
    const { name, title } = findMember(member.address, charter) ?? {};
    return { ...member, name, title, since: joined.get(member.address) };
  });
  const { publishThreshold, councilThreshold } = council;
  const size = council.members.length;
  const table = formatTable(
    ["member", "name", "what", "since act", ""],
    described.map((it) => [it.address, it.name ?? "", describeKind(it), it.since ?? "?", it.title ?? ""]),
    [3],
  );
  const made = since && `since act ${since.seq}${since.seq === 0 ? " (the founding)" : ""}, in block ${since.block}`;
  const lines = [
    `council    ${publishThreshold} of ${size} for a batch, ${councilThreshold} for anything else${made ? `; ${made}` : ""}`,
    `guardian   ${council.guardian === ZeroAddress ? "none" : `${council.guardian}  ${describeKind(guardian)}`}`,
    `charter    ${council.charter === NO_CHARTER ? "none" : `${council.charter}${charter ? `: ${charter.name}` : ""}`}`,
    "",
    table,
  ];
  context.print(
    {
      ...{ ...registry.id, publishThreshold, councilThreshold },
      ...(since && { since: { seq: since.seq, block: since.block, transactionHash: since.transactionHash } }),
      guardian: council.guardian === ZeroAddress ? null : { address: council.guardian, ...guardian },
      charter: council.charter === NO_CHARTER ? null : { address: council.charter, name: charter?.name },
      members: described,
    },
    lines.join("\n"),
  );
}

function describeKind(it: AccountKind): string {
  return it.kind === "delegated account" ? `account, delegates to ${it.delegate}` : it.kind;
}
