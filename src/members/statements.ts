import type { SigningKey } from "ethers";
import { makeChunk } from "../bmt/chunk.js";
import { CHUNK_SIZE, SPAN_SIZE } from "../bmt/constants.js";
import { decodeSpan } from "../bmt/span.js";
import { fromHex, toHex } from "../encoding/hex.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { makeOwnedChunk, type OwnedChunk, OWNER_SIZE } from "../owned/owned-chunk.js";
import type { ContentStore, StoreOptions } from "../swarm/content-store.js";
import type { OwnedChunkStore } from "../swarm/owned-chunk-store.js";

/** Bytes of what a member states at most: room for the signature of any contract. */
export const MAX_STATEMENT_SIZE = 64 << 10;

/** How long one member's statement may take, in milliseconds: a network looks long for what is not there. */
const TIMEOUT_MS = 30_000;

/** Where members' statements are. */
export interface StatementStore {
  readonly owned: OwnedChunkStore;
  readonly content: ContentStore;
}

export interface ReadStatementOptions extends StoreOptions {
  /** In milliseconds; 30 s where not given. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Puts what a member states under its owned key: up to 4,096 bytes are in the owned chunk itself; what is longer becomes a file
 * whose root chunk the owned chunk wraps.
 * @param id 32 bytes
 * @returns address of the owned chunk, 64 hex digits
 * @throws CatnixError of uploads
 */
export async function putStatement(
  { owned, content }: StatementStore,
  key: SigningKey,
  id: Uint8Array,
  payload: Uint8Array,
  options: StoreOptions = {},
): Promise<string> {
  if (payload.length > MAX_STATEMENT_SIZE) throw new RangeError(`a statement of ${payload.length} bytes`);
  if (payload.length <= CHUNK_SIZE)
    return owned.putOwned(makeOwnedChunk(key, id, makeChunk(payload.length, payload)), options);
  const { address } = await content.write(payload, options);
  const root = { address: fromHex(address, 32), data: await content.getChunk(address, options) };
  return owned.putOwned(makeOwnedChunk(key, id, root), options);
}

/**
 * Reads what a member states. It is the owner's; that there is no newer one is not proved.
 * @param owner checksummed or not, `0x` and 40 hex digits
 * @param id 32 bytes
 * @returns undefined where the endpoint finds none
 * @throws CatnixError STATEMENT_INVALID where it is too long; OWNED_CHUNK_INVALID, SWARM_MISMATCH where it is not the owner's;
 * STATEMENT_LATE; what else the store throws; the signal's reason
 */
export async function readStatement(
  { owned, content }: StatementStore,
  owner: string,
  id: Uint8Array,
  { signal: outer, timeoutMs = TIMEOUT_MS }: ReadStatementOptions = {},
): Promise<Uint8Array | undefined> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = outer ? AbortSignal.any([outer, timeout]) : timeout;
  try {
    const chunk = await findOwned(owned, fromHex(owner.slice(2).toLowerCase(), OWNER_SIZE), id, signal);
    if (chunk === undefined) return undefined;
    const { data, address } = chunk.wrapped;
    const size = decodeSpan(data);
    if (size <= BigInt(CHUNK_SIZE)) return data.subarray(SPAN_SIZE);
    if (size > BigInt(MAX_STATEMENT_SIZE))
      throw new CatnixError("STATEMENT_INVALID", { owner, reason: `it is ${size} bytes long` });
    return await content.readAll(toHex(address), MAX_STATEMENT_SIZE, { signal });
  } catch (error) {
    outer?.throwIfAborted();
    if (!timeout.aborted) throw error;
    throw new CatnixError("STATEMENT_LATE", { owner, milliseconds: timeoutMs }, { cause: error });
  }
}

async function findOwned(
  store: OwnedChunkStore,
  owner: Uint8Array,
  id: Uint8Array,
  signal: AbortSignal,
): Promise<OwnedChunk | undefined> {
  try {
    return await store.getOwned(owner, id, { signal });
  } catch (error) {
    if (isCatnixError(error, "SWARM_NOT_FOUND")) return undefined;
    throw error;
  }
}
