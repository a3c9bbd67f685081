import { LRUCache } from "lru-cache";
import type { IndexReader } from "../index/index-reader.js";
import { parseHashPart } from "../nix/store-path.js";
import { addSignatures, type NarInfoSigner } from "./sign-narinfo.js";

/** Bytes of narinfo that are kept ready. */
const MAX_CACHED_BYTES = 64 << 20;
/** What an entry takes beside its text, roughly, in bytes. */
const ENTRY_OVERHEAD = 300;

export interface NarInfoOptions {
  /** Adds the relay's own signature. */
  readonly signer?: NarInfoSigner | undefined;
  /** Whether the signatures of members are added; true where not given. */
  readonly members?: boolean | undefined;
  /** Of the cache. */
  readonly maxBytes?: number;
}

/**
 * Narinfo ready to be sent, by hash part. All of it is dropped as soon as the index is another one: the index is asked for its
 * version before every answer, so that a withdrawal takes effect at once and an index that cannot be read answers nothing.
 */
export class NarInfoSource {
  readonly #index: IndexReader;
  readonly #options: NarInfoOptions;
  readonly #ready: LRUCache<string, Buffer>;
  #version: string | undefined;

  constructor(index: IndexReader, options: NarInfoOptions = {}) {
    this.#index = index;
    this.#options = options;
    const { maxBytes = MAX_CACHED_BYTES } = options;
    this.#ready = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ length }) => length + ENTRY_OVERHEAD });
  }

  /**
   * @param hashPart 32 characters of nix-base32
   * @returns the record's canonical text, with the relay's own signature where it has a key, and members'; undefined where the
   * path has no translation
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
    const { signer, members = true } = this.#options;
    const own = signer === undefined ? [] : [signer(record)];
    const others = members ? this.#index.signatures.find(mapping.row.swarmId).sort() : [];
    const body = Buffer.from(addSignatures(mapping.text, record, [...own, ...others]));
    this.#ready.set(hashPart, body);
    return body;
  }
}
