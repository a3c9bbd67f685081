import { NarParser } from "./nar-parser.js";

/**
 * Passes a NAR through unchanged, refusing it where it breaks a rule of the format ({@link NarParser}): each piece is
 * parsed before it is handed on. The source is read no faster than the pieces are taken, and closed where the reader stops
 * early; an error in it passes through.
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
