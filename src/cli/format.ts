import Table from "cli-table3";

/** A plain table without lines: readable by people and by `awk`. */
export function formatTable(head: string[], rows: (string | number)[][], right: number[] = []): string {
  const blank = ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"];
  const inner = ["left", "left-mid", "mid", "mid-mid", "right", "right-mid"];
  const table = new Table({
    head,
    chars: { ...Object.fromEntries([...blank, ...inner].map((name) => [name, ""])), middle: "  " },
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 0 },
    colAligns: head.map((_, i) => (right.includes(i) ? "right" : "left")),
  });
  table.push(...rows);
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
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
