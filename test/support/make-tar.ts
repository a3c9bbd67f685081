/** An entry of a tar archive. */
export interface TarEntry {
  readonly path: string;
  readonly content?: Uint8Array | string;
  /** A regular file where not given. */
  readonly type?: string;
  readonly prefix?: string;
}

const BLOCK = 512;

/** A POSIX ustar archive; `alter` may change each header before its sum is made. */
export function makeTar(entries: readonly TarEntry[], alter: (header: Buffer) => void = () => undefined): Buffer {
  const blocks = entries.flatMap(({ path, content = "", type = "0", prefix = "" }) => {
    const body = Buffer.from(content);
    const header = Buffer.alloc(BLOCK);
    header.write(path, 0, 100);
    header.write("0000644\0", 100);
    header.write(`${body.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("00000000000\0", 136);
    header.write("        ", 148);
    header.write(type, 156);
    header.write("ustar\x0000", 257);
    header.write(prefix, 345, 155);
    alter(header);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return [header, body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}
