import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { CHUNK_SIZE } from "../../bmt/constants.js";
import { FileHasher } from "../../bmt/file-hasher.js";
import { decodeSpan } from "../../bmt/span.js";
import { toHex } from "../../encoding/hex.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { formatTail } from "./entry-format.js";

/** Puts a file into the cache: in a temporary file, which gets its name only where its bytes have the address. */
export class EntryWriter {
  /** For who reads what was written so far. */
  readonly handle: FileHandle;
  readonly #temporary: string;
  readonly #hasher: FileHasher;
  /** The intermediate chunks: one byte for 127 of the file. */
  readonly #tree: { address: Uint8Array; data: Uint8Array }[] = [];
  #written = 0;

  private constructor(temporary: string, handle: FileHandle) {
    this.#temporary = temporary;
    this.handle = handle;
    this.#hasher = new FileHasher((chunk) => {
      if (decodeSpan(chunk.data) > BigInt(CHUNK_SIZE)) this.#tree.push(chunk);
    });
  }

  /** @throws the error of the system */
  static async create(temporary: string): Promise<EntryWriter> {
    return new EntryWriter(temporary, await open(temporary, "wx+", 0o644));
  }

  /** @throws the error of the system */
  async append(bytes: Uint8Array): Promise<void> {
    this.#hasher.update(bytes);
    await writeAll(this.handle, bytes, this.#written);
    this.#written += bytes.length;
  }

  /**
   * Ends the file, on the disk, under its name. The handle stays open.
   * @param address 64 hexadecimal digits that it must have
   * @returns bytes that it takes
   * @throws CatnixError `SWARM_MISMATCH`; the error of the system
   */
  async finish(file: string, address: string): Promise<number> {
    const digest = this.#hasher.digest();
    const actual = toHex(digest.address);
    if (actual !== address) throw new CatnixError("SWARM_MISMATCH", { address, actual });
    const tail = formatTail(digest.size, this.#tree);
    await writeAll(this.handle, tail, digest.size);
    await this.handle.sync();
    await rename(this.#temporary, file);
    return digest.size + tail.length;
  }

  /** Removes what is not finished. */
  async abandon(): Promise<void> {
    await rm(this.#temporary, { force: true });
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}
