import { CatnixError } from "../errors/catnix-error.js";

/**
 * Bytes as JSON-RPC writes them: `0x` and two digits a byte, in either case.
 * @param name of the field, for people
 * @param size bytes that it has to have
 * @returns in lower case
 * @throws CatnixError BLOCK_HEADER_INVALID
 */
export function parseData(name: string, value: unknown, size: number): string {
  const text = parseBytes(name, value, size);
  if (text.length !== 2 + 2 * size) throw invalid(name, `not ${size} bytes`);
  return text;
}

/** The same with up to `maxSize` bytes. */
export function parseBytes(name: string, value: unknown, maxSize: number): string {
  if (typeof value !== "string" || value.length > 2 + 2 * maxSize || !/^0x(?:[0-9a-f]{2})*$/i.test(value))
    throw invalid(name, `not 0x and up to ${maxSize} bytes`);
  return value.toLowerCase();
}

/**
 * A number as JSON-RPC writes it: `0x` and its digits, without zeros before them.
 * @param bits that it has at most
 * @throws CatnixError BLOCK_HEADER_INVALID
 */
export function parseQuantity(name: string, value: unknown, bits: number): bigint {
  if (typeof value !== "string" || value.length > 2 + bits / 4 || !/^0x(?:0|[1-9a-f][0-9a-f]*)$/i.test(value))
    throw invalid(name, `not a number of ${bits} bits`);
  return BigInt(value);
}

function invalid(name: string, reason: string): CatnixError {
  return new CatnixError("BLOCK_HEADER_INVALID", { reason: `its ${name} is ${reason}` });
}
