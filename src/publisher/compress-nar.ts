import { STABLE_ZSTD } from "../nar-file/constants.js";
import { encodeNarFile } from "../nar-file/encode-nar-file.js";
import { parseBaseName } from "../nix/store-path.js";
import type { PathInfo } from "../nixdb/path-info.js";

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
  return `${STABLE_ZSTD}-${level}`;
}

/**
 * Compresses the NAR of a store path as it streams by, so that it shares chunks with builds that differ in hashes only.
 * @param level of zstd, 1 to 19
 * @throws what `nar` throws, as it is; the file then has no end
 */
export function compressNar(
  nar: AsyncIterable<Uint8Array>,
  info: Pick<PathInfo, "storePath" | "references">,
  level: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  return encodeNarFile(nar, { references: hashPartsOf(info), level });
}

/** The hash parts that a NAR may mention: its own path's and its references'. */
export function hashPartsOf({ storePath, references }: Pick<PathInfo, "storePath" | "references">): string[] {
  return [storePath, ...references].map((path) => parseBaseName(path.slice(path.lastIndexOf("/") + 1)).hashPart);
}
