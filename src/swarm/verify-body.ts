import { CHUNK_SIZE } from "../bmt/constants.js";
import { FileHasher } from "../bmt/file-hasher.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";

/**
 * Passes a file's bytes on while hashing them, the last ones (up to 4,096) only once the address matches.
 * @param size bytes that the file is said to have
 * @throws CatnixError `SWARM_TRUNCATED` where the source ends early or its connection breaks; `SWARM_MISMATCH` where the
 * bytes are of another address, or more than `size`
 */
export async function* verifyBody(
  address: string,
  size: number,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  const hasher = new FileHasher();
  const held = new Uint8Array(Math.min(size, CHUNK_SIZE));
  const free = size - held.length;
  let received = 0;
  try {
    for await (const piece of source) {
      const start = received;
      received += piece.length;
      if (received > size) throw new CatnixError("SWARM_MISMATCH", { address, actual: `more than ${size} bytes` });
      hasher.update(piece);
      if (start < free) yield piece.subarray(0, free - start);
      if (received > free) held.set(piece.subarray(Math.max(0, free - start)), Math.max(0, start - free));
    }
  } catch (error) {
    if (!isCatnixError(error, "SWARM_UNREACHABLE")) throw error;
    throw new CatnixError("SWARM_TRUNCATED", { address, expected: size, received }, { cause: error });
  }
  if (received < size) throw new CatnixError("SWARM_TRUNCATED", { address, expected: size, received });
  const actual = toHex(hasher.digest().address);
  if (actual !== address) throw new CatnixError("SWARM_MISMATCH", { address, actual });
  if (held.length > 0) yield held;
}
