import { z } from "zod";
import { account, swarmAddress, word } from "../cat/json-fields.js";
import { compareBytes } from "../encoding/bytes.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { describeIssues } from "../errors/describe-issues.js";
import { printable } from "../errors/printable.js";
import { parseNixSha256 } from "../nix/nix-hash.js";
import { parsePublicKey } from "../nix/signing-key.js";
import { parseBaseName } from "../nix/store-path.js";

/**
 * What a member found out about one row:
 * - `rebuilt`: it ran the derivation, and the output has the same NarHash;
 * - `copied`: a named builder's cache has the same NarHash, under a signature that holds;
 * - `addressed`: the store path itself follows from the contents, as that of a source or a `.drv` does;
 * - `differs`: there is another build, or other contents, of this path;
 * - `failed`: it could not be found out;
 * - `skipped`: it was not asked, since it is not for this member's system.
 */
export const RESULTS = ["rebuilt", "copied", "addressed", "differs", "failed", "skipped"] as const;
export type AttestationResult = (typeof RESULTS)[number];

/** How a row was looked at. */
export type AttestationMode = "rebuild" | "copy" | "address";

export interface AttestationRow {
  /** 32 nix-base32 characters. */
  readonly nixId: string;
  /** The store path's name: what follows the hash part. */
  readonly name: string;
  /** 64 hex digits. */
  readonly swarmId: string;
  /** `sha256:` and 52 nix-base32 characters: what the record says. */
  readonly narHash: string;
  readonly result: AttestationResult;
  readonly mode: AttestationMode;
  /** Base name of the derivation that was run. */
  readonly deriver?: string | undefined;
  /** URL of the cache that the path was compared with; credentials and queries are never in it. */
  readonly builder?: string | undefined;
  /** The key under which the builder's signature held, as `trusted-public-keys` has it. */
  readonly builderKey?: string | undefined;
  /** The NarHash that was found instead. */
  readonly foundNarHash?: string | undefined;
  /** Why it differs, failed or was skipped: one line. */
  readonly reason?: string | undefined;
}

/** What one member checked of one batch, and how (docs/spec.md, Attestation). */
export interface Attestation {
  readonly chainId: number;
  /** `0x` and 40 hex digits, checksummed. */
  readonly registry: string;
  readonly seq: number;
  /** `0x` and 64 hex digits: of the batch that was checked. */
  readonly digest: string;
  /** 64 hex digits: the Swarm address of its delta. */
  readonly delta: string;
  /** Checksummed. */
  readonly member: string;
  /** The system that was built for, such as `x86_64-linux`. */
  readonly system: string;
  /** What `nix --version` printed; absent where no Nix took part. */
  readonly nix?: string | undefined;
  /** Seconds since 1970. */
  readonly time: number;
  /** The delta's rows in its order, tombstones excepted. */
  readonly rows: readonly AttestationRow[];
}

const FORMAT = "catnix-attestation/1";
/** Bytes: a row takes some 500 of them. */
export const MAX_ATTESTATION_SIZE = 256 << 20;
/** Rows of one attestation. */
export const MAX_ATTESTATION_ROWS = 1 << 18;
/** Characters. */
const MAX_REASON = 1000;

const count = (min: number) => z.int().min(min);
const narHash = z
  .string()
  .regex(/^sha256:[0-9a-z]{52}$/, "sha256: and 52 characters of nix-base32")
  .refine((text) => accepts(() => parseNixSha256(text)), "a SHA-256 hash in nix-base32");
const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]*$/u, "one line without control characters");

const rowSchema = z.strictObject({
  nixId: z.string().regex(/^[0-9abcdfghijklmnpqrsvwxyz]{32}$/, "32 characters of nix-base32"),
  name: z.string().regex(/^[0-9a-zA-Z+\-._?=]{1,211}$/, "the name of a store path"),
  swarmId: swarmAddress,
  narHash,
  result: z.enum(RESULTS),
  mode: z.enum(["rebuild", "copy", "address"]),
  deriver: z
    .string()
    .regex(/\.drv$/, "the name of a derivation")
    .refine((text) => accepts(() => parseBaseName(text)), "the base name of a store path")
    .optional(),
  builder: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .regex(/^[^\s?#@]+$/, "a URL without credentials or query")
    .optional(),
  builderKey: z
    .string()
    .max(1000)
    .refine((text) => accepts(() => parsePublicKey(text)), "<name>:<base64 of 32 bytes>")
    .optional(),
  foundNarHash: narHash.optional(),
  reason: line(MAX_REASON).optional(),
});

/** The schema of an attestation; docs/schema/attestation-1.json is made from it. */
export const attestationSchema = z.strictObject({
  format: z.literal(FORMAT),
  chainId: count(1),
  registry: account,
  seq: count(1),
  digest: word,
  delta: swarmAddress,
  member: account,
  system: z.string().regex(/^[a-z0-9_]+-[a-z0-9_]+$/, "a system such as x86_64-linux"),
  nix: line(200).optional(),
  time: count(0).max(8_640_000_000_000),
  rows: z.array(rowSchema).max(MAX_ATTESTATION_ROWS),
});

/**
 * The canonical bytes: JSON with two spaces of indent, the keys in the order of {@link Attestation}, a line's end at the end.
 * @throws CatnixError ATTESTATION_INVALID where the fields do not make an attestation
 */
export function formatAttestation(attestation: Attestation): Uint8Array {
  const bytes = format(attestation);
  parseAttestation(bytes, "what was found");
  return bytes;
}

/**
 * Strict inverse of {@link formatAttestation}: only the canonical bytes are accepted.
 * @param source for messages: the file, or the Swarm address
 * @throws CatnixError ATTESTATION_INVALID
 */
export function parseAttestation(bytes: Uint8Array, source: string): Attestation {
  const invalid = (reason: string, cause?: unknown) =>
    new CatnixError("ATTESTATION_INVALID", { source, reason }, { cause });
  if (bytes.length > MAX_ATTESTATION_SIZE) throw invalid(`it is larger than ${MAX_ATTESTATION_SIZE} bytes`);
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw invalid((error as Error).message, error);
  }
  const parsed = attestationSchema.safeParse(content);
  if (!parsed.success) {
    const [problem, ...others] = describeIssues(parsed.error.issues);
    const more = others.length > 0 ? `, and ${others.length} more faults` : "";
    throw invalid(`${problem!}${more}`);
  }
  const attestation = parsed.data;
  let last: Uint8Array | undefined;
  for (const row of attestation.rows) {
    let nixId: Uint8Array;
    try {
      nixId = parseBaseName(`${row.nixId}-${row.name}`).nixId;
    } catch (error) {
      throw invalid((error as Error).message, error);
    }
    if (last && compareBytes(last, nixId) >= 0) throw invalid(`the row of ${row.nixId} is not in the delta's order`);
    last = nixId;
    const fault = findFault(row);
    if (fault !== undefined) throw invalid(`the row of ${row.nixId}-${row.name} ${fault}`);
  }
  if (Buffer.compare(format(attestation), bytes) !== 0) throw invalid("it is not in canonical form");
  return attestation;
}

/** One line of any text, as a row's `reason` holds it. */
export function toReason(text: string): string {
  const plain = printable(text.replace(/\s+/g, " ").trim() || "no reason was given");
  if (plain.length <= MAX_REASON) return plain;
  // A character of two code units is not cut in half.
  return `${plain.slice(0, MAX_REASON - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** What goes with which result. */
function findFault(row: AttestationRow): string | undefined {
  const { result, mode, deriver, builder, builderKey, foundNarHash, reason } = row;
  const isGood = result === "rebuilt" || result === "copied" || result === "addressed";
  const wanted = { rebuilt: "rebuild", copied: "copy", addressed: "address" } as const;
  if (isGood && mode !== wanted[result]) return `is ${result} by mode ${mode}`;
  if (isGood && (reason !== undefined || foundNarHash !== undefined)) return `is ${result} and says otherwise`;
  if (!isGood && reason === undefined) return `is ${result} and does not say why`;
  if (result === "rebuilt" && deriver === undefined) return "is rebuilt and names no derivation";
  if (result === "copied" && (builder === undefined || builderKey === undefined))
    return "is copied and does not name builder and key";
  if (foundNarHash !== undefined && result !== "differs") return `is ${result} and has found another NarHash`;
  return undefined;
}

function format(attestation: Attestation): Uint8Array {
  const { chainId, registry, seq, digest, delta, member, system, nix, time, rows } = attestation;
  const head = { format: FORMAT, chainId, registry, seq, digest, delta, member, system, nix, time };
  const content = {
    ...head,
    rows: rows.map(
      ({ nixId, name, swarmId, narHash, result, mode, deriver, builder, builderKey, foundNarHash, reason }) => {
        const seen = { deriver, builder, builderKey, foundNarHash, reason };
        return { nixId, name, swarmId, narHash, result, mode, ...seen };
      },
    ),
  };
  return Buffer.from(`${JSON.stringify(content, undefined, 2)}\n`);
}

function accepts(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch (error) {
    if (isCatnixError(error)) return false;
    throw error;
  }
}
