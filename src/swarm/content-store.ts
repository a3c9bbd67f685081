export interface StoreOptions {
  signal?: AbortSignal | undefined;
}

export interface ReadOptions extends StoreOptions {
  /** Bytes that the file must have, where the reader knows it: from a record, a table, the root chunk. */
  size?: number;
  /** Bytes that the file may have at most. */
  maxBytes?: number;
}

/** What an upload came to. */
export interface WrittenFile {
  readonly address: string;
  /** Bytes. */
  readonly size: number;
  /** Chunks the file has and those the node did not have before, where the node tells (the embedded one does). */
  readonly chunks?: { readonly total: number; readonly new: number };
}

/**
 * Content-addressed files and chunks on Swarm: the one way in which catnix talks to it. Addresses are those of unencrypted
 * files of redundancy level 0, as 64 lower-case hexadecimal digits; other text is a caller's mistake (RangeError).
 * Whatever the other side answers, only bytes that belong to the address come out.
 *
 * Every method may also throw, as CatnixError: `SWARM_UNREACHABLE`, `SWARM_TIMEOUT`, `SWARM_BUSY`, `SWARM_REQUEST_REFUSED`,
 * `SWARM_ANSWER_INVALID`; every reading one `SWARM_NOT_FOUND`; and the reason of an aborted signal, as it is.
 */
export interface ContentStore {
  /**
   * A whole file as a stream. Its bytes are hashed as they pass, and the last ones (up to 4,096) are held back until the
   * address matches: a reader never sees a clean end of wrong or short content. Read `body` to its end or leave its loop,
   * else the connection stays open.
   * @throws CatnixError `SWARM_SIZE_MISMATCH` where the node has another size than `size`; `SWARM_TOO_LARGE` beyond
   * `maxBytes`; and while reading `SWARM_MISMATCH`, `SWARM_TRUNCATED`
   */
  read(address: string, options?: ReadOptions): Promise<{ size: number; body: AsyncIterable<Uint8Array> }>;

  /**
   * The bytes [start, end) of a file, verified chunk by chunk.
   * @throws CatnixError `SWARM_RANGE_INVALID` where they are not within the file; `SWARM_MISMATCH`, `SWARM_CHUNK_INVALID`
   */
  readRange(address: string, range: { start: number; end: number }, options?: StoreOptions): AsyncIterable<Uint8Array>;

  /** A small file, whole and verified; throws like {@link read}, all of it before any byte is seen. */
  readAll(address: string, maxBytes: number, options?: StoreOptions): Promise<Uint8Array>;

  /** Whether the file's root chunk is there. What is below it may still be missing. */
  has(address: string, options?: StoreOptions): Promise<boolean>;

  /**
   * Streams a file in. The address is computed here and compared with the node's answer.
   * @throws CatnixError `SWARM_UPLOAD_MISMATCH`, `SWARM_UPLOAD_FAILED`, `SWARM_BATCH_MISSING`, `SWARM_BATCH_FULL`,
   * `SWARM_BATCH_UNUSABLE`, `SWARM_NODE_FULL`; whatever `body` throws
   */
  write(body: Uint8Array | AsyncIterable<Uint8Array>, options?: StoreOptions): Promise<WrittenFile>;

  /**
   * A chunk's data, span ‖ payload, verified.
   * @throws CatnixError `SWARM_MISMATCH`, `SWARM_CHUNK_INVALID`
   */
  getChunk(address: string, options?: StoreOptions): Promise<Uint8Array>;

  /**
   * Stores one chunk of a plain file, span ‖ payload, and returns its address.
   * @throws CatnixError like {@link write}; `SWARM_CHUNK_INVALID`
   */
  putChunk(data: Uint8Array, options?: StoreOptions): Promise<string>;
}
