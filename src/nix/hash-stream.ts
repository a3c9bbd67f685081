import { createHash } from "node:crypto";
import { equalBytes } from "../encoding/bytes.js";
import { drain } from "../encoding/drain.js";
import { CatnixError } from "../errors/catnix-error.js";
import { formatNixSha256 } from "./nix-hash.js";

/** What a stream was: its SHA-256 (32 bytes) and its length in bytes. */
export interface StreamHash {
  readonly sha256: Uint8Array;
  readonly size: number;
}

/** A stream that is hashed as it is read; it can be read once. */
export interface HashedStream extends AsyncIterable<Uint8Array> {
  /**
   * What has passed through.
   * @throws TypeError where the stream has not been read to its end
   */
  result(): StreamHash;
}

/** Passes `source` through unchanged and hashes it on the way. */
export function hashStream(source: AsyncIterable<Uint8Array>): HashedStream {
  let result: StreamHash | undefined;
  async function* passThrough(): AsyncGenerator<Uint8Array, void, undefined> {
    const hash = createHash("sha256");
    let size = 0;
    for await (const chunk of source) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
    result = { sha256: new Uint8Array(hash.digest()), size };
  }
  const stream = passThrough();
  return {
    [Symbol.asyncIterator]: () => stream,
    result() {
      if (result === undefined) throw new TypeError("the stream has not been read to its end");
      return result;
    },
  };
}

/** Reads `source` to its end for its hash and size alone: a NAR's are its `NarHash` and `NarSize`. */
export async function hashNar(source: AsyncIterable<Uint8Array>): Promise<StreamHash> {
  const stream = hashStream(source);
  await drain(stream);
  return stream.result();
}

/**
 * Passes a NAR through and ends with an error where it is not the one wanted; at the first byte too many, and otherwise
 * after the last: until the stream has ended well, nothing of it is to be trusted.
 * @throws CatnixError NAR_HASH_MISMATCH
 */
export async function* checkNarHash(
  source: AsyncIterable<Uint8Array>,
  wanted: { readonly narHash: Uint8Array; readonly narSize: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  const stream = hashStream(source);
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > wanted.narSize) throw mismatch(`${wanted.narSize} bytes`, "more");
    yield chunk;
  }
  if (size !== wanted.narSize) throw mismatch(`${wanted.narSize} bytes`, `${size}`);
  const { sha256 } = stream.result();
  if (!equalBytes(sha256, wanted.narHash)) throw mismatch(formatNixSha256(wanted.narHash), formatNixSha256(sha256));
}

function mismatch(wanted: string, got: string): CatnixError {
  return new CatnixError("NAR_HASH_MISMATCH", { wanted, got });
}
