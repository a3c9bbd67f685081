import type { CatRecord } from "../../../src/cat/record.js";

const HASH_PART = "7gx4kiv5m0i7d7qkixq2cwzbr10lvxwc";
const base64Of = (byte: number) => Buffer.alloc(64, byte).toString("base64");

/** A record with every field. */
export const FULL_RECORD: CatRecord = {
  storePath: `/nix/store/${HASH_PART}-glibc-2.27`,
  narAddress: "ab".repeat(32),
  compression: "zstd",
  fileHash: `sha256:${"1".repeat(52)}`,
  fileSize: 1234,
  narHash: `sha256:${"0".repeat(51)}1`,
  narSize: 5678,
  references: ["0c5b8vw40dy178xlpddw65q9gf1h2186-linux-headers-4.4.10", `${HASH_PART}-glibc-2.27`],
  deriver: "10dx1q4ivjb115y3h90mipaaz533nr0d-glibc-2.27.drv",
  ca: `fixed:r:sha256:${"1".repeat(52)}`,
  listing: "cd".repeat(32),
  sigs: [`builder-1:${base64Of(1)}`, `cache.nixos.org-1:${base64Of(0)}`],
};

/** The same without what may be left out. */
export const BARE_RECORD: CatRecord = {
  storePath: FULL_RECORD.storePath,
  narAddress: FULL_RECORD.narAddress,
  compression: "none",
  fileHash: FULL_RECORD.narHash,
  fileSize: FULL_RECORD.narSize,
  narHash: FULL_RECORD.narHash,
  narSize: FULL_RECORD.narSize,
  references: [],
  sigs: [],
};
