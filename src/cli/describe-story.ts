import { printable } from "../errors/printable.js";
import type { Story, StoryBuild } from "../verifier/story-format.js";
import type { Colors } from "./colors.js";
import { formatBytes, formatTime, plural } from "./format.js";

/** The story of a path, as a person reads it: the newest build in full, a line for each earlier one. */
export function describeStory(story: Story, colors: Colors): string {
  const { status, builds, withdrawnBy, unread } = story;
  const color = { approved: colors.green, withdrawn: colors.red, unknown: colors.yellow }[status];
  const told = builds.find(({ record, recordError }) => record !== undefined || recordError !== undefined);
  return [
    told?.record?.storePath ?? story.asked,
    `status      ${color(status)}${withdrawnBy === undefined ? "" : ` by the ${withdrawnBy}`}, as of act ${story.seq}, block ${story.block.number}`,
    ...(story.charter ? [`charter     ${story.charter.name}, ${story.charter.address}`] : []),
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
  ].join("\n");
}

function describeAct({ seq, current, swarmId, batch }: StoryBuild): string[] {
  const { time, block, transactionHash, final, approvers } = batch;
  const what = swarmId === undefined ? "withdrew the path" : `listed ${swarmId}`;
  const who = approvers.map(({ address, name }) => name ?? address).join(", ");
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
    `  derivation  ${deriver ?? "not known"}`,
    `  NAR         ${narAddress}, ${formatBytes(narSize)}, stored ${formatBytes(fileSize)}`,
    `  NarHash     ${narHash}, refers to ${plural(references, "path")}`,
    ...(listing === undefined ? [] : [`  listing     ${listing}`]),
    `  signed by   ${signed || "nobody"}`,
    ...attestations.map((said) => `  checked by  ${describeAttestation(said)}`),
  ];
}

const VERDICTS = { holds: "holds", invalid: "DOES NOT HOLD", unknown: "key not known" } as const;

function describeAttestation(said: NonNullable<StoryBuild["attestations"]>[number]): string {
  const { name, result, builder, foundNarHash, reason } = said;
  const parts = [
    ...(result === undefined ? [] : [result]),
    ...(builder === undefined ? [] : [`from ${printable(builder)}`]),
    ...(foundNarHash === undefined ? [] : [`found ${foundNarHash}`]),
    ...(reason === undefined ? [] : [printable(reason)]),
  ];
  return `${name}: ${parts.join(", ")}`;
}
