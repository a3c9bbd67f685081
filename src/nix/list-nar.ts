import { ListingEncoder } from "./listing-encoder.js";
import { NarParser } from "./nar-parser.js";

/** A NAR that is parsed and listed as it is read; it can be read once. */
export interface ListedNar extends AsyncIterable<Uint8Array> {
  /**
   * Whether what was handed out is the NAR's listing: some NARs have none ({@link ListingEncoder.end}).
   * @throws TypeError where the NAR has not been read to its end
   */
  hasListing(): boolean;
}

/**
 * Passes a NAR through unchanged, refusing it where it breaks a rule of the format, and writes its listing on the way.
 * @param onBytes takes the listing piece by piece
 * @throws CatnixError NAR_…, while it is read
 */
export function listNar(source: AsyncIterable<Uint8Array>, onBytes: (bytes: Uint8Array) => void): ListedNar {
  let hasListing: boolean | undefined;
  async function* passThrough(): AsyncGenerator<Uint8Array, void, undefined> {
    const parser = new NarParser();
    const encoder = new ListingEncoder(onBytes);
    for await (const piece of source) {
      for (const event of parser.push(piece)) encoder.add(event);
      yield piece;
    }
    parser.end();
    hasListing = encoder.end();
  }
  const stream = passThrough();
  return {
    [Symbol.asyncIterator]: () => stream,
    hasListing() {
      if (hasListing === undefined) throw new TypeError("the NAR has not been read to its end");
      return hasListing;
    },
  };
}
