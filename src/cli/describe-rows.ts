import { toHex } from "../encoding/hex.js";
import type { CheckedRow } from "../consortium/check-batch.js";
import { nameOf } from "../consortium/name-of.js";
import { printable } from "../errors/printable.js";
import { type DrvName, parseDrvName } from "../nix/drv-name.js";
import { formatHashPart } from "../nix/store-path.js";
import type { Colors } from "./colors.js";
import { formatBytes, formatTable } from "./format.js";

export interface DescribeRowsOptions {
  readonly colors: Colors;
  /** Rows that are shown at most. */
  readonly limit: number;
  /** How a row was checked beyond its bytes, by `nixId` in hexadecimal: what an attestation says. */
  readonly checks?: ReadonlyMap<string, string> | undefined;
}

/** What somebody has to look at first. */
const KINDS = ["withdrawn", "changed", "added"] as const;
const MAX_SIGNERS = 2;

/** The package that a path is of, as Nix splits its name. */
export function packageOf(storePath: string): DrvName {
  return parseDrvName(nameOf(storePath));
}

/** Whose keys signed a record: the builders that its publisher names. */
export function signersOf({ sigs }: { readonly sigs: readonly string[] }): string[] {
  return [...new Set(sigs.map((sig) => sig.slice(0, sig.indexOf(":"))))];
}

/** The rows of a batch as a table: those withdrawn first, then those changed. */
export function describeRows(rows: readonly CheckedRow[], { colors, limit, checks }: DescribeRowsOptions): string {
  const { green, yellow, red } = colors;
  const signs = { added: green("+ added"), changed: yellow("~ changed"), withdrawn: red("- withdrawn") };
  const sorted = function* () {
    let left = limit;
    for (const kind of KINDS) for (const row of rows) if (row.kind === kind && left-- > 0) yield row;
  };
  // Made as they are asked for: the cells of a hundred thousand rows take more than the table.
  const cells = {
    *[Symbol.iterator]() {
      for (const row of sorted())
        yield describeRow(row, signs[row.kind], checks && (checks.get(toHex(row.row.nixId)) ?? "bytes"));
    },
  };
  const how = checks ? ["checked"] : [];
  const head = ["", "package", "version", "NAR", "stored", ...how, "signed by", "store path", "deriver"];
  const table = formatTable(head, cells, [3, 4]);
  return rows.length <= limit ? table : `${table}\nand ${rows.length - limit} more rows: see --all, or --json`;
}

function describeRow({ row, held }: CheckedRow, sign: string, how: string | undefined): (string | number)[] {
  const check = how === undefined ? [] : [how];
  if (!held)
    return [sign, "?", "?", "", "", ...check, "", `${formatHashPart(row.nixId)}-… (its record cannot be read)`];
  const { record } = held;
  const { name, version } = packageOf(record.storePath);
  const sizes = [formatBytes(record.narSize), formatBytes(record.fileSize)];
  return [sign, name, version, ...sizes, ...check, describeSigners(record), record.storePath, record.deriver ?? ""];
}

function describeSigners(record: { readonly sigs: readonly string[] }): string {
  const signers = signersOf(record);
  if (signers.length === 0) return "nobody";
  const more = signers.length > MAX_SIGNERS ? ` +${signers.length - MAX_SIGNERS}` : "";
  // A key's name may have anything in it but white space and control characters.
  return printable(`${signers.slice(0, MAX_SIGNERS).join(", ")}${more}`);
}

/** Each row that replaces another build of the same path, with both. */
export function describeChanges(rows: readonly CheckedRow[], limit: number): string[] {
  const changed = rows.flatMap((row) => (row.kind === "changed" ? [row] : []));
  const lines = changed.slice(0, limit).flatMap(({ held, previous }) => {
    const is = held.record;
    if (!previous) return [`  ${is.storePath}`, `    NarHash  was not readable, is ${is.narHash}`];
    const was = previous.record;
    return [
      `  ${is.storePath}`,
      `    NarHash  was ${was.narHash}, is ${is.narHash}`,
      `    NAR      was ${formatBytes(was.narSize)} (${was.narSize} bytes), is ${formatBytes(is.narSize)} (${is.narSize} bytes)`,
      `    signed   was ${describeSigners(was)}, is ${describeSigners(is)}`,
    ];
  });
  const left = changed.length - limit;
  if (lines.length === 0) return [];
  return ["", "Changed: another build of the same path", ...lines, ...(left > 0 ? [`  and ${left} more`] : [])];
}

/** Packages of which the batch withdraws one version and adds another. */
export function findVersionChanges(rows: readonly CheckedRow[]): { name: string; from: string[]; to: string[] }[] {
  const versions = { withdrawn: new Map<string, Set<string>>(), added: new Map<string, Set<string>>() };
  for (const { kind, held } of rows) {
    if (!held || kind === "changed") continue;
    const { name, version } = packageOf(held.storePath);
    const of = versions[kind].get(name) ?? new Set<string>();
    versions[kind].set(name, of.add(version));
  }
  return [...versions.withdrawn].flatMap(([name, from]) => {
    const to = versions.added.get(name);
    return to ? [{ name, from: [...from].sort(), to: [...to].sort() }] : [];
  });
}
