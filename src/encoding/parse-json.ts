/** A string, and the colon behind it where it is a key. */
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g;

/**
 * Parses JSON in which no object has a key twice: `JSON.parse` takes the last one, other programs the first, and a person reads both.
 * @throws SyntaxError
 */
export function parseJsonStrictly(text: string): unknown {
  const value: unknown = JSON.parse(text);
  let written = 0;
  for (const [, colon] of text.matchAll(STRING)) if (colon !== undefined) written++;
  if (written !== countKeys(value)) throw new SyntaxError("an object has a key twice");
  return value;
}

/** Without recursion: nesting is as deep as whoever wrote it likes. */
function countKeys(value: unknown): number {
  const left = [value];
  let keys = 0;
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next !== "object" || next === null) continue;
    const values: unknown[] = Object.values(next);
    if (!Array.isArray(next)) keys += values.length;
    for (const each of values) left.push(each);
  }
  return keys;
}
