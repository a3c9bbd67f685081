import { createCipheriv } from "node:crypto";

const PART = 1 << 18;
const PAGE = 4096;
const NOISE = 1400;

/**
 * Bytes like those of a large NAR, as many as are wanted and the same each time: of each page a third is noise that does not
 * compress, the rest text that does; a reference every 64 KiB.
 */
export async function* syntheticNar(size: number, references: readonly string[]): AsyncGenerator<Uint8Array> {
  const noise = createCipheriv("aes-128-ctr", Buffer.alloc(16, 1), Buffer.alloc(16));
  const zeros = Buffer.alloc(PART);
  const text = Buffer.from(noise.update(zeros).toString("base64").slice(0, PART));
  for (let at = 0; at < size; at += PART) {
    const part = noise.update(zeros);
    for (let page = 0; page < PART; page += PAGE) {
      const from = part.readUInt32LE(page) % (PART - PAGE);
      text.copy(part, page + NOISE, from, from + PAGE - NOISE);
    }
    for (let place = 30_000; place < PART; place += 65_536)
      part.write(references[(at + place) % references.length]!, place, "latin1");
    yield await Promise.resolve(part.subarray(0, Math.min(PART, size - at)));
  }
}
