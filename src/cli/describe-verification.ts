import { CHECK_STATUSES, isBad, type PathCheck } from "../verifier/path-check.js";
import { proposeFix } from "../verifier/propose-fix.js";
import { reasonOf, type Verification } from "../verifier/verification-format.js";
import { printable } from "../errors/printable.js";
import type { Colors } from "./colors.js";
import { formatTime, plural } from "./format.js";

/** Characters of the column before the paths. */
const WIDTH = 12;
const INDENT = " ".repeat(WIDTH);

/** What a check of a store came to, as a person reads it. */
export function describeVerification(verification: Verification, colors: Colors): string {
  const { view, contents, hashedSince, counts, checks, root } = verification;
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const found = CHECK_STATUSES.toReversed()
    .filter((status) => counts[status] > 0)
    .map((status) => `${counts[status]} ${status}`);
  const hashed = hashedSince === undefined ? ", files hashed" : `, files hashed since ${formatTime(hashedSince)}`;
  const at = view.block ? ` at block ${view.block.number}` : "";
  return [
    ...checks.flatMap((check) => describeCheck(check, root, colors)),
    `${plural(total, "path")}${contents ? hashed : ""}: ${found.join(", ") || "nothing to check"}`,
    `as of act ${view.seq}, root ${view.cat.root}, from the ${view.from}${at}`,
  ].join("\n");
}

function describeCheck(check: PathCheck, root: string | undefined, colors: Colors): string[] {
  const { status, storePath } = check;
  const color = isBad(check) ? colors.red : status === "approved" ? colors.green : colors.yellow;
  const fix = proposeFix(check, root);
  return [
    `${color(status)}${" ".repeat(WIDTH - status.length)}${storePath}`,
    ...detailsOf(check).map((line) => `${INDENT}${line}`),
    ...(fix === undefined ? [] : [`${INDENT}fix: ${fix}`]),
  ];
}

function detailsOf(check: PathCheck): string[] {
  const { status, narHash, translation, contents } = check;
  const reason = reasonOf(check);
  const said = reason === undefined ? "" : `: ${printable(reason)}`;
  if (status === "withdrawn" && translation.status === "withdrawn")
    return [
      translation.by === "quorum"
        ? `by the quorum, in act ${translation.seq}`
        : `by the guardian; it was listed in act ${translation.seq}${said}`,
    ];
  if (status === "modified") return [`registered ${narHash!}`, `on disk    ${contents?.narHash ?? `no NAR${said}`}`];
  if (status === "differs" && translation.status === "approved")
    return [`registered ${narHash!}`, `approved   ${translation.record.narHash}, in act ${translation.seq}`];
  return reason === undefined ? [] : [printable(reason)];
}
