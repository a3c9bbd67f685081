/** Full leaves that are hashed in one call. */
export const LEAVES: i32 = 16;

/** Bytes of a full leaf. */
export const LEAF_SIZE: i32 = 4096;

/** Bytes at {@link input}. */
export const CAPACITY: i32 = LEAVES * LEAF_SIZE;

const INPUT = memory.data(16 + CAPACITY, 16);

/** Where the caller puts a chunk's span, 8 bytes; the payload follows. */
export const span: usize = INPUT + 8;

/** Where the caller puts what is to be hashed; a call may overwrite it. */
export const input: usize = INPUT + 16;

/** Where the caller finds hashes, 32 bytes each. */
export const output: usize = memory.data(CAPACITY / 2, 16);
