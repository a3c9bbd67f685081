/** Characters of one foreign text that a message shows: enough for a path or a reason, whatever a node sends. */
const MAX_TEXT = 4096;

/** Steers a terminal, turns the reading direction, or ends a line. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Text of others, such as a guardian's reason, what a node says or a file's name, so that it can be shown: on one line, nothing in
 * it that steers a terminal or turns the reading direction, and of bounded length.
 */
export function printable(text: string): string {
  const shown = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length} characters)` : text;
  return shown.replace(UNPRINTABLE, (character) => {
    return `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
}

/**
 * JSON on one line that a terminal may show: `JSON.stringify` leaves U+009B, which begins a sequence as ESC [ does, and what turns the
 * reading direction as they are. It means the same.
 */
export function printableJson(value: object): string {
  return JSON.stringify(value).replace(UNPRINTABLE, (character) =>
    character
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

/** As {@link printable}, for every text in an error's details. */
export function printableDetails(details: unknown): unknown {
  if (typeof details === "string") return printable(details);
  if (Array.isArray(details)) return details.map(printableDetails);
  if (typeof details !== "object" || details === null) return details;
  return Object.fromEntries(Object.entries(details).map(([key, value]) => [key, printableDetails(value)]));
}
