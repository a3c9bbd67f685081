import { countResults, describeHow, MEANINGS, sortRows } from "../attest/report.js";
import { toHex } from "../encoding/hex.js";
import { printable } from "../errors/printable.js";
import { type Attestation, type AttestationResult, type AttestationRow, RESULTS } from "../members/attestation.js";
import { parseBaseName } from "../nix/store-path.js";
import { type Colors, NO_COLORS } from "./colors.js";
import { formatTable } from "./format.js";

/** Rows of one result that are shown; all of those that somebody has to look at are. */
const SHOWN_ROWS = 50;

/** How each row of a batch was checked, as a person reads it: counts, then the rows, the gravest first. */
export function describeChecks(
  { member, time, system, nix, rows }: Attestation,
  { storeDir, colors = NO_COLORS }: { storeDir: string; colors?: Colors },
): string {
  const { green, yellow, red } = colors;
  const paint = { differs: red, failed: red, skipped: yellow, rebuilt: green, copied: green, addressed: green };
  const counts = Object.entries(countResults(rows)).map(
    ([result, count]) => `  ${count} ${result}: ${MEANINGS[result as AttestationResult]}`,
  );
  const cells: string[][] = [];
  let hidden = 0;
  const seen = new Map<AttestationResult, number>();
  for (const row of sortRows(rows)) {
    const { result } = row;
    const before = seen.get(result) ?? 0;
    seen.set(result, before + 1);
    if (before < SHOWN_ROWS || result === "differs" || result === "failed")
      cells.push([paint[result](result), pathOf(row, storeDir), printable(describeHow(row))]);
    else hidden++;
  }
  const where = nix === undefined ? system : `${system}, ${nix}`;
  return [
    `checked by ${member} on ${new Date(time * 1000).toISOString()} (${where})`,
    ...counts,
    ...(cells.length > 0 ? ["", formatTable(["", "store path", "how"], cells)] : []),
    ...(hidden > 0 ? [`and ${hidden} more rows, which the attestation names`] : []),
  ].join("\n");
}

/** How each row was checked, in a word or two, by `nixId` in hexadecimal. */
export function checksByRow({ rows }: Attestation): Map<string, string> {
  const of = ({ result, builder }: AttestationRow) =>
    result === "copied" && builder !== undefined ? `copied (${new URL(builder).host})` : result;
  return new Map(rows.map((row) => [toHex(parseBaseName(`${row.nixId}-${row.name}`).nixId), of(row)]));
}

/** The same counts in one line, in the order of the results. */
export function summarizeChecks(rows: readonly AttestationRow[]): string {
  const counts = countResults(rows);
  return RESULTS.flatMap((result) => (counts[result] ? [`${counts[result]} ${result}`] : [])).join(", ");
}

function pathOf({ nixId, name }: AttestationRow, storeDir: string): string {
  return `${storeDir}/${nixId}-${name}`;
}
