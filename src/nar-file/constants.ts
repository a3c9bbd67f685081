/**
 * Every constant of `stable-zstd/1` (docs/spec.md, NAR file). Changing one makes other files of the same NARs, and so new chunks
 * of everything; nobody's reading depends on them, but {@link MAX_PIECE_SIZE} and {@link ALIGNMENT}.
 */

const KIB = 1024;

/** Name of the encoding, for the publisher's journal and people. */
export const STABLE_ZSTD = "stable-zstd/1";

/** A piece has more bytes than this, unless it is the NAR's last or ended early before a region. */
export const MIN_PIECE_SIZE = 256 * KIB;
/** From here on in a piece the cut is easier to find: normalised chunking as in FastCDC. */
export const NORMAL_PIECE_SIZE = 640 * KIB;
/** Readers that go by a seek table refuse larger pieces. */
export const MAX_PIECE_SIZE = 4096 * KIB;

/** A cut is where these bits of the gear hash are zero: 22 before the normal size, 18 from there on. */
export const MASK_BEFORE_NORMAL = 0xfffffc0000000000n;
export const MASK_FROM_NORMAL = 0xffffc00000000000n;

/** `gear[i]` is the first 8 bytes, little endian, of keccak256 of this and the byte i. */
export const GEAR_SEED = "cat/1/gear";

/** What the cutter sees in place of every byte of a region. */
export const BLANK = 0x80;

/** The hash part of a store path, in characters. */
export const REFERENCE_SIZE = 32;
/** Of an ELF build id made with SHA-1. */
export const BUILD_ID_SIZE = 20;
/** What stands before a build id: an ELF note with a name of 4 bytes, a content of 20, type 3, name "GNU\0". */
export const BUILD_ID_NOTE = Uint8Array.from([4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0, 0x47, 0x4e, 0x55, 0]);

/** A placeholder is keccak256 of this and its number, four bytes, little endian, every byte with its highest bit set. */
export const PLACEHOLDER_SEED = "cat/1/placeholder";
/** How often a piece is compressed with placeholders before it is compressed as it is. */
export const MAX_ATTEMPTS = 16;

/** zstd: the level that is `stable-zstd/1`, and what is set besides it in every frame (`ZSTD_c_…`). */
export const DEFAULT_LEVEL = 9;
export const WINDOW_LOG = 22;
export const SEARCH_LOG = 5;

/** Frames begin at multiples of this: at chunks of Swarm. */
export const ALIGNMENT = 4096;
