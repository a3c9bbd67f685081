import { CatnixError } from "../errors/catnix-error.js";
import { isContentAddress } from "../nix/content-address.js";
import { parseNixSha256Any } from "../nix/nix-hash.js";
import { isSignature } from "../nix/signature.js";
import { parseStorePath } from "../nix/store-path.js";

/** What Nix's database knows of a valid store path. */
export interface PathInfo {
  readonly storePath: string;
  /** SHA-256 of the NAR: 32 bytes. */
  readonly narHash: Uint8Array;
  /** Bytes, above 0. */
  readonly narSize: number;
  /** Full store paths, sorted; the path itself among them where it mentions itself. */
  readonly references: readonly string[];
  /** Full store path of the derivation. */
  readonly deriver?: string;
  readonly ca?: string;
  /** `name:base64` each. */
  readonly sigs: readonly string[];
  /** Seconds since 1970. */
  readonly registrationTime: number;
}

/** A row of `ValidPaths` as SQLite gives it, numbers as bigints. */
export type ValidPathsRow = Record<string, unknown>;

/**
 * Checks a row of the database and makes a {@link PathInfo} of it.
 * @param references the paths that `Refs` leads to, in any order
 * @throws CatnixError NIX_DB_CORRUPT
 */
export function makePathInfo(row: ValidPathsRow, references: readonly unknown[], storeDir: string): PathInfo {
  const path = String(row.path);
  try {
    const deriver = optionalText(row.deriver, "deriver");
    const ca = optionalText(row.ca, "ca");
    if (ca !== undefined && !isContentAddress(ca)) throw new Error("ca is not a content address");
    return {
      storePath: parseStorePath(path, storeDir).path,
      narHash: parseNixSha256Any(text(row.hash, "hash")),
      narSize: wholeNumber(row.narSize, "narSize", 1),
      references: references.map((reference) => parseStorePath(text(reference, "path"), storeDir).path).sort(),
      ...(deriver !== undefined && { deriver: parseStorePath(deriver, storeDir).path }),
      ...(ca !== undefined && { ca }),
      sigs: parseSignatures(optionalText(row.sigs, "sigs") ?? ""),
      registrationTime: wholeNumber(row.registrationTime, "registrationTime", 0),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CatnixError("NIX_DB_CORRUPT", { path, reason }, { cause });
  }
}

function parseSignatures(joined: string): string[] {
  const sigs = joined.split(" ").filter((sig) => sig !== "");
  if (!sigs.every((sig) => isSignature(sig))) throw new Error("sigs has something that is not a signature");
  return sigs;
}

function text(value: unknown, column: string): string {
  if (typeof value !== "string") throw new Error(`${column} is not text`);
  return value;
}

/** Nix writes null or nothing where there is none. */
function optionalText(value: unknown, column: string): string | undefined {
  return value === null || value === "" ? undefined : text(value, column);
}

function wholeNumber(value: unknown, column: string, least: number): number {
  if (typeof value !== "bigint" || value < BigInt(least) || value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new Error(`${column} is not a number from ${least} to 2^53 - 1`);
  }
  return Number(value);
}
