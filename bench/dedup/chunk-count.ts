import { CHUNK_SIZE, SPAN_SIZE } from "../../src/bmt/constants.js";
import { FileHasher } from "../../src/bmt/file-hasher.js";

/** What files come to on Swarm, each chunk counted once. */
export interface ChunkCount {
  /** Of the files, chunks that are equal included. */
  readonly bytes: number;
  /** Different chunks that hold content. */
  readonly leaves: number;
  /** Different chunks, those of the trees above the content included. */
  readonly chunks: number;
}

/** Counts the different Swarm chunks of many files, but those that an earlier set of files has. */
export class ChunkCounter {
  readonly #addresses = new Set<string>();
  readonly #known: ChunkCounter | undefined;
  #bytes = 0;
  #leaves = 0;

  /** @param known the files that are on Swarm already */
  constructor(known?: ChunkCounter) {
    this.#known = known;
  }

  /** Adds one file. @param parts its bytes, in order */
  add(parts: Iterable<Uint8Array>): void {
    const hasher = new FileHasher(({ address, data }) => {
      const key = Buffer.from(address).toString("latin1");
      if (this.#known?.has(key) === true || this.#addresses.has(key)) return;
      this.#addresses.add(key);
      const span = new DataView(data.buffer, data.byteOffset, SPAN_SIZE).getBigUint64(0, true);
      if (span <= CHUNK_SIZE) this.#leaves++;
    });
    for (const part of parts) hasher.update(part);
    this.#bytes += hasher.digest().size;
  }

  has(address: string): boolean {
    return this.#addresses.has(address);
  }

  count(): ChunkCount {
    return { bytes: this.#bytes, leaves: this.#leaves, chunks: this.#addresses.size };
  }
}
