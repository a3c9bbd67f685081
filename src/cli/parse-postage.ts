import { InvalidArgumentError } from "commander";
import { isHex } from "../encoding/hex.js";
import { parseXdai } from "../swarm/postage/bzz.js";
import { MAX_DEPTH, MIN_DEPTH } from "../swarm/postage/plan-stamp.js";

const UNITS: Record<string, number> = {
  ...{ "": 1, b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12, pb: 1e15 },
  ...{ kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40, pib: 2 ** 50 },
};

/** Bytes: `50GB`, `1.5 TiB`, `4096`. */
export function parseSize(text: string): number {
  const match = /^([0-9]{1,15}(?:\.[0-9]{1,6})?) ?([a-z]*)$/i.exec(text.trim());
  const unit = UNITS[match?.[2]?.toLowerCase() ?? "none"];
  const bytes = match === null || unit === undefined ? NaN : Math.ceil(Number(match[1]) * unit);
  if (!Number.isSafeInteger(bytes) || bytes === 0) throw new InvalidArgumentError("a size such as 50GB or 1.5TiB");
  return bytes;
}

/** A length of time: years, or days. */
export function parseLength(text: string): number {
  const length = /^[0-9]{1,4}(\.[0-9]{1,6})?$/.test(text) ? Number(text) : 0;
  if (length === 0) throw new InvalidArgumentError("a number above 0, such as 1 or 0.5");
  return length;
}

/** PLUR. */
export function parsePlur(text: string): bigint {
  if (!/^[1-9][0-9]{0,29}$/.test(text)) throw new InvalidArgumentError("a whole number of PLUR, from 1");
  return BigInt(text);
}

export function parseDepth(text: string): number {
  const depth = /^[0-9]{2}$/.test(text) ? Number(text) : 0;
  if (depth < MIN_DEPTH || depth > MAX_DEPTH) throw new InvalidArgumentError(`a depth: ${MIN_DEPTH} to ${MAX_DEPTH}`);
  return depth;
}

/** 64 hexadecimal digits, `0x` before them or not. */
export function parseBatchId(text: string): string {
  const batch = text.toLowerCase().replace(/^0x/, "");
  if (!isHex(batch, 32)) throw new InvalidArgumentError("a postage batch: 64 hexadecimal digits");
  return batch;
}

/** Wei of xDAI for one xBZZ. */
export function parseBzzPrice(text: string): bigint {
  const wei = parseXdai(text);
  if (wei === undefined || wei === 0n) throw new InvalidArgumentError("a price in xDAI, such as 0.12");
  return wei;
}

export function parsePart(text: string): number {
  const part = /^[0-9]{1,3}(\.[0-9]{1,6})?%?$/.test(text)
    ? Number.parseFloat(text) / (text.endsWith("%") ? 100 : 1)
    : 2;
  if (part > 1) throw new InvalidArgumentError("a part, such as 0.8 or 80%");
  return part;
}

export function parseLabel(text: string): string {
  if (text.length > 255 || /\p{Cc}/u.test(text)) throw new InvalidArgumentError("up to 255 characters");
  return text;
}
