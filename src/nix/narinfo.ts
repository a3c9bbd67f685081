import { isContentAddress } from "./content-address.js";
import { invalidNarInfo, parseNarInfoLines, type NarInfoLine } from "./narinfo-lines.js";
import { formatNixSha256, parseNixSha256 } from "./nix-hash.js";
import { isSignature } from "./signature.js";
import { defaultStoreDir, parseBaseName, parseStorePath } from "./store-path.js";

/** What a binary cache says of one store path. Keys that only some versions of Nix know are not in it. */
export interface NarInfo {
  readonly storePath: string;
  /** Relative to the cache, or absolute. */
  readonly url: string;
  /** `bzip2` where the narinfo does not say, as Nix takes it. */
  readonly compression: string;
  /** SHA-256 of the file at `url`: 32 bytes. Nix never checks it. */
  readonly fileHash?: Uint8Array;
  /** Bytes. */
  readonly fileSize?: number;
  /** SHA-256 of the NAR: 32 bytes. */
  readonly narHash: Uint8Array;
  /** Bytes, above 0. */
  readonly narSize: number;
  /** Base names, in the order of the narinfo. */
  readonly references: readonly string[];
  /** Base name of the derivation. */
  readonly deriver?: string;
  readonly ca?: string;
  /** `name:base64` each. */
  readonly sigs: readonly string[];
}

/**
 * Parses a narinfo as a well-behaved cache writes it. Stricter than Nix where Nix would read something else than what
 * was meant, see {@link parseNarInfoLines}: known keys come once, `Sig` excepted, and values are in the form that Nix
 * writes. Unknown keys are ignored, as Nix does.
 * @param text the narinfo, or its bytes as UTF-8; at most 1 MiB
 * @throws CatnixError NARINFO_INVALID
 */
export function parseNarInfo(
  text: string | Uint8Array,
  { storeDir = defaultStoreDir }: { storeDir?: string } = {},
): NarInfo {
  const once = new Map<string, NarInfoLine>();
  const sigs: string[] = [];
  for (const line of parseNarInfoLines(text)) {
    if (line.key === "Sig") {
      if (!isSignature(line.value)) throw invalidNarInfo(line.line, "a Sig that is not <name>:<base64 of 64 bytes>");
      sigs.push(line.value);
    } else if (knownKeys.has(line.key)) {
      if (once.has(line.key)) throw invalidNarInfo(line.line, `${line.key} is repeated`);
      once.set(line.key, line);
    }
  }
  const mandatory = <T>(key: string, parse: (value: string) => T): T => {
    const line = once.get(key);
    if (line === undefined) throw invalidNarInfo(0, `no ${key}`);
    return parseValue(line, parse);
  };
  const optional = <T>(key: string, parse: (value: string) => T): T | undefined => {
    const line = once.get(key);
    return line === undefined ? undefined : parseValue(line, parse);
  };

  const compression = optional("Compression", parseCompression) ?? "bzip2";
  const fileHash = optional("FileHash", parseNixSha256);
  const fileSize = optional("FileSize", parseDecimal);
  const deriver = optional("Deriver", parseDeriver);
  const ca = optional("CA", parseContentAddress);
  return {
    storePath: mandatory("StorePath", (value) => parseStorePath(value, storeDir).path),
    url: mandatory("URL", parseUrl),
    compression,
    ...(fileHash && { fileHash }),
    ...(fileSize !== undefined && { fileSize }),
    narHash: mandatory("NarHash", parseNixSha256),
    narSize: mandatory("NarSize", parseNarSize),
    references: optional("References", parseReferences) ?? [],
    ...(deriver !== undefined && { deriver }),
    ...(ca !== undefined && { ca }),
    sigs,
  };
}

/**
 * Prints a narinfo in Nix's own order (libstore/nar-info.cc, `to_string`). The CAT's record has another order and more
 * rules: `cat/record.ts`.
 */
export function formatNarInfo(info: NarInfo): string {
  const lines = [
    `StorePath: ${info.storePath}`,
    `URL: ${info.url}`,
    `Compression: ${info.compression}`,
    ...(info.fileHash ? [`FileHash: ${formatNixSha256(info.fileHash)}`] : []),
    ...(info.fileSize !== undefined ? [`FileSize: ${info.fileSize}`] : []),
    `NarHash: ${formatNixSha256(info.narHash)}`,
    `NarSize: ${info.narSize}`,
    `References: ${info.references.join(" ")}`,
    ...(info.deriver !== undefined ? [`Deriver: ${info.deriver}`] : []),
    ...info.sigs.map((sig) => `Sig: ${sig}`),
    ...(info.ca !== undefined ? [`CA: ${info.ca}`] : []),
  ];
  return `${lines.join("\n")}\n`;
}

const knownKeys: ReadonlySet<string> = new Set([
  "StorePath",
  "URL",
  "Compression",
  "FileHash",
  "FileSize",
  "NarHash",
  "NarSize",
  "References",
  "Deriver",
  "CA",
]);

function parseValue<T>(line: NarInfoLine, parse: (value: string) => T): T {
  try {
    return parse(line.value);
  } catch (cause) {
    throw invalidNarInfo(line.line, `${line.key}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

// The parsers below throw plain errors: parseValue names the line.

function parseUrl(value: string): string {
  if (!/^[\x21-\x7e]+$/.test(value)) throw new Error("not a URL");
  return value;
}

function parseCompression(value: string): string {
  if (value === "") return "bzip2";
  if (!/^[a-z0-9]+$/.test(value)) throw new Error("not a compression method");
  return value;
}

/** A canonical decimal below 2^53. */
function parseDecimal(value: string): number {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(value)) throw new Error("not a decimal number");
  const size = Number(value);
  if (!Number.isSafeInteger(size)) throw new Error("too large");
  return size;
}

function parseNarSize(value: string): number {
  const size = parseDecimal(value);
  if (size === 0) throw new Error("must be above 0");
  return size;
}

function parseReferences(value: string): string[] {
  if (value === "") return [];
  const references = value.split(" ").map((reference) => parseBaseName(reference).baseName);
  if (new Set(references).size !== references.length) throw new Error("a reference is repeated");
  return references;
}

/** Older caches write `unknown-deriver` where there is none. */
function parseDeriver(value: string): string | undefined {
  return value === "unknown-deriver" ? undefined : parseBaseName(value).baseName;
}

function parseContentAddress(value: string): string | undefined {
  if (value === "") return undefined;
  if (!isContentAddress(value)) throw new Error("not a content address");
  return value;
}
