import pc from "picocolors";
import type { Batch } from "../cat/batch.js";
import type { CatRecord } from "../cat/record.js";
import { toHex } from "../encoding/hex.js";
import type { CheckedBatch, CheckedRow } from "../consortium/check-batch.js";
import type { JudgedApproval } from "../consortium/judge-approvals.js";
import { formatHashPart } from "../nix/store-path.js";
import { formatBytes, formatTable, formatTime, plural } from "./format.js";

const SIGNS = { added: pc.green("+ added"), changed: pc.yellow("~ changed"), withdrawn: pc.red("- withdrawn") };

/** A checked batch as a person reads it before signing. */
export function describeChecked(checked: CheckedBatch): string {
  const { batch, digest, rows, brokenReferrers } = checked;
  const files = rows.flatMap((row) => (row.kind === "withdrawn" ? [] : [row.record]));
  const sum = (of: (record: CatRecord) => number) => files.reduce((total, record) => total + of(record), 0);
  const counts = (["added", "changed", "withdrawn"] as const).map((kind) => {
    return `${rows.filter((row) => row.kind === kind).length} ${kind}`;
  });
  const changes = rows.flatMap((row) => {
    if (row.kind !== "changed") return [];
    const was = row.previous?.narHash ?? "not readable";
    return [`  ${row.record.storePath}: NarHash was ${was}, is ${row.record.narHash}`];
  });
  const broken = brokenReferrers.map(
    ({ referrer, storePath }) => `  ${pc.red("broken")}: ${referrer} stays listed and refers to ${storePath}`,
  );
  return [
    describeBatch(batch, digest),
    `delta      ${plural(batch.rows, "row")}: ${counts.join(", ")}; NARs ${formatBytes(sum((r) => r.narSize))}, stored ${formatBytes(sum((r) => r.fileSize))}`,
    "",
    formatTable(["", "NAR", "stored", "refs", "store path"], rows.map(describeRow), [1, 2, 3]),
    ...(changes.length > 0 ? ["", ...changes] : []),
    ...(broken.length > 0 ? ["", ...broken] : []),
    "",
    checked.narsChecked
      ? `Checked here: every byte above against its hash, every NAR against its NarHash${describeEarlier(checked)}, the closure, and the root.`
      : "Checked here: the records against their hashes, the closure, and the root; the NARs were not fetched.",
    "Nothing was rebuilt: that these are the outputs of their derivations is the publisher's word.",
  ].join("\n");
}

function describeEarlier({ narsCheckedBefore: before }: CheckedBatch): string {
  return before === 0 ? "" : ` (${before} of them when an earlier batch was checked; --recheck fetches them again)`;
}

function describeRow({ kind, row, record }: CheckedRow): (string | number)[] {
  if (!record) return [SIGNS[kind], "", "", "", `${formatHashPart(row.nixId)}-… (its record cannot be read)`];
  const { narSize, fileSize, references, storePath } = record;
  return [SIGNS[kind], formatBytes(narSize), formatBytes(fileSize), references.length, storePath];
}

/** What the signed words of a batch are. */
export function describeBatch(batch: Batch, digest: string): string {
  return [
    `batch      ${batch.seq}, digest ${digest}`,
    `parent     ${batch.parent}`,
    `root       ${batch.root}, depth ${batch.depth}`,
    `deadline   ${formatTime(batch.deadline)}`,
  ].join("\n");
}

/** Who has signed, and how many have to. */
export function describeApprovals(approvals: readonly JudgedApproval[], threshold: number): string {
  const mark = { holds: pc.green, "of a contract": pc.yellow, "does not hold": pc.red, "not a member": pc.red };
  const lines = approvals.map(({ member, verdict }) => `  ${member}  ${mark[verdict](verdict)}`);
  return [`${plural(approvals.length, "approval")}, ${threshold} needed`, ...lines].join("\n");
}

/** A checked batch for programs. */
export function checkedToJson({
  batch,
  digest,
  rows,
  brokenReferrers,
  narsChecked,
  narsCheckedBefore,
}: CheckedBatch): object {
  return {
    batch,
    digest,
    narsChecked,
    narsCheckedBefore,
    rebuilt: false,
    brokenReferrers,
    rows: rows.map(({ row, ...shown }) => ({ ...shown, nixId: toHex(row.nixId), swarmId: toHex(row.swarmId) })),
  };
}
