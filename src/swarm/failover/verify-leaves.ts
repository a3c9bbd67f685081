import { chunkAddress, leafAddresses, MAX_LEAVES } from "../../bmt/chunk.js";
import { CHUNK_SIZE, SEGMENT_SIZE } from "../../bmt/constants.js";
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
  let [waited, isWhole] = [0, false];
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
      isWhole = end;
      if (end) return;
      if (waited > leafMs) throw new CatnixError("SWARM_TIMEOUT", { url, milliseconds: leafMs });
      rest = bytes.slice(good);
    }
  } finally {
    if (isWhole) endQuietly(pieces);
    else await pieces.return?.();
  }
}

/** A body that ends where it should leaves its connection to the next request; one that goes on loses it. Nobody waits for either. */
function endQuietly(pieces: AsyncIterator<Uint8Array>): void {
  pieces.next().then(
    async ({ done }) => (done ? undefined : await pieces.return?.()),
    () => undefined,
  );
}

/** How many of the bytes are whole leaves with their right addresses, whether those were the last, and what is wrong after them. */
async function checkLeaves(
  bytes: Uint8Array,
  leaves: LeafCursor,
): Promise<{ good: number; end: boolean; mismatch?: CatnixError }> {
  let good = 0;
  while ((await leaves.current()) !== undefined) {
    const batch = batchWithin(bytes.length - good, leaves.upcoming(MAX_LEAVES));
    if (batch.length === 0) return { good, end: false };
    const addresses = addressesOf(batch, bytes.subarray(good));
    for (const [at, { address, span }] of batch.entries()) {
      const actual = addresses.subarray(at * SEGMENT_SIZE, (at + 1) * SEGMENT_SIZE);
      if (!equalBytes(actual, address)) {
        const details = { address: toHex(address), actual: toHex(actual) };
        return { good, end: false, mismatch: new CatnixError("SWARM_MISMATCH", details) };
      }
      good += span;
      leaves.advance();
    }
  }
  return { good, end: true };
}

/** The leaves that so many bytes hold: full ones together, which hashes faster, the last one by itself. */
function batchWithin(length: number, leaves: readonly Leaf[]): readonly Leaf[] {
  const full = leaves.findIndex(({ span }, at) => span < CHUNK_SIZE || length < (at + 1) * CHUNK_SIZE);
  if (full === 0) return leaves.slice(0, length < leaves[0]!.span ? 0 : 1);
  return full < 0 ? leaves : leaves.slice(0, full);
}

function addressesOf(leaves: readonly Leaf[], bytes: Uint8Array): Uint8Array {
  const [{ span } = { span: 0 }] = leaves;
  if (span < CHUNK_SIZE) return chunkAddress(span, bytes.subarray(0, span));
  return leafAddresses(bytes.subarray(0, leaves.length * CHUNK_SIZE));
}

async function shortOf(leaves: LeafCursor, received: number): Promise<CatnixError> {
  const leaf = await leaves.current();
  if (leaf === undefined) throw new TypeError("a source was read after the last leaf");
  return new CatnixError("SWARM_TRUNCATED", { address: toHex(leaf.address), expected: leaf.span, received });
}
