import { z } from "zod";
import { parseChunk, verifyChunk } from "../bmt/chunk.js";
import { MAX_CHUNK_DATA_SIZE } from "../bmt/constants.js";
import { FileHasher, type FileDigest } from "../bmt/file-hasher.js";
import { parseFileNode } from "../bmt/file-node.js";
import { readRange } from "../bmt/join-file.js";
import { fromHex, isHex, toHex } from "../encoding/hex.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { MAX_OWNED_DATA_SIZE, type OwnedChunk, ownedAddress, verifyOwnedChunk } from "../owned/owned-chunk.js";
import { type AnyChunk, verifyAnyChunk } from "../owned/verify-any-chunk.js";
import { BeeEndpoint, type BeeEndpointOptions, type UploadBody } from "./bee-endpoint.js";
import type { ContentStore, ReadOptions, StoreOptions, WrittenFile } from "./content-store.js";
import { checkSize, chunkCountsOf, lengthOf } from "./answer-headers.js";
import { beginBody } from "./begin-body.js";
import type { OwnedChunkStore } from "./owned-chunk-store.js";
import { dropBytes, startOf } from "./partial-answer.js";
import { readAtMost } from "./read-at-most.js";
import { readWhole } from "./read-whole.js";
import { hashSource, sliceBytes } from "./upload-source.js";
import { verifyBody } from "./verify-body.js";

export interface BeeStoreOptions extends BeeEndpointOptions {
  /** Postage batch that pays uploads, 64 hexadecimal digits; without one the store only reads. */
  batchId?: string | undefined;
  /** Whether the node answers uploads before it has pushed them to the network; true where not given, as with Bee. */
  deferred?: boolean | undefined;
  /** How long the node may look for one chunk in the network, in seconds; 10 where not given. */
  retrievalSeconds?: number | undefined;
}

/** Uploads from memory up to this many bytes go in one piece, longer ones as a stream with its finer timeouts. */
const ONE_PIECE = 1 << 20;

const uploaded = z.object({ reference: z.string().regex(/^[0-9a-f]{64}$/) });
const tag = z.object({ uid: z.int().nonnegative() });

/** {@link ContentStore} and {@link OwnedChunkStore} over the HTTP API of one Bee (8.x) or embedded node. */
export class BeeStore implements ContentStore, OwnedChunkStore {
  readonly #endpoint: BeeEndpoint;
  readonly #batchId: string | undefined;
  readonly #deferred: boolean;
  readonly #readHeaders: Record<string, string>;
  #tag: Promise<number> | undefined;

  /** @throws TypeError where `url` is none; RangeError where `batchId` is not 64 lower-case hexadecimal digits */
  constructor({ batchId, deferred = true, retrievalSeconds = 10, ...endpoint }: BeeStoreOptions) {
    if (batchId !== undefined && !isHex(batchId, 32))
      throw new RangeError(`not a postage batch: ${batchId.slice(0, 80)}`);
    this.#endpoint = new BeeEndpoint(endpoint);
    this.#batchId = batchId;
    this.#deferred = deferred;
    this.#readHeaders = {
      "swarm-redundancy-level": "0", // do not look for parity chunks: there are none
      "swarm-chunk-retrieval-timeout": `${retrievalSeconds}s`,
    };
  }

  /** For people: without secrets. */
  get url(): string {
    return this.#endpoint.url;
  }

  read(address: string, options: ReadOptions = {}) {
    return this.#endpoint.retry(() => this.#open(address, options), options.signal);
  }

  readRange(address: string, range: { start: number; end: number }, { signal }: StoreOptions = {}) {
    const getChunk = (chunk: Uint8Array, either: AbortSignal) => this.getChunk(toHex(chunk), { signal: either });
    return readRange(fromHex(address, 32), range, getChunk, { signal });
  }

  readAll(address: string, maxBytes: number, { signal }: StoreOptions = {}): Promise<Uint8Array> {
    return this.#endpoint.retry(async () => {
      const { size, body } = await this.#open(address, { maxBytes, signal });
      return readWhole(body, size);
    }, signal);
  }

  async has(address: string, { signal }: StoreOptions = {}): Promise<boolean> {
    fromHex(address, 32);
    const head = {
      method: "HEAD",
      path: `bytes/${address}`,
      subject: { address },
      headers: this.#readHeaders,
      signal,
    } as const;
    try {
      await this.#endpoint.retry(() => this.#endpoint.request(head), signal);
      return true;
    } catch (error) {
      if (isCatnixError(error, "SWARM_NOT_FOUND")) return false;
      throw error;
    }
  }

  async write(body: Uint8Array | AsyncIterable<Uint8Array>, { signal }: StoreOptions = {}): Promise<WrittenFile> {
    const headers = { "swarm-redundancy-level": "0", "swarm-deferred-upload": String(this.#deferred) };
    const send = async (source: UploadBody, digest: () => FileDigest) => {
      const answer = await this.#upload("bytes", source, headers, signal);
      const { address, size } = digest();
      return { address: this.#compare(toHex(address), answer.value.reference), size, ...chunkCountsOf(answer.headers) };
    };
    if (body instanceof Uint8Array) {
      const digest = new FileHasher().update(body).digest();
      return this.#endpoint.retry(() => send(body.length > ONE_PIECE ? sliceBytes(body) : body, () => digest), signal);
    }
    // A stream passes once: no second attempt.
    const hasher = new FileHasher();
    return send(hashSource(body, hasher), () => hasher.digest());
  }

  getChunk(address: string, { signal }: StoreOptions = {}): Promise<Uint8Array> {
    return this.#fetchChunk(address, MAX_CHUNK_DATA_SIZE, verifyChunk, signal);
  }

  /** A chunk of either kind, verified; throws like {@link getChunk}. For nodes, which pass chunks on. */
  getAnyChunk(address: string, { signal }: StoreOptions = {}): Promise<AnyChunk> {
    return this.#fetchChunk(address, MAX_OWNED_DATA_SIZE, verifyAnyChunk, signal);
  }

  getOwned(owner: Uint8Array, id: Uint8Array, { signal }: StoreOptions = {}): Promise<OwnedChunk> {
    return this.#fetchChunk(toHex(ownedAddress(owner, id)), MAX_OWNED_DATA_SIZE, verifyOwnedChunk, signal);
  }

  putOwned(chunk: OwnedChunk, { signal }: StoreOptions = {}): Promise<string> {
    const path = `soc/${toHex(chunk.owner)}/${toHex(chunk.id)}?sig=${toHex(chunk.signature)}`;
    // Said each time: a Bee's default for owned chunks is another one than for files.
    const headers = { "swarm-deferred-upload": String(this.#deferred) };
    return this.#endpoint.retry(async () => {
      const answer = await this.#upload(path, chunk.wrapped.data, headers, signal);
      return this.#compare(toHex(chunk.address), answer.value.reference);
    }, signal);
  }

  /**
   * The bytes [start, end) of a file as the node sends them: NOT verified, for whoever holds each chunk against the file's tree;
   * there may be more or less of them. One attempt, which resolves when the first bytes are there.
   */
  async openBytes(
    address: string,
    { start, end }: { start: number; end: number },
    { signal }: StoreOptions = {},
  ): Promise<AsyncIterable<Uint8Array>> {
    fromHex(address, 32);
    const range = { range: `bytes=${start}-${end - 1}` };
    const answer = await this.#get(`bytes/${address}`, address, signal, range);
    try {
      const skip = start - startOf(answer.headers, this.#endpoint.url);
      if (skip < 0) throw new CatnixError("SWARM_ANSWER_INVALID", { url: this.#endpoint.url, reason: "another range" });
      return await beginBody(dropBytes(answer.body, skip));
    } catch (error) {
      answer.discard();
      throw error;
    }
  }

  async putChunk(data: Uint8Array, { signal }: StoreOptions = {}): Promise<string> {
    const { address } = parseChunk(data);
    return this.#endpoint.retry(async () => {
      // A Bee pushes a single chunk before it answers, unless there is a tag to count it under.
      const headers = this.#deferred ? { "swarm-tag": String(await this.#tagFor()) } : {};
      const answer = await this.#upload("chunks", data, headers, signal);
      return this.#compare(toHex(address), answer.value.reference);
    }, signal);
  }

  async #open(address: string, { size, maxBytes = Infinity, signal }: ReadOptions) {
    fromHex(address, 32);
    if (size !== undefined) checkSize(address, size, undefined, maxBytes);
    const answer = await this.#get(`bytes/${address}`, address, signal);
    try {
      const actual = lengthOf(answer.headers, this.#endpoint.url) ?? size ?? (await this.#sizeOf(address, signal));
      checkSize(address, actual, size, maxBytes);
      return { size: actual, body: verifyBody(address, actual, answer.body) };
    } catch (error) {
      answer.discard();
      throw error;
    }
  }

  /** @param verify throws where the data does not belong to the address */
  #fetchChunk<T>(
    address: string,
    maxBytes: number,
    verify: (address: Uint8Array, data: Uint8Array) => T,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const wanted = fromHex(address, 32);
    return this.#endpoint.retry(async () => {
      const { body } = await this.#get(`chunks/${address}`, address, signal);
      // One byte more than a chunk can have, so that a longer body does not pass for a chunk.
      return verify(wanted, await readAtMost(body, maxBytes + 1));
    }, signal);
  }

  #get(path: string, address: string, signal: AbortSignal | undefined, more: Record<string, string> = {}) {
    const headers = { ...this.#readHeaders, ...more };
    return this.#endpoint.request({ method: "GET", path, subject: { address }, headers, signal });
  }

  /** What the root chunk says: for nodes and proxies that give no length. */
  async #sizeOf(address: string, signal: AbortSignal | undefined): Promise<number> {
    return parseFileNode(fromHex(address, 32), await this.getChunk(address, { signal })).span;
  }

  #upload(path: string, body: UploadBody, headers: Record<string, string>, signal: AbortSignal | undefined) {
    const batch = this.#batchId;
    if (batch === undefined) throw new CatnixError("SWARM_BATCH_MISSING", undefined);
    return this.#endpoint.requestJson(
      {
        method: "POST",
        path,
        subject: { batch },
        headers: { "content-type": "application/octet-stream", "swarm-postage-batch-id": batch, ...headers },
        body,
        signal,
      },
      uploaded,
    );
  }

  #compare(computed: string, answered: string): string {
    if (computed === answered) return computed;
    throw new CatnixError("SWARM_UPLOAD_MISMATCH", { url: this.#endpoint.url, computed, answered });
  }

  /** One serves for all chunks of this store. */
  #tagFor(): Promise<number> {
    const batch = this.#batchId;
    if (batch === undefined) throw new CatnixError("SWARM_BATCH_MISSING", undefined);
    this.#tag ??= this.#endpoint
      .requestJson({ method: "POST", path: "tags", subject: { batch } }, tag)
      .then(({ value }) => value.uid)
      .catch((error: unknown) => {
        this.#tag = undefined;
        throw error;
      });
    return this.#tag;
  }
}
