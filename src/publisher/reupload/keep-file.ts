import { FileHasher } from "../../bmt/file-hasher.js";
import { drain } from "../../encoding/drain.js";
import { toHex } from "../../encoding/hex.js";
import { isCatnixError } from "../../errors/catnix-error.js";
import type { BeeEndpoint } from "../../swarm/bee-endpoint.js";
import type { ContentStore } from "../../swarm/content-store.js";
import { isRetrievable, sendAgain } from "../../swarm/stewardship.js";
import { retryUpload } from "../retry-upload.js";

/** Makes a file's bytes from the disk, each time anew. */
export type MakeFile = () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** A file on Swarm that should stay there. */
export interface FileToKeep {
  /** 64 hexadecimal digits. */
  readonly address: string;
  readonly what: "nar" | "listing" | "record" | "delta" | "pack";
  /** Whose it is. */
  readonly storePath?: string | undefined;
  /** Of a record: base names. */
  readonly references?: readonly string[] | undefined;
  /** What may make it again; nothing of that is believed. */
  readonly copies: readonly MakeFile[];
}

/** What became of a file. */
export type KeptFile =
  /** The network has all of it. */
  | { readonly kind: "there" }
  /** The node had it, and sent it again. */
  | { readonly kind: "sent" }
  /** It was made from the disk, and uploaded. */
  | { readonly kind: "repaired" }
  | { readonly kind: "lost"; readonly reason: string };

export interface KeepOptions {
  readonly store: ContentStore;
  /** The same node; one that may take long to answer. */
  readonly node: BeeEndpoint;
  /** Pays, 64 hexadecimal digits. */
  readonly batch: string;
  /** Whether to look only. */
  readonly checkOnly: boolean;
  /** Whether to send also what is there: to have another batch pay for it. */
  readonly all: boolean;
  /** Further attempts at an upload that failed for a reason that may pass. */
  readonly retries: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sees to it that a file stays on Swarm: where the network has lost something of it, it is sent again by the node, else
 * made again from the disk. What is made is hashed before it is sent: only the very same bytes go up.
 * @throws CatnixError SWARM_…: the batch or the node; the signal's reason
 */
export async function keepFile(file: FileToKeep, options: KeepOptions): Promise<KeptFile> {
  const { node, batch, all, checkOnly, signal } = options;
  const { address } = file;
  const answer = all ? undefined : await isRetrievable(node, address, signal);
  // A node or proxy that is no steward still gives what it has.
  const isThere = all ? false : (answer ?? (await canBeRead(address, options)));
  if (isThere) return { kind: "there" };
  if (checkOnly) return { kind: "lost", reason: "the network does not give all of its chunks" };
  if ((all || answer !== undefined) && (await sendAgain(node, address, batch, signal))) return { kind: "sent" };
  return repair(file, options);
}

async function canBeRead(address: string, { store, signal }: KeepOptions): Promise<boolean> {
  try {
    await drain((await store.read(address, { signal })).body);
    return true;
  } catch (error) {
    if (isCatnixError(error, "SWARM_NOT_FOUND", "SWARM_TRUNCATED", "SWARM_MISMATCH")) return false;
    throw error;
  }
}

async function repair({ address, copies }: FileToKeep, options: KeepOptions): Promise<KeptFile> {
  const { store, signal } = options;
  const reasons: string[] = [];
  for (const make of copies) {
    try {
      const actual = await addressOf(make(), signal);
      if (actual !== address) {
        reasons.push(`what the disk gives has the address ${actual}`);
        continue;
      }
      const written = await retryUpload(() => store.write(toAsync(make()), { signal }), options);
      if (written.address === address) return { kind: "repaired" };
      reasons.push(`what the disk gave the second time has the address ${written.address}`);
    } catch (error) {
      signal?.throwIfAborted();
      // Of the disk: another copy may do. What Swarm has against it concerns all files.
      if (!isCatnixError(error) || error.code.startsWith("SWARM_")) throw error;
      reasons.push(error.message);
    }
  }
  return { kind: "lost", reason: reasons.join("; ") || "nothing on the disk can make it" };
}

async function addressOf(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<string> {
  const hasher = new FileHasher();
  for await (const piece of source) {
    signal?.throwIfAborted();
    hasher.update(piece);
  }
  return toHex(hasher.digest().address);
}

async function* toAsync(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* source;
}
