import { crc32 } from "node:zlib";
import { abortable } from "../../async/abortable.js";
import type { DiskCache } from "./disk-cache.js";
import type { EntryWriter } from "./entry-writer.js";

/** A piece that is on the disk, of a length in bytes; read back it must have the same checksum. */
interface Piece {
  readonly length: number;
  readonly checksum: number;
}

/** What ended a download. */
type End = { readonly kind: "whole" } | { readonly kind: "source" | "disk"; readonly error: unknown };

/** Where a download's bytes go. */
export interface DownloadTarget {
  readonly cache: DiskCache;
  readonly writer: EntryWriter;
  /** 64 hexadecimal digits. */
  readonly address: string;
  /** Bytes. */
  readonly size: number;
}

/** A file on its way into the cache, which any number of readers follow at their own speed. Memory: a few bytes a piece. */
export class Download {
  readonly #target: DownloadTarget;
  readonly #pieces: Piece[] = [];
  #end: End | undefined;
  #changed = Promise.withResolvers<undefined>();
  readonly #done: Promise<void>;
  #followers = 0;
  #isWritten = false;
  #isClosed = false;

  /** @param body verified bytes: what it gives before it fails is right, and it gives the last ones only where all are */
  constructor(target: DownloadTarget, body: AsyncIterable<Uint8Array>) {
    this.#target = target;
    this.#done = this.#run(body);
  }

  get size(): number {
    return this.#target.size;
  }

  /** Resolves when nothing more will be written and no file is left open, readers that still follow aside. */
  async done(): Promise<void> {
    await this.#done;
  }

  /**
   * The file from its beginning; it ends early where the disk failed, and the rest has to come from elsewhere.
   * @throws what the body threw; the signal's reason
   */
  async *follow(signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void> {
    const { handle } = this.#target.writer;
    this.#followers++;
    let given = 0;
    try {
      for (let at = 0; ; at++) {
        while (at === this.#pieces.length && this.#end === undefined) await abortable(this.#changed.promise, signal);
        signal?.throwIfAborted();
        const piece = this.#pieces[at];
        if (piece === undefined) {
          if (this.#end?.kind === "source") throw this.#end.error;
          return;
        }
        const bytes = Buffer.allocUnsafe(piece.length);
        const isRead = await handle.read(bytes, 0, piece.length, given).catch((error: unknown) => {
          this.#target.cache.fail(error);
          return undefined;
        });
        if (isRead?.bytesRead !== piece.length || crc32(bytes) !== piece.checksum) return;
        given += piece.length;
        yield bytes;
      }
    } finally {
      this.#followers--;
      await this.#closeWhenLeft();
    }
  }

  async #run(body: AsyncIterable<Uint8Array>): Promise<void> {
    const { cache, writer, address, size } = this.#target;
    try {
      for await (const bytes of body) {
        try {
          await writer.append(bytes);
        } catch (error) {
          cache.fail(error);
          this.#finish({ kind: "disk", error });
          break;
        }
        this.#pieces.push({ length: bytes.length, checksum: crc32(bytes) });
        this.#announce();
      }
      this.#finish({ kind: "whole" });
    } catch (error) {
      this.#finish({ kind: "source", error });
    }
    if (this.#end?.kind === "whole") await cache.finish(writer, address, size);
    else await cache.abandon(writer, size);
    await this.#closeWhenLeft(true);
  }

  /** The first end counts. */
  #finish(end: End): void {
    this.#end ??= end;
    this.#announce();
  }

  #announce(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers<undefined>();
    resolve(undefined);
  }

  async #closeWhenLeft(isWritten = this.#isWritten): Promise<void> {
    this.#isWritten = isWritten;
    if (!this.#isWritten || this.#followers > 0 || this.#isClosed) return;
    this.#isClosed = true;
    await this.#target.writer.handle.close().catch((error: unknown) => this.#target.cache.fail(error));
  }
}
