import { createHash, getHashes, type Hash } from "node:crypto";
import type { CatRecord } from "../cat/record.js";
import { equalBytes } from "../encoding/bytes.js";
import { type ContentAddress, parseContentAddress } from "../nix/content-address.js";
import { contentPath } from "../nix/content-path.js";
import { NarParser } from "../nix/nar-parser.js";
import { parseNixSha256 } from "../nix/nix-hash.js";
import { parseStorePath } from "../nix/store-path.js";
import type { RowOutcome } from "./row-outcome.js";

export interface AddressOptions {
  readonly storeDir: string;
  /** The record's NAR, held against its NarHash; asked for at most once, and only where the NarHash does not say enough. */
  readonly readNar: () => AsyncIterable<Uint8Array>;
}

/**
 * Whether a store path follows from its contents: those of sources, of `.drv` files and of fetched files do. Nobody has to
 * vouch for such a path: whoever has the contents computes it. That the NAR on Swarm has the NarHash of the record is what
 * `batch sign` checks.
 * @returns `addressed`; `differs` where the contents are not those that the path names; `failed` where the record claims a
 * content address that leads to another path; undefined where the path is no such one, or cannot be told to be: git trees, and
 * NARs that mention themselves
 * @throws what `readNar` throws
 */
export async function checkAddress(record: CatRecord, options: AddressOptions): Promise<RowOutcome | undefined> {
  const mode = "address";
  const claimed = record.ca === undefined ? undefined : parseContentAddress(record.ca);
  // A source whose record does not say so is one all the same: only the path counts.
  const address = claimed ?? { method: "nar", algorithm: "sha256", hash: parseNixSha256(record.narHash) };
  if (pathOf(address, record, options.storeDir) !== record.storePath)
    return claimed && { result: "failed", mode, reason: `its CA, ${record.ca}, leads to another store path` };
  const actual = await hashContents(address, record, options.readNar);
  if (actual === undefined) return undefined;
  if (equalBytes(actual, address.hash)) return { result: "addressed", mode };
  return { result: "differs", mode, reason: `its contents are not those that its path and CA, ${record.ca}, name` };
}

function pathOf(address: ContentAddress, record: CatRecord, storeDir: string): string | undefined {
  const { name, baseName } = parseStorePath(record.storePath, storeDir);
  const references = record.references.filter((other) => other !== baseName).map((other) => `${storeDir}/${other}`);
  const isSelfReferring = record.references.includes(baseName);
  return contentPath(address, { name, references, isSelfReferring, storeDir });
}

async function hashContents(
  { method, algorithm }: ContentAddress,
  record: CatRecord,
  readNar: () => AsyncIterable<Uint8Array>,
): Promise<Uint8Array | undefined> {
  const { baseName } = parseStorePath(record.storePath, record.storePath.slice(0, record.storePath.lastIndexOf("/")));
  // The NarHash of what mentions itself is not the hash that its path is made of: Nix leaves those places out.
  if (method === "git" || record.references.includes(baseName)) return undefined;
  if (method === "nar" && algorithm === "sha256") return parseNixSha256(record.narHash);
  if (!getHashes().includes(algorithm)) return undefined;
  const hash = createHash(algorithm);
  return method === "nar" ? hashAll(readNar(), hash) : hashFile(readNar(), hash);
}

async function hashAll(nar: AsyncIterable<Uint8Array>, hash: Hash): Promise<Uint8Array> {
  for await (const piece of nar) hash.update(piece);
  return hash.digest();
}

/** @returns nothing that any address has, where the NAR is not of one plain file */
async function hashFile(nar: AsyncIterable<Uint8Array>, hash: Hash): Promise<Uint8Array> {
  const parser = new NarParser();
  let isFile = false;
  for await (const piece of nar)
    for (const event of parser.push(piece)) {
      if (event.type === "file" && event.name.length === 0) isFile = !event.executable;
      if (event.type === "content") hash.update(event.bytes);
    }
  parser.end();
  return isFile ? hash.digest() : new Uint8Array(0);
}
