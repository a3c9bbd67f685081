import type { SigningKey } from "ethers";
import { addressOfChunkData, type Chunk } from "../bmt/chunk.js";
import { MAX_CHUNK_DATA_SIZE, SPAN_SIZE } from "../bmt/constants.js";
import { fitPayload, parseFileNode } from "../bmt/file-node.js";
import { concatBytes, equalBytes } from "../encoding/bytes.js";
import { toHex } from "../encoding/hex.js";
import { keccak256 } from "../encoding/keccak.js";
import { CatnixError } from "../errors/catnix-error.js";
import { ownerOf, recoverOwner, SIGNATURE_SIZE, signMessage, toCanonicalSignature } from "./signature.js";

/** Bytes of an owner, which is an Ethereum address. */
export const OWNER_SIZE = 20;
/** Bytes of an identifier. */
export const ID_SIZE = 32;
/** Bytes before the wrapped chunk's data. */
const HEAD_SIZE = ID_SIZE + SIGNATURE_SIZE;
/** Bytes of an owned chunk's data at least, with an empty payload, and at most. */
const MIN_OWNED_DATA_SIZE = HEAD_SIZE + SPAN_SIZE;
export const MAX_OWNED_DATA_SIZE = HEAD_SIZE + MAX_CHUNK_DATA_SIZE;

/**
 * A single owner chunk of Swarm: its address is chosen by its owner, its content vouched for by the owner's signature. Whoever
 * has the key can sign other content for the same address, and anybody can bring back content that was replaced.
 */
export interface OwnedChunk {
  /** `keccak256(id ‖ owner)`, 32 bytes. */
  readonly address: Uint8Array;
  /** 20 bytes. */
  readonly owner: Uint8Array;
  /** 32 bytes. */
  readonly id: Uint8Array;
  /** 65 bytes. */
  readonly signature: Uint8Array;
  /** What it holds: a content-addressed chunk, be it a payload or the root of a file. */
  readonly wrapped: Chunk;
  /** `id (32) ‖ signature (65) ‖ span (8) ‖ payload (up to 4,096)`. */
  readonly data: Uint8Array;
}

/**
 * Where the owner's chunk of this identifier is, 32 bytes (Bee: pkg/soc, `CreateAddress`).
 * @param owner 20 bytes
 * @param id 32 bytes
 * @throws RangeError where they are of another length
 */
export function ownedAddress(owner: Uint8Array, id: Uint8Array): Uint8Array {
  if (owner.length !== OWNER_SIZE) throw new RangeError(`an owner of ${owner.length} bytes`);
  if (id.length !== ID_SIZE) throw new RangeError(`an identifier of ${id.length} bytes`);
  return keccak256(id, owner);
}

/**
 * Signs `wrapped` as the owned chunk of `key` with this identifier.
 * @param id 32 bytes
 * @param wrapped a node of a plain file; `makeChunk(payload.length, payload)` for a payload
 * @throws RangeError where `id` is of another length
 * @throws CatnixError `SWARM_CHUNK_INVALID` where `wrapped` has another shape
 */
export function makeOwnedChunk(key: SigningKey, id: Uint8Array, wrapped: Chunk): OwnedChunk {
  const owner = ownerOf(key);
  const address = ownedAddress(owner, id);
  parseFileNode(wrapped.address, wrapped.data);
  const signature = signMessage(key, messageOf(id, wrapped));
  return { address, owner, id, signature, wrapped, data: concatBytes(id, signature, wrapped.data) };
}

/**
 * Reads an owned chunk, brings it into its one form, and finds out whose it is. A signature vouches for the wrapped chunk's
 * address, which does not tell zeros at the end of a payload from padding, and has twins itself. Anybody can so change an owned
 * chunk that a Bee still takes it, and put it in place of the owner's: to refuse it would let anybody take the owner's away.
 * What comes out is always the same: low `s`, `v` 27 or 28, a payload as long as its span says.
 * @param data becomes part of the result where it has that form
 * @throws CatnixError `OWNED_CHUNK_INVALID` where it is none: its length, its signature, the wrapped chunk's shape
 */
export function parseOwnedChunk(data: Uint8Array): OwnedChunk {
  if (data.length < MIN_OWNED_DATA_SIZE || data.length > MAX_OWNED_DATA_SIZE)
    throw new CatnixError("OWNED_CHUNK_INVALID", { reason: `${data.length} bytes long` });
  const id = data.subarray(0, ID_SIZE);
  try {
    const given = data.subarray(ID_SIZE, HEAD_SIZE);
    const signature = toCanonicalSignature(given);
    const content = fitPayload(data.subarray(HEAD_SIZE));
    const wrapped = { address: addressOfChunkData(content), data: content };
    parseFileNode(wrapped.address, content);
    const owner = recoverOwner(messageOf(id, wrapped), signature);
    const isCanonical = signature === given && content.length === data.length - HEAD_SIZE;
    const canonical = isCanonical ? data : concatBytes(id, signature, content);
    return { address: ownedAddress(owner, id), owner, id, signature, wrapped, data: canonical };
  } catch (error) {
    const reason = (error as Error).message;
    throw new CatnixError("OWNED_CHUNK_INVALID", { reason }, { cause: error });
  }
}

/**
 * Reads `data` as the owned chunk at `address` (32 bytes).
 * @throws CatnixError `OWNED_CHUNK_INVALID` like {@link parseOwnedChunk}; `SWARM_MISMATCH` where it is one of another owner or
 * identifier, or was changed after it had been signed
 */
export function verifyOwnedChunk(address: Uint8Array, data: Uint8Array): OwnedChunk {
  const chunk = parseOwnedChunk(data);
  if (equalBytes(chunk.address, address)) return chunk;
  throw new CatnixError("SWARM_MISMATCH", { address: toHex(address), actual: toHex(chunk.address) });
}

/** What the owner signs: 32 bytes. */
function messageOf(id: Uint8Array, wrapped: Chunk): Uint8Array {
  return keccak256(id, wrapped.address);
}
