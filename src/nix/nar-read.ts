import { NarParser, type NarEvent } from "./nar-parser.js";

/**
 * Parses a NAR as it streams in; see {@link NarParser} for the rules. The source is read no faster than the events are
 * taken, and closed where the reader stops early. An error in the source passes through.
 * @throws CatnixError NAR_…
 */
export async function* readNar(source: AsyncIterable<Uint8Array>): AsyncGenerator<NarEvent, void, undefined> {
  const parser = new NarParser();
  for await (const chunk of source) yield* parser.push(chunk);
  parser.end();
}

/**
 * Passes a NAR through unchanged, refusing it where it breaks a rule of the format: each piece is parsed before it is
 * handed on.
 * @throws CatnixError NAR_…
 */
export async function* checkNar(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const parser = new NarParser();
  for await (const chunk of source) {
    parser.push(chunk);
    yield chunk;
  }
  parser.end();
}
