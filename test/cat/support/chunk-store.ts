import { verifyChunk } from "../../../src/bmt/chunk.js";
import type { CatChunk } from "../../../src/cat/tree.js";
import { fromHex } from "../../../src/encoding/hex.js";
import { CatnixError } from "../../../src/errors/catnix-error.js";

/** Chunks by address, each checked as it is put and nothing else readable. */
export class ChunkStore {
  readonly #chunks = new Map<string, Uint8Array>();
  /** Addresses asked for, in order. */
  readonly reads: string[] = [];

  put(chunks: Iterable<CatChunk>): this {
    for (const { address, data } of chunks) this.#chunks.set(address, verifyChunk(fromHex(address, 32), data));
    return this;
  }

  has(address: string): boolean {
    return this.#chunks.has(address);
  }

  /** Puts other data under an address, checked or not. */
  replace(address: string, data: Uint8Array): void {
    this.#chunks.set(address, data);
  }

  readonly get = (address: string): Promise<Uint8Array> => {
    this.reads.push(address);
    const data = this.#chunks.get(address);
    return data ? Promise.resolve(data) : Promise.reject(new CatnixError("SWARM_NOT_FOUND", { address }));
  };
}
