import { printable } from "../errors/printable.js";
import type { Story, StoryBuild } from "../verifier/story-format.js";
import type { Colors } from "./colors.js";
import { formatBytes, formatTime, plural } from "./format.js";

/** The story of a path, as a person reads it: the newest build in full, a line for each earlier one. */
export function describeStory(story: Story, colors: Colors): string {
  const { status, builds, withdrawnBy, unread, endpoint } = story;
  const color = { approved: colors.green, withdrawn: colors.red, unknown: colors.yellow }[status];
  const told = builds.find(({ record, recordError }) => record !== undefined || recordError !== undefined);
  return [
    told?.record?.storePath ?? story.asked,
    `status      ${color(status)}${withdrawnBy === undefined ? "" : ` by the ${withdrawnBy}`}, as of act ${story.seq}, block ${story.block.number}`,
    ...(story.charter ? [`charter     ${printable(story.charter.name)}, ${story.charter.address}`] : []),
    ...builds.flatMap((build) => [
      ...describeAct(build),
      ...(build === told ? describeDetails(build) : []),
      ...build.withdrawals.map(
        ({ of, time, reason }) => `  withdrawn   ${formatTime(time)} by the guardian, the ${of}: ${printable(reason)}`,
      ),
    ]),
    ...(unread.length > 0
      ? [`not read    ${unread.length === 1 ? "act" : "acts"} ${unread.join(", ")}: Swarm does not have what they list`]
      : []),
    `told by     ${endpoint}: root, acts, blocks, times and transactions; "catnix resolve --light" proves root and acts`,
  ].join("\n");
}

function describeAct({ seq, current, swarmId, batch }: StoryBuild): string[] {
  const { time, block, transactionHash, final, approvers } = batch;
  const what = swarmId === undefined ? "withdrew the path" : `listed ${swarmId}`;
  const who = approvers
    .map(({ address, name, by }) => `${name ?? address}${by === "told" ? " (told)" : ""}`)
    .join(", ");
  return [
    `act ${seq}${current ? ", current" : ""}: ${what}`,
    `  approved    ${formatTime(time)} by ${who || "nobody who is named"}`,
    `  transaction ${transactionHash} in block ${block}, ${final ? "final" : "not final yet"}`,
  ];
}

function describeDetails({ record, recordError, signatures = [], attestations = [] }: StoryBuild): string[] {
  if (!record) return [`  record      ${printable(recordError ?? "none")}`];
  const { narAddress, fileSize, narHash, narSize, references, deriver, listing } = record;
  const signed = signatures.map(({ key, verdict }) => `${printable(key)} (${VERDICTS[verdict]})`).join(", ");
  return [
    `  derivation  ${deriver === undefined ? "not known" : `${deriver}, the publisher says`}`,
    `  NAR         ${narAddress}, ${formatBytes(narSize)}, stored ${formatBytes(fileSize)}`,
    `  NarHash     ${narHash}, refers to ${plural(references, "path")}`,
    ...(listing === undefined ? [] : [`  listing     ${listing}`]),
    `  signed by   ${signed || "nobody"}`,
    ...attestations.map((said) => `  checked by  ${describeAttestation(said, deriver)}`),
  ];
}

const VERDICTS = { holds: "holds", invalid: "DOES NOT HOLD", unknown: "key not known" } as const;

function describeAttestation(said: NonNullable<StoryBuild["attestations"]>[number], published?: string): string {
  const { name, result, deriver, builder, foundNarHash, reason } = said;
  const by = deriver === undefined ? "" : deriver === published ? " by that derivation" : ` by ${deriver}`;
  const parts = [
    ...(result === undefined ? [] : [`${result}${by}`]),
    ...(builder === undefined ? [] : [`from ${printable(builder)}`]),
    ...(foundNarHash === undefined ? [] : [`found ${foundNarHash}`]),
    ...(reason === undefined ? [] : [printable(reason)]),
  ];
  return `${name}: ${parts.join(", ")}`;
}
