import { chunkAddress } from "../../bmt/chunk.js";
import type { Leaf } from "../../bmt/list-leaves.js";
import { concatBytes, equalBytes } from "../../encoding/bytes.js";
import { toHex } from "../../encoding/hex.js";
import { CatnixError } from "../../errors/catnix-error.js";
import type { LeafCursor } from "./leaf-cursor.js";

export interface VerifyOptions {
  /** Where the bytes come from, for messages. */
  readonly url: string;
  /** How long one leaf may take to arrive, in milliseconds: who drips is as good as silent. */
  readonly leafMs: number;
}

/**
 * Passes bytes on as soon as the leaf that they belong to is complete and has its address: nothing that is wrong ever comes out,
 * and `leaves` stands where the good bytes end. More bytes than there are leaves are not looked at.
 * @param source the bytes from the current leaf on, from anybody
 * @throws CatnixError `SWARM_MISMATCH`; `SWARM_TRUNCATED` where the source ends early; `SWARM_TIMEOUT` where it drips; what
 * `source` and `leaves` throw
 */
export async function* verifyLeaves(
  source: AsyncIterable<Uint8Array>,
  leaves: LeafCursor,
  { url, leafMs }: VerifyOptions,
): AsyncGenerator<Uint8Array, void> {
  const pieces = source[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  let waited = 0;
  try {
    for (;;) {
      const asked = performance.now();
      const read = await pieces.next();
      waited += performance.now() - asked;
      if (read.done) throw await shortOf(leaves, rest.length);
      const bytes = rest.length === 0 ? read.value : concatBytes(rest, read.value);
      const { good, end, mismatch } = await checkLeaves(bytes, leaves);
      if (good > 0) {
        yield bytes.subarray(0, good);
        waited = 0;
      }
      if (mismatch !== undefined) throw mismatch;
      if (end) return;
      if (waited > leafMs) throw new CatnixError("SWARM_TIMEOUT", { url, milliseconds: leafMs });
      rest = bytes.slice(good);
    }
  } finally {
    await pieces.return?.();
  }
}

/** How many of the bytes are whole leaves with their right addresses, whether those were the last, and what is wrong after them. */
async function checkLeaves(
  bytes: Uint8Array,
  leaves: LeafCursor,
): Promise<{ good: number; end: boolean; mismatch?: CatnixError }> {
  let good = 0;
  for (let leaf = await leaves.current(); ; leaf = await leaves.current()) {
    if (leaf === undefined) return { good, end: true };
    if (bytes.length - good < leaf.span) return { good, end: false };
    const mismatch = mismatchOf(leaf, bytes.subarray(good, good + leaf.span));
    if (mismatch !== undefined) return { good, end: false, mismatch };
    good += leaf.span;
    leaves.advance();
  }
}

function mismatchOf({ address, span }: Leaf, bytes: Uint8Array): CatnixError | undefined {
  const actual = chunkAddress(span, bytes);
  if (equalBytes(actual, address)) return undefined;
  return new CatnixError("SWARM_MISMATCH", { address: toHex(address), actual: toHex(actual) });
}

async function shortOf(leaves: LeafCursor, received: number): Promise<CatnixError> {
  const leaf = await leaves.current();
  if (leaf === undefined) throw new TypeError("a source was read after the last leaf");
  return new CatnixError("SWARM_TRUNCATED", { address: toHex(leaf.address), expected: leaf.span, received });
}
