import { constants, createZstdDecompress, zstdCompressSync } from "node:zlib";
import { pipeline, Readable } from "node:stream";
import { CatnixError } from "../errors/catnix-error.js";
import { MAX_RECORD_SIZE } from "./record.js";

const END_OF_RECORD = "\n\n";
const WINDOW_LOG_MAX = 23; // 8 MiB

/**
 * zstd of records in row order, each followed by one empty line. For bulk reading only: nobody has to make the same
 * bytes, and every record that comes out of a pack is hashed by its reader.
 */
export function encodePack(records: readonly string[]): Uint8Array {
  return zstdCompressSync(records.map((record) => `${record}\n`).join(""), {
    params: { [constants.ZSTD_c_compressionLevel]: 9 },
  });
}

/**
 * Reads a pack as a stream, in bounded memory.
 * @param count how many records the batch has; more or fewer are refused
 * @returns the canonical bytes of each record
 * @throws CatnixError CAT_PACK_INVALID, and what reading `source` throws
 */
export async function* decodePack(source: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  const invalid = (reason: string, cause?: unknown) => new CatnixError("CAT_PACK_INVALID", { reason }, { cause });
  const decoder = createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX } });
  // A fault of the source destroys the decoder with it; the loop below sees it.
  const text = pipeline(Readable.from(source, { objectMode: false }), decoder, () => undefined);
  let rest = Buffer.alloc(0);
  let records = 0;
  try {
    for await (const part of text as AsyncIterable<Buffer>) {
      rest = Buffer.concat([rest, part]);
      for (let end = rest.indexOf(END_OF_RECORD); end >= 0; end = rest.indexOf(END_OF_RECORD)) {
        if (++records > count) throw invalid(`it holds more than ${count} records`);
        yield rest.subarray(0, end + 1);
        rest = rest.subarray(end + END_OF_RECORD.length);
      }
      if (rest.length > MAX_RECORD_SIZE + 1) throw invalid("a record is too large");
    }
  } catch (error) {
    throw isZlibError(error) ? invalid(error.message, error) : error;
  } finally {
    decoder.destroy();
  }
  if (rest.length > 0) throw invalid("its last record has no end");
  if (records !== count) throw invalid(`it holds ${records} records, not ${count}`);
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && /^(Z_|ZSTD_|ERR_ZSTD)/.test(String(error.code));
}
