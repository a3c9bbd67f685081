/** Bytes of payload in a full chunk (Bee: pkg/swarm, `ChunkSize`). */
export const CHUNK_SIZE = 4096;

/** Bytes of one segment, the leaf of a chunk's binary Merkle tree, and of an address. */
export const SEGMENT_SIZE = 32;

/** Addresses in a full intermediate chunk, and segments in a full chunk. */
export const BRANCHES = CHUNK_SIZE / SEGMENT_SIZE;

/** Bytes of the length prefix of a chunk's data. */
export const SPAN_SIZE = 8;

/** Bytes of a full chunk's data: span, then payload. */
export const MAX_CHUNK_DATA_SIZE = SPAN_SIZE + CHUNK_SIZE;
