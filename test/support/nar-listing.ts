import { ListingEncoder } from "../../src/nix/listing-encoder.js";
import { NarParser } from "../../src/nix/nar-parser.js";

/** The listing of a NAR; undefined where it has none. */
export function listingOf(nar: Uint8Array, maxSize?: number): Buffer | undefined {
  const pieces: Uint8Array[] = [];
  const encoder = new ListingEncoder((bytes) => void pieces.push(bytes), maxSize);
  const parser = new NarParser();
  for (const event of parser.push(nar)) encoder.add(event);
  parser.end();
  return encoder.end() ? Buffer.concat(pieces) : undefined;
}
