import { constants } from "node:zlib";
import { compressFrame } from "../encoding/zstd-compress.js";
import { decompressFrame, ZstdError } from "../encoding/zstd-decompress.js";
import { CatnixError } from "../errors/catnix-error.js";
import { MAX_RECORD_SIZE } from "./record.js";

const END_OF_RECORD = "\n\n";
const COMPRESSION_LEVEL = 9; // its window is 4 MiB at most
/** Characters handed to the encoder at a time. */
const PIECE = 1 << 16;

/**
 * One zstd frame of records in row order, each followed by one empty line. For bulk reading only: nobody has to make the
 * same bytes, and every record that comes out of a pack is hashed by its reader. Holds no more of the records than
 * a piece.
 * @param records canonical texts, taken one by one as there is room
 */
export function encodePack(records: Iterable<string>): AsyncGenerator<Uint8Array, void, undefined> {
  return compressFrame(gatherTexts(records), { params: { [constants.ZSTD_c_compressionLevel]: COMPRESSION_LEVEL } });
}

function* gatherTexts(records: Iterable<string>): Generator<Uint8Array> {
  let texts: string[] = [];
  let length = 0;
  for (const record of records) {
    texts.push(record, "\n");
    if ((length += record.length) < PIECE) continue;
    yield Buffer.from(texts.join(""));
    [texts, length] = [[], 0];
  }
  yield Buffer.from(texts.join(""));
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
