import type { Batch } from "../cat/batch.js";
import type { CatRecord } from "../cat/record.js";
import type { Row } from "../cat/row.js";
import { toHex } from "../encoding/hex.js";
import type { CheckedBatch } from "../consortium/check-batch.js";
import type { JudgedApproval } from "../consortium/judge-approvals.js";
import { formatHashPart } from "../nix/store-path.js";
import type { Colors } from "./colors.js";
import { formatBytes, formatTable, formatTime, plural } from "./format.js";

const makeSigns = ({ green, yellow, red }: Colors) => ({
  added: green("+ added"),
  changed: yellow("~ changed"),
  withdrawn: red("- withdrawn"),
});

/** A checked batch as a person reads it before signing. */
export function describeChecked(checked: CheckedBatch, colors: Colors): string {
  const signs = makeSigns(colors);
  const { batch, digest, rows, brokenReferrers } = checked;
  const counts = (["added", "changed", "withdrawn"] as const).map((kind) => {
    return `${rows.filter((row) => row.kind === kind).length} ${kind}`;
  });
  const changes = rows.flatMap((row) => {
    if (row.kind !== "changed") return [];
    const was = row.previous?.record.narHash ?? "not readable";
    const { storePath, narHash } = row.held.record;
    return [`  ${storePath}: NarHash was ${was}, is ${narHash}`];
  });
  const broken = brokenReferrers.map(
    ({ referrer, storePath }) => `  ${colors.red("broken")}: ${referrer} stays listed and refers to ${storePath}`,
  );
  const sums = { nars: 0, files: 0 };
  for (const { kind, held } of rows) {
    if (kind === "withdrawn") continue;
    const { narSize, fileSize } = held.record;
    sums.nars += narSize;
    sums.files += fileSize;
  }
  // Made as they are asked for: the cells of a hundred thousand rows take more than the table.
  const cells = {
    *[Symbol.iterator]() {
      for (const { kind, row, held } of rows) yield describeRow(row, held?.record, signs[kind]);
    },
  };
  return [
    describeBatch(batch, digest),
    `delta      ${plural(batch.rows, "row")}: ${counts.join(", ")}; NARs ${formatBytes(sums.nars)}, stored ${formatBytes(sums.files)}`,
    "",
    formatTable(["", "NAR", "stored", "refs", "store path"], cells, [1, 2, 3]),
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

function describeRow(row: Row, record: CatRecord | undefined, sign: string): (string | number)[] {
  if (!record) return [sign, "", "", "", `${formatHashPart(row.nixId)}-… (its record cannot be read)`];
  const { narSize, fileSize, references, storePath } = record;
  return [sign, formatBytes(narSize), formatBytes(fileSize), references.length, storePath];
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
export function describeApprovals(approvals: readonly JudgedApproval[], threshold: number, colors: Colors): string {
  const { green, yellow, red } = colors;
  const lines = approvals.map((approval) => {
    const { member, kind, verdict } = approval;
    if (approval.safe) return `  ${member}  ${yellow("not yet")} (${describeSafe(approval)})`;
    const mark = verdict === "holds" ? green : red;
    return `  ${member}  ${mark(verdict)}${kind === "account" ? "" : ` (${kind})`}`;
  });
  return [`${plural(approvals.length, "approval")}, ${threshold} needed`, ...lines].join("\n");
}

/** How far the owners of a Safe are. */
export function describeSafe({ verdict, safe }: JudgedApproval): string {
  if (verdict === "holds") return "the Safe's approval holds";
  if (!safe) return "the Safe does not take this";
  return `${safe.owners.length} of the ${safe.threshold} owners that the Safe wants signed: ${safe.owners.join(", ")}`;
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
    rows: rows.map((checked) => ({
      kind: checked.kind,
      record: checked.held?.record,
      ...(checked.kind === "changed" && { previous: checked.previous?.record }),
      nixId: toHex(checked.row.nixId),
      swarmId: toHex(checked.row.swarmId),
    })),
  };
}
