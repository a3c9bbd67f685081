import { CatnixError } from "../errors/catnix-error.js";

/**
 * Where an answer to a range request begins: 0 where the node, or a proxy before it, ignored the range and sends the whole file.
 * @throws CatnixError `SWARM_ANSWER_INVALID` where it says nonsense
 */
export function startOf(headers: Pick<Headers, "get">, url: string): number {
  const text = headers.get("content-range");
  if (text === null) return 0;
  const start = /^bytes (\d{1,15})-/.exec(text)?.[1];
  if (start !== undefined) return Number(start);
  throw new CatnixError("SWARM_ANSWER_INVALID", { url, reason: `content-range ${JSON.stringify(text.slice(0, 80))}` });
}

/** A stream without its first `count` bytes. */
export async function* dropBytes(source: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array, void> {
  let left = count;
  for await (const piece of source) {
    if (left < piece.length) yield piece.subarray(left);
    left = Math.max(0, left - piece.length);
  }
}
