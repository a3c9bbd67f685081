import type { ErrorDescriptor } from "./descriptor.js";

const damagedNar = "The NAR is damaged or was not written by Nix; do not unpack it, fetch it from another source.";

/** 1xxx: store paths, narinfo, NAR, signatures, the Nix database. */
export const nixErrors = {
  NIX_BASE32_INVALID: {
    number: 1001,
    message: (d: { text: string; reason: string }) => `not nix-base32: ${JSON.stringify(d.text)}: ${d.reason}`,
    hint: "Nix writes hashes with the characters 0-9 a-z without e, o, t and u.",
  },
  STORE_PATH_INVALID: {
    number: 1002,
    message: (d: { path: string; reason: string }) => `not a store path: ${JSON.stringify(d.path)}: ${d.reason}`,
    hint: "A store path looks like /nix/store/<32 characters>-<name>.",
  },
  NIX_HASH_INVALID: {
    number: 1003,
    message: (d: { text: string; reason: string }) => `not a Nix hash: ${JSON.stringify(d.text)}: ${d.reason}`,
    hint: "Give a SHA-256 hash as sha256: and 52 characters of nix-base32.",
  },
  NARINFO_INVALID: {
    number: 1004,
    message: (d: { line: number; reason: string }) =>
      `invalid narinfo${d.line === 0 ? "" : ` (line ${d.line})`}: ${d.reason}`,
    hint: "The source did not answer with a narinfo; look at what it serves, it may be an error page.",
  },
  NIX_KEY_INVALID: {
    number: 1005,
    message: (d: { reason: string }) => `invalid Nix signing key: ${d.reason}`,
    hint: "A key is one line, <name>:<base64>, as nix-store --generate-binary-cache-key writes it.",
  },
  NAR_TRUNCATED: {
    number: 1010,
    message: (d: { offset: number }) => `the NAR ends at byte ${d.offset}, before it is complete`,
    hint: "The transfer was cut off; fetch the NAR again.",
  },
  NAR_TOKEN_INVALID: {
    number: 1011,
    message: (d: { offset: number; wanted: string }) => `NAR, byte ${d.offset}: wanted ${d.wanted}`,
    hint: damagedNar,
  },
  NAR_PADDING_INVALID: {
    number: 1012,
    message: (d: { offset: number }) => `NAR, byte ${d.offset}: the padding is not zero`,
    hint: damagedNar,
  },
  NAR_NAME_INVALID: {
    number: 1013,
    message: (d: { offset: number; reason: string }) => `NAR, byte ${d.offset}: invalid entry name: ${d.reason}`,
    hint: damagedNar,
  },
  NAR_UNSORTED: {
    number: 1014,
    message: (d: { offset: number }) => `NAR, byte ${d.offset}: entry names are not strictly ascending`,
    hint: damagedNar,
  },
  NAR_TOO_DEEP: {
    number: 1015,
    message: (d: { offset: number; limit: number }) => `NAR, byte ${d.offset}: more than ${d.limit} folders deep`,
    hint: damagedNar,
  },
  NAR_SYMLINK_INVALID: {
    number: 1016,
    message: (d: { offset: number; reason: string }) => `NAR, byte ${d.offset}: invalid symlink target: ${d.reason}`,
    hint: damagedNar,
  },
  NAR_SIZE_INVALID: {
    number: 1017,
    message: (d: { offset: number }) => `NAR, byte ${d.offset}: a file of more than 2^53 - 1 bytes`,
    hint: damagedNar,
  },
  NAR_TRAILING_DATA: {
    number: 1018,
    message: (d: { offset: number }) => `NAR, byte ${d.offset}: data after the end`,
    hint: damagedNar,
  },
  NAR_HASH_MISMATCH: {
    number: 1019,
    message: (d: { wanted: string; got: string }) => `the NAR is not the one wanted: wanted ${d.wanted}, got ${d.got}`,
    hint: "Do not use what was received; fetch the path from another source and report this one.",
  },
  NAR_SOURCE_CHANGED: {
    number: 1020,
    message: (d: { path: string }) => `${d.path} changed while it was read`,
    hint: "Wait until nothing writes to it and start again.",
  },
  NAR_SOURCE_UNSUPPORTED: {
    number: 1021,
    message: (d: { path: string }) => `${d.path} is not a regular file, directory or symlink`,
    hint: "A NAR holds only files, directories and symlinks; remove the device, socket or pipe.",
  },
  NAR_UNPACK_FAILED: {
    number: 1022,
    message: (d: { path: string; reason: string }) => `cannot unpack to ${d.path}: ${d.reason}`,
    hint: "Give a target that does not exist in a folder that you may write, on a disk with space left.",
  },
  NAR_FILE_INVALID: {
    number: 1023,
    message: (d: { storePath: string; reason: string }) =>
      `the NAR file of ${d.storePath} is not what its record says: ${d.reason}`,
    hint: "Neither sign nor use it; ask its publisher to publish the path again.",
  },
  NIX_DB_UNREADABLE: {
    number: 1030,
    message: (d: { file: string; reason: string }) => `cannot read the Nix database ${d.file}: ${d.reason}`,
    hint: "Check that Nix is installed, that the store root is the one given to nix --store, and that you may read it.",
  },
  NIX_DB_SCHEMA_UNKNOWN: {
    number: 1031,
    message: (d: { file: string; reason: string }) => `${d.file} is not a Nix database of a known form: ${d.reason}`,
    hint: "Let a current Nix open the store once, which upgrades the database.",
  },
  NIX_DB_CORRUPT: {
    number: 1032,
    message: (d: { path: string; reason: string }) => `the Nix database is wrong about ${d.path}: ${d.reason}`,
    hint: "Run nix-store --verify on this store.",
  },
  STORE_PATH_NOT_VALID: {
    number: 1033,
    message: (d: { path: string }) => `${d.path} is not valid in this store`,
    hint: "Build or fetch the path first, or name the store that has it by --store.",
  },
  STORE_PATH_NOT_FOUND: {
    number: 1034,
    message: (d: { path: string }) => `${JSON.stringify(d.path)} does not lead into the Nix store`,
    hint: "Give a store path, something below one, or a symlink to one such as ./result.",
  },
  STORE_PATH_MODIFIED: {
    number: 1035,
    message: (d: { path: string; wanted: string; got: string }) =>
      `the store path was modified: ${d.path} is ${d.got}, Nix registered ${d.wanted}`,
    hint: "Nothing of it was published; run nix-store --verify --check-contents --repair, or build the path again.",
  },
  LISTING_INVALID: {
    number: 1040,
    message: (d: { character: number; reason: string }) =>
      `invalid NAR listing (character ${d.character}): ${d.reason}`,
    hint: "Read the NAR itself instead; where an approved record named this listing, tell the consortium.",
  },
  NAR_FILE_MALFORMED: {
    number: 1050,
    message: (d: { reason: string }) => `not a compressed NAR: ${d.reason}`,
    hint: "Give a NAR compressed by zstd with a window of at most 8 MiB; if it was one, fetch it again.",
  },
  NAR_SEEK_TABLE_INVALID: {
    number: 1051,
    message: (d: { reason: string }) => `the seek table of the NAR file is wrong: ${d.reason}`,
    hint: "Do not read parts of this file; decompress it whole with zstd, compare the NarHash, and tell its publisher.",
  },
  NAR_FILE_TOO_LARGE: {
    number: 1052,
    message: (d: { maxSize: number }) => `the NAR file holds more than ${d.maxSize} bytes`,
    hint: "Do not use what was received; the file is damaged or made to fill disks.",
  },
  NAR_RANGE_INVALID: {
    number: 1053,
    message: (d: { start: number; end: number; size: number }) =>
      `bytes ${d.start} to ${d.end} are not within a NAR of ${d.size} bytes`,
    hint: "Ask for bytes that the NAR has, the first before the last.",
  },
  NAR_OUTPUT_MISSING: {
    number: 1054,
    message: (d: { reason: string }) => `nowhere to write the bytes to: ${d.reason}`,
    hint: "Name a file with --out, or redirect standard output and leave out --json.",
  },
  DERIVATION_INVALID: {
    number: 1060,
    message: (d: { character: number; reason: string }) => `invalid derivation (character ${d.character}): ${d.reason}`,
    hint: "It was not written by a Nix that is supported; instantiate it again, or fetch the .drv from another source.",
  },
  DERIVATION_PATH_MISMATCH: {
    number: 1061,
    message: (d: { path: string; actual: string }) => `the derivation at ${d.path} is ${d.actual}`,
    hint: "Do not run it: its text was altered; fetch the .drv from another source and report this one.",
  },
} satisfies Record<string, ErrorDescriptor>;
