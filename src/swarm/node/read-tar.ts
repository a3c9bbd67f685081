import { posix } from "node:path";
import { drain } from "../../encoding/drain.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { readWhole } from "../read-whole.js";

/** A regular file of an archive. Its body must be read before the next file is asked for; what is left of it is skipped. */
export interface TarFile {
  readonly path: string;
  readonly body: AsyncIterable<Uint8Array>;
}

const BLOCK = 512;
/** Type flags: a regular file in its two spellings, and what may come between files and is passed over, as a Bee does. */
const [REGULAR, SKIPPED] = ["0\0", "1234567"];

/**
 * Reads a tar archive as it comes: POSIX ustar, regular files with names of up to 255 bytes. Other entries are passed over;
 * extensions of pax and GNU, which could give a file another name than its header says, are refused.
 * @throws CatnixError `SITE_UPLOAD_INVALID`; whatever `source` throws
 */
export async function* readTar(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<TarFile, void> {
  const reader = new BlockReader(source);
  for (;;) {
    const header = await reader.read(BLOCK);
    // Two blocks of zeros end an archive; one is enough, as for every tar. What follows is read, so that the upload ends.
    if (header.every((byte) => byte === 0)) {
      await reader.skipRest();
      return;
    }
    const { path, size, type } = parseHeader(header);
    const body = reader.take(size);
    if (path !== "." && REGULAR.includes(type)) yield { path, body };
    else if (!SKIPPED.includes(type)) throw invalid(`an entry of type ${JSON.stringify(type)}`);
    await drain(body);
    await reader.read((BLOCK - (size % BLOCK)) % BLOCK);
  }
}

function parseHeader(header: Uint8Array): { path: string; size: number; type: string } {
  const text = (from: number, length: number) => {
    const field = header.subarray(from, from + length);
    const end = field.indexOf(0);
    return Buffer.from(end < 0 ? field : field.subarray(0, end)).toString("utf8");
  };
  const octal = (from: number, length: number) => {
    const digits = text(from, length).trim();
    if (!/^[0-7]{1,11}$/.test(digits)) throw invalid(`a header with the number ${JSON.stringify(digits)}`);
    return parseInt(digits, 8);
  };
  if (text(257, 5) !== "ustar") throw invalid("a header without the mark of ustar");
  // The sum counts its own field as eight spaces.
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (octal(148, 8) !== sum) throw invalid("a header whose sum is wrong");
  const prefix = header[262] === 0 ? text(345, 155) : ""; // GNU's own headers have something else there
  const name = text(0, 100);
  const path = posix.normalize(prefix === "" ? name : `${prefix}/${name}`).replace(/\/$/, "");
  if (path.startsWith("/") || path === ".." || path.startsWith("../") || path.includes("\ufffd"))
    throw invalid(`the name ${JSON.stringify(path)}`);
  return { path, size: octal(124, 12), type: String.fromCharCode(header[156]!) };
}

function invalid(reason: string): CatnixError {
  return new CatnixError("SITE_UPLOAD_INVALID", { reason });
}

/** A stream read by numbers of bytes. */
class BlockReader {
  readonly #pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #left: Uint8Array = new Uint8Array(0);

  constructor(source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) {
    this.#pieces = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  /** Exactly `size` bytes, which must be few. */
  read(size: number): Promise<Uint8Array> {
    return readWhole(this.take(size), size);
  }

  /** The next `size` bytes as they come; whoever leaves early can go on later. */
  take(size: number): AsyncIterable<Uint8Array> {
    let wanted = size;
    const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
      if (wanted === 0) return { done: true, value: undefined };
      while (this.#left.length === 0) {
        const piece = await this.#pieces.next();
        if (piece.done) throw invalid("it breaks off");
        this.#left = piece.value;
      }
      const value = this.#left.subarray(0, wanted);
      this.#left = this.#left.subarray(value.length);
      wanted -= value.length;
      return { done: false, value };
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }

  async skipRest(): Promise<void> {
    this.#left = new Uint8Array(0);
    while (!(await this.#pieces.next()).done);
  }
}
