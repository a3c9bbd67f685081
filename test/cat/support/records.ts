import fc from "fast-check";
import type { CatRecord } from "../../../src/cat/record.js";
import { encodeNixBase32 } from "../../../src/encoding/nix-base32.js";

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

const hex = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes).toString("hex"));
const narHash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => `sha256:${encodeNixBase32(bytes)}`);
const baseName = fc
  .tuple(
    fc.uint8Array({ minLength: 20, maxLength: 20 }).filter((id) => id.some((byte) => byte > 0)),
    fc.stringMatching(/^[0-9a-zA-Z+_?=-][0-9a-zA-Z+\-._?=]{0,40}$/),
  )
  .map(([id, name]) => `${encodeNixBase32(id)}-${name}`);
const signature = fc
  .tuple(fc.stringMatching(/^[a-z0-9.-]{1,20}$/), fc.uint8Array({ minLength: 64, maxLength: 64 }))
  .map(([name, bytes]) => `${name}:${Buffer.from(bytes).toString("base64")}`);
const sorted = (values: string[]) => values.sort((a, b) => (a < b ? -1 : 1));
/** Any record there may be. */
export const anyRecord: fc.Arbitrary<CatRecord> = fc
  .record(
    {
      storePath: baseName.map((name) => `/nix/store/${name}`),
      narAddress: hex(32),
      compression: fc.constantFrom("zstd", "none"),
      fileHash: narHash,
      fileSize: fc.maxSafeNat(),
      narHash,
      narSize: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      references: fc.uniqueArray(baseName, { maxLength: 9 }).map(sorted),
      deriver: baseName.map((name) => `${name}.drv`),
      listing: hex(32),
      sigs: fc.uniqueArray(signature, { maxLength: 4 }).map(sorted),
    },
    {
      requiredKeys: [
        ...(["storePath", "narAddress", "compression", "fileHash", "fileSize", "narHash", "narSize"] as const),
        ...(["references", "sigs"] as const),
      ],
    },
  )
  .map((record) =>
    record.compression === "none" ? { ...record, fileHash: record.narHash, fileSize: record.narSize } : record,
  );
