import { LRUCache } from "lru-cache";
import type { IndexReader } from "../index/index-reader.js";
import { parseHashPart } from "../nix/store-path.js";
import { addSignature, type NarInfoSigner } from "./sign-narinfo.js";

/** Bytes of narinfo that are kept ready. */
const MAX_CACHED_BYTES = 64 << 20;
/** What an entry takes beside its text, roughly, in bytes. */
const ENTRY_OVERHEAD = 300;

/**
 * Narinfo ready to be sent, by hash part. All of it is dropped as soon as the index is another one: the index is asked for its
 * version before every answer, so that a withdrawal takes effect at once and an index that cannot be read answers nothing.
 */
export class NarInfoSource {
  readonly #index: IndexReader;
  readonly #signer: NarInfoSigner | undefined;
  readonly #ready: LRUCache<string, Buffer>;
  #version: string | undefined;

  /** @param maxBytes of the cache */
  constructor(index: IndexReader, signer: NarInfoSigner | undefined, maxBytes = MAX_CACHED_BYTES) {
    this.#index = index;
    this.#signer = signer;
    this.#ready = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ length }) => length + ENTRY_OVERHEAD });
  }

  /**
   * @param hashPart 32 characters of nix-base32
   * @returns the record's canonical text, with the relay's own signature where it has a key; undefined where the path has no
   * translation
   * @throws CatnixError DATABASE_FAILED, STORE_PATH_INVALID; CAT_RECORD_INVALID, CAT_RECORD_OF_ANOTHER_PATH where the
   * quorum approved what it should not have
   */
  find(hashPart: string): Buffer | undefined {
    // The version comes first: what is read after it is at least as new.
    const version = this.#index.version();
    if (version !== this.#version) {
      this.#ready.clear();
      this.#version = version;
    }
    return this.#ready.get(hashPart) ?? this.#prepare(hashPart);
  }

  #prepare(hashPart: string): Buffer | undefined {
    const mapping = this.#index.findMapping(parseHashPart(hashPart));
    if (mapping === undefined) return undefined;
    const record = this.#index.recordOf(mapping);
    const { text } = mapping;
    const body = Buffer.from(this.#signer === undefined ? text : addSignature(text, record, this.#signer(record)));
    this.#ready.set(hashPart, body);
    return body;
  }
}
