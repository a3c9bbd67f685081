import { constants, zstdCompressSync } from "node:zlib";
import { decompressFrame, ZstdError } from "../encoding/zstd-decompress.js";
import { CatnixError } from "../errors/catnix-error.js";
import { MAX_RECORD_SIZE } from "./record.js";

const END_OF_RECORD = "\n\n";
const COMPRESSION_LEVEL = 9; // its window is 4 MiB at most

/**
 * One zstd frame of records in row order, each followed by one empty line. For bulk reading only: nobody has to make the
 * same bytes, and every record that comes out of a pack is hashed by its reader.
 * @param records canonical texts, together below 512 MiB (V8's longest string)
 */
export function encodePack(records: readonly string[]): Uint8Array {
  return zstdCompressSync(records.map((record) => `${record}\n`).join(""), {
    params: { [constants.ZSTD_c_compressionLevel]: COMPRESSION_LEVEL },
  });
}

/**
 * Reads a pack as a stream: holds one record of at most 1 MiB, and the decoder's window of at most 8 MiB. Whoever stops
 * early closes `source`.
 * @param count how many records the batch has; more or fewer are refused
 * @returns the bytes of each record; no more is checked than where it ends
 * @throws CatnixError CAT_PACK_INVALID, and what reading `source` throws
 */
export async function* decodePack(source: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let rest = Buffer.alloc(0);
  let records = 0;
  try {
    for await (const part of decompressFrame(source)) {
      const searched = Math.max(0, rest.length - 1); // the end of a record may lie across two parts
      rest = Buffer.concat([rest, part]);
      for (let end = rest.indexOf(END_OF_RECORD, searched); end >= 0; end = rest.indexOf(END_OF_RECORD)) {
        if (end + 1 > MAX_RECORD_SIZE) throw invalid("a record is too large");
        if (++records > count) throw invalid(`it holds more than ${count} records`);
        yield rest.subarray(0, end + 1);
        rest = rest.subarray(end + END_OF_RECORD.length);
      }
      if (rest.length > MAX_RECORD_SIZE) throw invalid("a record is too large");
    }
  } catch (error) {
    throw error instanceof ZstdError ? invalid(error.message, error) : error;
  }
  if (rest.length > 0) throw invalid("its last record has no end");
  if (records !== count) throw invalid(`it holds ${records} records, not ${count}`);
}

function invalid(reason: string, cause?: unknown): CatnixError {
  return new CatnixError("CAT_PACK_INVALID", { reason }, { cause });
}
