import { stripVTControlCharacters } from "node:util";

/**
 * A plain table without lines: readable by people and by `awk`. In time that goes by its rows: a batch may have a hundred
 * thousand of them.
 * @param right columns that end on the right, from 0
 */
export function formatTable(head: string[], rows: (string | number)[][], right: number[] = []): string {
  const lines = [head, ...rows].map((cells) => cells.map(String));
  const widths = head.map((_, i) => lines.reduce((widest, cells) => Math.max(widest, widthOf(cells[i]!)), 0));
  const pad = (cell: string, i: number) => {
    const blank = " ".repeat(widths[i]! - widthOf(cell));
    return right.includes(i) ? blank + cell : cell + blank;
  };
  return lines.map((cells) => cells.map(pad).join("  ").trimEnd()).join("\n");
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
