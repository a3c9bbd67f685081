/** Where a section's content is, in the bytes that hold the file. */
export interface Section {
  readonly start: number;
  readonly size: number;
}

const MAGIC = 0x7f454c46;
const CLASS_64 = 2;
const NO_BITS = 8; // SHT_NOBITS: takes no room in the file

/**
 * The sections of a 64-bit little-endian ELF file by their names (elf(5)); undefined where it is none.
 * @param bytes the file is `size` bytes of them, from `start`
 */
export function readSections(bytes: Buffer, start: number, size: number): ReadonlyMap<string, Section> | undefined {
  if (size < 64 || bytes.readUInt32BE(start) !== MAGIC || bytes[start + 4] !== CLASS_64) return undefined;
  const headers = Number(bytes.readBigUInt64LE(start + 40)); // e_shoff
  const headerSize = bytes.readUInt16LE(start + 58); // e_shentsize
  const count = bytes.readUInt16LE(start + 60); // e_shnum
  const names = bytes.readUInt16LE(start + 62); // e_shstrndx
  if (headers === 0 || headers + headerSize * count > size || names >= count) return undefined;
  const header = (at: number) => start + headers + headerSize * at;
  const offsetOf = (at: number) => Number(bytes.readBigUInt64LE(header(at) + 24)); // sh_offset
  const sections = new Map<string, Section>();
  for (let at = 0; at < count; at++) {
    const nameStart = start + offsetOf(names) + bytes.readUInt32LE(header(at)); // sh_name
    const name = bytes.toString("latin1", nameStart, bytes.indexOf(0, nameStart));
    const length = Number(bytes.readBigUInt64LE(header(at) + 32)); // sh_size
    if (bytes.readUInt32LE(header(at) + 4) === NO_BITS || offsetOf(at) + length > size) continue;
    sections.set(name, { start: start + offsetOf(at), size: length });
  }
  return sections;
}
