import { stripVTControlCharacters } from "node:util";

/**
 * A plain table without lines: readable by people and by `awk`. In time that goes by its rows: a batch may have a hundred
 * thousand of them.
 * @param rows gone through twice
 * @param right columns that end on the right, from 0
 */
export function formatTable(head: string[], rows: Iterable<(string | number)[]>, right: number[] = []): string {
  const widths = head.map(widthOf);
  for (const cells of rows) cells.forEach((cell, i) => (widths[i] = Math.max(widths[i]!, widthOf(String(cell)))));
  const pad = (cell: string, i: number) => {
    const blank = " ".repeat(widths[i]! - widthOf(cell));
    return right.includes(i) ? blank + cell : cell + blank;
  };
  const lines: string[] = [];
  const add = (cells: (string | number)[]) =>
    lines.push(
      cells
        .map((cell, i) => pad(String(cell), i))
        .join("  ")
        .trimEnd(),
    );
  add(head);
  for (const cells of rows) add(cells);
  return lines.join("\n");
}

/** Columns of a terminal; colours have none. */
function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Bytes in units of a thousand, three digits: `14.2 MB`. */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1000;
  return `${unit === 0 ? value : value.toPrecision(3)} ${UNITS[unit]!}`;
}

/** `1 path`, `3 paths`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : noun.endsWith("h") && !noun.endsWith("path") ? "es" : "s"}`;
}

/** ECMAScript, section 21.4.1.1: a time reaches 10^8 days each way. */
const MAX_TIME_SECONDS = 8_640_000_000_000;

/** Seconds since 1970 as UTC; as they are where no calendar reaches that far. */
export function formatTime(seconds: number): string {
  if (!(Math.abs(seconds) <= MAX_TIME_SECONDS)) return `${seconds} seconds after 1970`;
  return new Date(seconds * 1000).toISOString().replace(/\.000Z$/, "Z");
}
