import pc from "picocolors";
import { bucketNumber } from "../cat/bucket.js";
import { isTombstone } from "../cat/row.js";
import { toHex } from "../encoding/hex.js";
import { formatHashPart } from "../nix/store-path.js";
import { MembersView } from "../resolver/members-view.js";
import type { BatchFacts, RegistryView } from "../resolver/registry-view.js";
import type { ResolvedPath } from "../resolver/resolution-format.js";
import { formatBytes, plural } from "./format.js";

/** What a path translates to, as a person reads it. */
export function describeResolution({ asked, view, resolution, batch, read, index }: ResolvedPath): string {
  const { cat } = view;
  const number = bucketNumber(asked.nixId, cat.depth);
  const lines = [read?.record.storePath ?? asked.text];
  if (resolution.status === "unknown") {
    const { siblings } = resolution.absence;
    lines.push(
      `status     ${pc.yellow("unknown")}: the CAT does not list ${formatHashPart(asked.nixId)}`,
      `proof      bucket ${number} whole, ${plural(siblings.length, "sibling")} up to the root`,
    );
  } else {
    const { row, slot, siblings } = resolution.proof;
    lines.push(
      `status     ${resolution.status === "approved" ? pc.green("approved") : pc.red(`withdrawn by the ${resolution.by}`)}`,
      ...(isTombstone(row) ? [] : [`swarmId    ${toHex(row.swarmId)}`]),
      ...(read ? describeRecord(read.record) : []),
      ...(batch ? describeBatchFacts(batch) : []),
      `row        nixId ${toHex(row.nixId)}, act ${row.seq}, slot ${slot} of bucket ${number}`,
      `proof      ${plural(siblings.length, "sibling")} up to the root`,
    );
  }
  lines.push(`root       ${cat.root}, depth ${cat.depth}`, `read       ${describeReading(view)}`);
  if (view instanceof MembersView) lines.push(...describeMembers(view));
  if (index) lines.push(`index      at act ${index.seq}, block ${index.block}${index.current ? "" : ": behind"}`);
  return lines.join("\n");
}

/** As of when, and from where. */
export function describeReading({ from, block, seq }: RegistryView): string {
  if (!block) return `act ${seq}, from the ${from}`;
  return `at block ${block.number} (${block.hash}), act ${seq}, ${from === "light" ? "by proof" : `from the ${from}`}`;
}

function describeMembers({ electorate, root }: MembersView): string[] {
  const names = root.approvers.map(({ name }) => name).join(", ");
  return [
    `announced  by ${names}: ${root.approvers.length} of ${electorate.charter.members.length} in the charter, ${electorate.threshold} asked for`,
    `${pc.yellow("unproven")}   that there is no later act, and that the guardian withdrew nothing: no chain was asked`,
  ];
}

function describeRecord(record: NonNullable<ResolvedPath["read"]>["record"]): string[] {
  const { narAddress, narSize, fileSize, narHash, references } = record;
  return [
    `NAR        ${narAddress}, ${formatBytes(narSize)}, stored ${formatBytes(fileSize)}`,
    `NarHash    ${narHash}`,
    `refers to  ${plural(references.length, "path")}`,
  ];
}

function describeBatchFacts({ seq, final, approval }: BatchFacts): string[] {
  const state = final ? "final" : pc.yellow("not final yet");
  if (!approval) return [`batch      ${seq}, ${state}`];
  const { digest, block, transactionHash, approvers } = approval;
  return [
    `batch      ${seq}, ${state}, ${plural(approvers.length, "approval")}, digest ${digest}`,
    `           in block ${block}, transaction ${transactionHash}`,
  ];
}
