import type { Batch } from "../cat/batch.js";
import { typedBatch } from "../consortium/batch-file.js";
import type { CheckedBatch, CheckedRow } from "../consortium/check-batch.js";
import type { JudgedApproval } from "../consortium/judge-approvals.js";
import type { ClosureSize } from "../consortium/measure-closure.js";
import { toHex } from "../encoding/hex.js";
import { toTypedDataJson } from "../keys/typed-data.js";
import type { Colors } from "./colors.js";
import { describeChanges, describeRows, findVersionChanges, packageOf, signersOf } from "./describe-rows.js";
import { describeTypedData, hashTypedData } from "./describe-typed-data.js";
import { formatBytes, formatTime, plural } from "./format.js";

/** What a person reads beside the rows. */
export interface ReviewFacts {
  /** Undefined where it could not be measured. */
  readonly closure?: ClosureSize | undefined;
  /** What the signer should think about; see `findWarnings`. */
  readonly warnings?: readonly string[];
  /** How rows were checked beyond their bytes, by `nixId` in hexadecimal: what an attestation says. */
  readonly checks?: ReadonlyMap<string, string> | undefined;
  /** Shows every row, however many there are. */
  readonly all?: boolean | undefined;
}

/** Rows, and lines about changes, that fit a person. */
const SHOWN_ROWS = 50;

/** A checked batch as a person reads it before signing. */
export function describeChecked(checked: CheckedBatch, colors: Colors, facts: ReviewFacts = {}): string {
  const { batch, digest, rows, brokenReferrers } = checked;
  const { closure, warnings = [], checks, all } = facts;
  const limit = all ? Infinity : SHOWN_ROWS;
  const counts = (["added", "changed", "withdrawn"] as const).map((kind) => {
    return `${rows.filter((row) => row.kind === kind).length} ${kind}`;
  });
  const broken = brokenReferrers
    .slice(0, limit)
    .map(({ referrer, storePath }) => `  ${colors.red("broken")}: ${referrer} stays listed and refers to ${storePath}`);
  if (broken.length < brokenReferrers.length) broken.push(`  and ${brokenReferrers.length - broken.length} more`);
  const versions = findVersionChanges(rows)
    .slice(0, limit)
    .map(({ name, from, to }) => `version    ${name} ${from.join(", ")} -> ${to.join(", ")}`);
  const sums = { nars: 0, files: 0 };
  for (const { kind, held } of rows) {
    if (kind === "withdrawn") continue;
    const { narSize, fileSize } = held.record;
    sums.nars += narSize;
    sums.files += fileSize;
  }
  return [
    describeBatch(batch, digest),
    `delta      ${plural(batch.rows, "row")}: ${counts.join(", ")}; NARs ${formatBytes(sums.nars)}, stored ${formatBytes(sums.files)}`,
    ...(closure ? [`closure    ${describeClosure(closure)}`] : []),
    ...versions,
    "",
    describeRows(rows, { colors, limit, checks }),
    ...describeChanges(rows, limit),
    ...(broken.length > 0 ? ["", ...broken] : []),
    ...(warnings.length > 0 ? ["", ...warnings.map((warning) => `${colors.yellow("warning")}: ${warning}`)] : []),
    "",
    describeTypedData(typedBatch(checked)),
    "",
    checked.narsChecked
      ? `Checked here: every byte above against its hash, every NAR against its NarHash${describeEarlier(checked)}, the closure, and the root.`
      : "Checked here: the records against their hashes, the closure, and the root; the NARs were not fetched.",
    checks
      ? "How the builds were checked is what the attestation says; a row of which it says nothing is the publisher's word."
      : "Nothing was rebuilt: that these are the outputs of their derivations is the publisher's word.",
  ].join("\n");
}

function describeClosure({ paths, narSize, unreadable, complete }: ClosureSize): string {
  const more = complete ? "" : "more than ";
  const lost = unreadable === 0 ? "" : `; ${plural(unreadable, "path")} more could not be read`;
  return `${more}${plural(paths, "path")}, ${more}${formatBytes(narSize)} as NARs, with all that these refer to${lost}`;
}

function describeEarlier({ narsCheckedBefore: before }: CheckedBatch): string {
  return before === 0 ? "" : ` (${before} of them when an earlier batch was checked; --recheck fetches them again)`;
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

/** A checked batch for programs: all of it. */
export function checkedToJson(checked: CheckedBatch, { closure, warnings = [], checks }: ReviewFacts = {}): object {
  const { batch, digest, rows, brokenReferrers, narsChecked, narsCheckedBefore } = checked;
  const data = typedBatch(checked);
  return {
    ...{ batch, digest, narsChecked, narsCheckedBefore, rebuilt: false, brokenReferrers, warnings },
    ...(closure && { closure }),
    versionChanges: findVersionChanges(rows),
    typedData: toTypedDataJson(data),
    hashes: hashTypedData(data),
    rows: rows.map((row) => rowToJson(row, checks)),
  };
}

function rowToJson(checked: CheckedRow, checks: ReviewFacts["checks"]): object {
  const { kind, row, held } = checked;
  const nixId = toHex(row.nixId);
  const check = checks?.get(nixId);
  return {
    kind,
    ...(held && { package: packageOf(held.storePath), signedBy: signersOf(held.record) }),
    record: held?.record,
    ...(kind === "changed" && { previous: checked.previous?.record }),
    nixId,
    swarmId: toHex(row.swarmId),
    ...(check !== undefined && { checked: check }),
  };
}
