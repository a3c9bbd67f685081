import { open } from "node:fs/promises";

const interpreterSegment = 3; // PT_INTERP in elf(5)

/** Whether `file` is a 64-bit little-endian ELF program that asks for no loader, that is, statically linked. */
export async function isStaticElf(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const head = Buffer.alloc(4096); // Linux itself wants the program headers within the first page
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    return bytesRead >= 64 && head.readUInt32BE(0) === 0x7f454c46 && !segmentTypes(head).includes(interpreterSegment);
  } finally {
    await handle.close();
  }
}

/** The `p_type` of every program header that lies in `head`. */
function segmentTypes(head: Buffer): number[] {
  const start = Number(head.readBigUInt64LE(32)); // e_phoff
  const size = head.readUInt16LE(54); // e_phentsize
  const count = head.readUInt16LE(56); // e_phnum
  return Array.from({ length: count }, (_, at) => start + at * size)
    .filter((offset) => offset + 4 <= head.length)
    .map((offset) => head.readUInt32LE(offset));
}
