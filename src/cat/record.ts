import { equalBytes } from "../encoding/bytes.js";
import { isHex, toHex } from "../encoding/hex.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { isContentAddress } from "../nix/content-address.js";
import { parseNixSha256 } from "../nix/nix-hash.js";
import { isSignature } from "../nix/signature.js";
import { defaultStoreDir, parseBaseName, parseStorePath } from "../nix/store-path.js";

/** One build of one store path: its narinfo in canonical form (docs/spec.md, Record). */
export interface CatRecord {
  readonly storePath: string;
  /** 64 hex digits: the Swarm address of the NAR file. */
  readonly narAddress: string;
  readonly compression: "zstd" | "none";
  /** `sha256:` and 52 nix-base32 characters: of the NAR file as stored. */
  readonly fileHash: string;
  readonly fileSize: number;
  /** `sha256:` and 52 nix-base32 characters: of the NAR. */
  readonly narHash: string;
  readonly narSize: number;
  /** Base names, sorted; the path itself where its NAR mentions it. */
  readonly references: readonly string[];
  /** Base name of the derivation. */
  readonly deriver?: string;
  /** Content address, as Nix prints it. */
  readonly ca?: string;
  /** 64 hex digits: the Swarm address of the NAR's listing. */
  readonly listing?: string;
  /** Signatures known when the record was made, `name:base64`, sorted. */
  readonly sigs: readonly string[];
}

/** Bytes: no record is larger. */
export const MAX_RECORD_SIZE = 1 << 20;

const TOO_LARGE = `it is larger than ${MAX_RECORD_SIZE} bytes`;

const KEYS = [
  ...["StorePath", "URL", "Compression", "FileHash", "FileSize", "NarHash", "NarSize", "References"],
  ...["Deriver", "CA", "Listing", "Sig"],
] as const;
type Key = (typeof KEYS)[number];

/** The `URL` of a record: relative, and made of the NAR's address, so that it never changes its meaning. */
export function narUrl(record: Pick<CatRecord, "narAddress" | "compression">): string {
  return `nar/${record.narAddress}.nar${record.compression === "zstd" ? ".zst" : ""}`;
}

/**
 * The canonical text of a record; its UTF-8 is what `swarmId` addresses.
 * @param storeDir the one store folder of the registry
 * @throws CatnixError CAT_RECORD_INVALID where the fields do not make a record
 */
export function formatRecord(record: CatRecord, storeDir = defaultStoreDir): string {
  const text = format(record);
  parseRecord(text, storeDir);
  return text;
}

function format(record: CatRecord): string {
  const lines: [Key, string | number | undefined][] = [
    ["StorePath", record.storePath],
    ["URL", narUrl(record)],
    ["Compression", record.compression],
    ["FileHash", record.fileHash],
    ["FileSize", record.fileSize],
    ["NarHash", record.narHash],
    ["NarSize", record.narSize],
    ["References", record.references.join(" ")],
    ["Deriver", record.deriver],
    ["CA", record.ca],
    ["Listing", record.listing],
    ...record.sigs.map((sig): [Key, string] => ["Sig", sig]),
  ];
  return lines.map(([key, value]) => (value === undefined ? "" : `${key}: ${value}\n`)).join("");
}

/**
 * Strict inverse of {@link formatRecord}: only the canonical text is accepted.
 * @param storeDir the one store folder of the registry
 * @throws CatnixError CAT_RECORD_INVALID
 */
export function parseRecord(text: string, storeDir = defaultStoreDir): CatRecord {
  if (Buffer.byteLength(text) > MAX_RECORD_SIZE) throw invalid(TOO_LARGE);
  const { one, optional, sigs } = readLines(text);
  const record: CatRecord = {
    storePath: check("StorePath", () => parseStorePath(one("StorePath"), storeDir).path),
    ...parseUrl(one("URL"), one("Compression")),
    fileHash: parseHash("FileHash", one("FileHash")),
    fileSize: parseSize("FileSize", one("FileSize")),
    narHash: parseHash("NarHash", one("NarHash")),
    narSize: parseSize("NarSize", one("NarSize")),
    references: parseReferences(one("References")),
    ...optional("Deriver", "deriver", parseDeriver),
    ...optional("CA", "ca", parseContentAddress),
    ...optional("Listing", "listing", (value) => parseAddress("Listing", value)),
    sigs,
  };
  if (record.narSize === 0) throw invalid("NarSize is zero");
  if (record.compression === "none" && (record.fileHash !== record.narHash || record.fileSize !== record.narSize))
    throw invalid("without compression, the file is the NAR");
  if (!sigs.every(isSignature)) throw invalid("Sig is not <name>:<base64 of 64 bytes>");
  requireAscending("Sig", sigs);
  if (format(record) !== text) throw invalid("it is not in canonical form");
  return record;
}

/**
 * Reads a text that {@link parseRecord} has accepted before: what was checked then is not checked again, which takes a tenth
 * of the time.
 */
export function readAccepted(text: string): CatRecord {
  const values = new Map<string, string>();
  const sigs: string[] = [];
  for (const line of text.slice(0, -1).split("\n")) {
    const colon = line.indexOf(": ");
    const [key, value] = [line.slice(0, colon), line.slice(colon + 2)];
    if (key === "Sig") sigs.push(value);
    else values.set(key, value);
  }
  const get = (key: Key) => values.get(key)!;
  const [references, deriver, ca, listing] = [get("References"), get("Deriver"), get("CA"), get("Listing")];
  return {
    storePath: get("StorePath"),
    narAddress: get("URL").slice("nar/".length, "nar/".length + 64),
    compression: get("Compression") as CatRecord["compression"],
    fileHash: get("FileHash"),
    fileSize: Number(get("FileSize")),
    narHash: get("NarHash"),
    narSize: Number(get("NarSize")),
    references: references === "" ? [] : references.split(" "),
    ...(deriver && { deriver }),
    ...(ca && { ca }),
    ...(listing && { listing }),
    sigs,
  };
}

/**
 * Reads the record that a row leads to.
 * @param bytes content that was verified to have the address `row.swarmId`
 * @throws CatnixError CAT_RECORD_INVALID, CAT_RECORD_OF_ANOTHER_PATH
 */
export function decodeRecord(bytes: Uint8Array, nixId: Uint8Array, storeDir?: string): CatRecord {
  if (bytes.length > MAX_RECORD_SIZE) throw invalid(TOO_LARGE);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalid("it is not UTF-8");
  }
  const record = parseRecord(text, storeDir);
  if (!equalBytes(parseStorePath(record.storePath, storeDir).nixId, nixId))
    throw new CatnixError("CAT_RECORD_OF_ANOTHER_PATH", { nixId: toHex(nixId), storePath: record.storePath });
  return record;
}

function invalid(reason: string, cause?: unknown): CatnixError {
  return new CatnixError("CAT_RECORD_INVALID", { reason }, { cause });
}

function readLines(text: string) {
  if (/[\r\0]/.test(text)) throw invalid("it holds a carriage return or a zero byte");
  if (!text.isWellFormed()) throw invalid("it has no UTF-8");
  if (!text.endsWith("\n")) throw invalid("its last line has no end");
  const values = new Map<Key, string>();
  const sigs: string[] = [];
  let last = 0;
  for (const line of text.slice(0, -1).split("\n")) {
    const colon = line.indexOf(": ");
    const at = KEYS.findIndex((key) => key === line.slice(0, colon));
    if (colon < 0 || at < 0) throw invalid(`the line ${JSON.stringify(line.slice(0, 80))} is not known`);
    const key = KEYS[at]!;
    if (at < last || values.has(key)) throw invalid(`${key} stands where it may not`);
    last = at;
    const value = line.slice(colon + 2);
    if (value === "" && key !== "References") throw invalid(`${key} is empty`);
    if (key === "Sig") sigs.push(value);
    else values.set(key, value);
  }
  const one = (key: Key): string => {
    const value = values.get(key);
    if (value === undefined) throw invalid(`${key} is missing`);
    return value;
  };
  const optional = <N extends string>(key: Key, name: N, parse: (value: string) => string) => {
    const value = values.get(key);
    return (value === undefined ? {} : { [name]: parse(value) }) as Partial<Record<N, string>>;
  };
  return { one, optional, sigs };
}

function parseUrl(url: string, compression: string): Pick<CatRecord, "narAddress" | "compression"> {
  if (compression !== "zstd" && compression !== "none") throw invalid(`Compression is ${compression}`);
  const narAddress = parseAddress("URL", url.slice("nar/".length, "nar/".length + 64));
  if (url !== narUrl({ narAddress, compression })) throw invalid("URL is not that of a NAR by its address");
  return { narAddress, compression };
}

function parseAddress(key: Key, value: string): string {
  if (!isHex(value, 32)) throw invalid(`${key} holds no Swarm address`);
  return value;
}

function parseHash(key: Key, value: string): string {
  check(key, () => parseNixSha256(value));
  return value;
}

function parseSize(key: Key, value: string): number {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(value) || !Number.isSafeInteger(Number(value)))
    throw invalid(`${key} is not a size`);
  return Number(value);
}

function parseReferences(value: string): string[] {
  const references = value === "" ? [] : value.split(" ");
  for (const reference of references) check("References", () => parseBaseName(reference));
  requireAscending("References", references);
  return references;
}

function parseDeriver(value: string): string {
  check("Deriver", () => parseBaseName(value));
  if (!value.endsWith(".drv")) throw invalid("Deriver is no derivation");
  return value;
}

function parseContentAddress(value: string): string {
  if (!isContentAddress(value)) throw invalid("CA is no content address");
  return value;
}

function requireAscending(key: Key, values: readonly string[]): void {
  if (values.some((value, i) => i > 0 && Buffer.compare(Buffer.from(values[i - 1]!), Buffer.from(value)) >= 0))
    throw invalid(`${key} is not sorted, or says something twice`);
}

/** What Nix refuses, a record may not hold. */
function check<T>(key: Key, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (isCatnixError(error)) throw invalid(`${key}: ${error.message}`, error);
    throw error;
  }
}
