import { SKIPPABLE_HEADER_SIZE, SKIPPABLE_MAGIC } from "../encoding/zstd-frames.js";
import { CatnixError } from "../errors/catnix-error.js";

/**
 * A file's table of its frames in zstd's seekable format (contrib/seekable_format of zstd, without checksums): a skippable frame
 * that ends the file, with eight bytes for each frame before it, and a footer of nine.
 */
export const SEEK_TABLE_VARIANT = 0xe;
export const FOOTER_SIZE = 9;
export const ENTRY_SIZE = 8;
const SEEKABLE_MAGIC = 0x8f92eab1;

/** Of a NAR of 2 TiB in pieces of 1 MiB, with as much padding: 32 MiB. */
const MAX_ENTRIES = 1 << 22;

/** One frame of a file; a skippable one has no content. */
export interface SeekEntry {
  /** Bytes in the file, headers included. */
  readonly size: number;
  /** Bytes decompressed. */
  readonly contentSize: number;
}

/** Two numbers of four bytes, little endian. */
export function encodeSeekEntry({ size, contentSize }: SeekEntry): Uint8Array {
  const entry = new Uint8Array(ENTRY_SIZE);
  const view = new DataView(entry.buffer);
  view.setUint32(0, size, true);
  view.setUint32(4, contentSize, true);
  return entry;
}

/** The whole skippable frame. @param entries of all frames before it, each number below 2^32 */
export function encodeSeekTable(entries: readonly SeekEntry[]): Uint8Array {
  const size = ENTRY_SIZE * entries.length + FOOTER_SIZE;
  const table = Buffer.alloc(SKIPPABLE_HEADER_SIZE + size);
  table.writeUInt32LE(SKIPPABLE_MAGIC + SEEK_TABLE_VARIANT);
  table.writeUInt32LE(size, 4);
  entries.forEach((entry, at) => table.set(encodeSeekEntry(entry), SKIPPABLE_HEADER_SIZE + ENTRY_SIZE * at));
  table.writeUInt32LE(entries.length, table.length - FOOTER_SIZE);
  table.writeUInt32LE(SEEKABLE_MAGIC, table.length - 4);
  return table;
}

/** Whether a file that ends with these bytes claims to have a seek table. @param end its last nine bytes, or all that it has */
export function endsWithSeekTable(end: Uint8Array): boolean {
  return end.length === FOOTER_SIZE && viewOf(end).getUint32(5, true) === SEEKABLE_MAGIC;
}

/**
 * Where the table of a file is, from its footer.
 * @param footer the file's last nine bytes, which {@link endsWithSeekTable}
 * @param fileSize bytes of the file
 * @returns start of the skippable frame, and how many entries it has
 * @throws CatnixError NAR_SEEK_TABLE_INVALID
 */
export function locateSeekTable(footer: Uint8Array, fileSize: number): { start: number; count: number } {
  const count = viewOf(footer).getUint32(0, true);
  if (footer[4] !== 0) throw invalidTable("it has checksums, or a flag that is not known");
  if (count > MAX_ENTRIES) throw invalidTable(`${count} entries are more than ${MAX_ENTRIES}`);
  const start = fileSize - FOOTER_SIZE - ENTRY_SIZE * count - SKIPPABLE_HEADER_SIZE;
  if (start < 0) throw invalidTable("it is larger than the file");
  return { start, count };
}

/**
 * Reads a table.
 * @param table the skippable frame, from where {@link locateSeekTable} found it to the file's end
 * @throws CatnixError NAR_SEEK_TABLE_INVALID where it is no such frame, or the frames do not fill the file before it
 */
export function parseSeekTable(table: Uint8Array, start: number): SeekEntry[] {
  const view = viewOf(table);
  if (view.getUint32(0, true) !== SKIPPABLE_MAGIC + SEEK_TABLE_VARIANT)
    throw invalidTable("its frame has another magic");
  if (view.getUint32(4, true) !== table.length - SKIPPABLE_HEADER_SIZE)
    throw invalidTable("its frame has another size");
  const count = (table.length - SKIPPABLE_HEADER_SIZE - FOOTER_SIZE) / ENTRY_SIZE;
  const entries = Array.from({ length: count }, (_, at) => {
    const offset = SKIPPABLE_HEADER_SIZE + ENTRY_SIZE * at;
    return { size: view.getUint32(offset, true), contentSize: view.getUint32(offset + 4, true) };
  });
  if (entries.some(({ size }) => size < SKIPPABLE_HEADER_SIZE)) throw invalidTable("it has an entry without a frame");
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  if (total !== start) throw invalidTable(`its frames have ${total} bytes, and ${start} are before it`);
  return entries;
}

export function invalidTable(reason: string): CatnixError {
  return new CatnixError("NAR_SEEK_TABLE_INVALID", { reason });
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
