import { countChunks } from "../bmt/count-chunks.js";
import { ROW_SIZE } from "../cat/row.js";
import type { PathInfo } from "../nixdb/path-info.js";

/** Bytes of a record besides its references and signatures, at most; and of one of those. */
const [RECORD_BYTES, REFERENCE_BYTES, SIGNATURE_BYTES] = [1200, 256, 256];
/** Chunks of the CAT from its root to a row, at most (docs/spec.md, CAT: depth 32). */
const CAT_CHUNKS_PER_ROW = 6;

/**
 * Chunks that a path's upload has at most, from sizes alone: zstd makes what it cannot compress a little larger (`ZSTD_COMPRESSBOUND`), and
 * each piece of 256 KiB or more has up to 4,119 bytes of padding and seek table, 1/50 in all. An entry of a listing is no more than a third of
 * what a NAR has for it; where a file has regions instead, their blocks' headers take no more than that, two sevenths. Beyond it are only
 * names that are long and many, and full of hash parts or control characters.
 */
function boundPath(info: PathInfo): number {
  const { narSize } = info;
  const file = narSize + Math.ceil(narSize / 50) + 512;
  return countChunks(file) + countChunks(Math.ceil(narSize / 3)) + countChunks(boundRecord(info));
}

function boundRecord({ references, sigs }: PathInfo): number {
  return RECORD_BYTES + references.length * REFERENCE_BYTES + sigs.length * SIGNATURE_BYTES;
}

/** Chunks that an upload of the paths and of the batch that lists them has at most, from sizes alone. */
export function boundUpload(paths: readonly PathInfo[]): number {
  const records = paths.reduce((sum, info) => sum + boundRecord(info), 0);
  return paths.reduce((sum, info) => sum + boundPath(info), boundBatch(paths.length, records));
}

/**
 * Chunks that a batch of so many rows has at most, besides records and NARs: delta, pack, and what is new in the CAT; but
 * for the rare batch that makes the CAT deeper, which writes all of its buckets anew.
 * @param recordBytes bytes of its records' texts
 */
export function boundBatch(rows: number, recordBytes: number): number {
  if (rows === 0) return 0;
  return countChunks(rows * ROW_SIZE) + countChunks(recordBytes) + CAT_CHUNKS_PER_ROW * rows;
}
