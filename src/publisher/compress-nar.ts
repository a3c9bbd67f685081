import { constants } from "node:zlib";
import { compressFrame } from "../encoding/zstd-compress.js";

/** The highest level whose window is within the 8 MiB that readers accept (zstd's `clevels.h`). */
const MAX_LEVEL = 19;

/**
 * What the NAR file's bytes depend on besides the NAR; uploads of one format may stand for each other.
 * @param level of zstd, 1 to 19
 * @throws RangeError where it is none
 */
export function formatOfLevel(level: number): string {
  if (!Number.isInteger(level) || level < 1 || level > MAX_LEVEL)
    throw new RangeError(`zstd level ${level} is not within 1 to ${MAX_LEVEL}`);
  return `zstd-${level}`;
}

/**
 * Compresses a NAR as it streams by, to one zstd frame without a checksum: the record's hashes do more.
 * @param size bytes of `nar`; the frame states it
 * @param level of zstd, 1 to 19
 * @throws what `nar` throws, as it is; the frame then has no end
 */
export function compressNar(
  nar: AsyncIterable<Uint8Array>,
  size: number,
  level: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 0 };
  return compressFrame(nar, { params, size });
}
