import { LRUCache } from "lru-cache";
import { CHUNK_SIZE } from "../../bmt/constants.js";
import { parseFileNode, type FileNode } from "../../bmt/file-node.js";
import { readRange, requireRange } from "../../bmt/join-file.js";
import { listLeaves } from "../../bmt/list-leaves.js";
import { fromHex, toHex } from "../../encoding/hex.js";
import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import { checkSize } from "../answer-headers.js";
import type { ContentStore, ReadOptions, StoreOptions } from "../content-store.js";
import { readWhole } from "../read-whole.js";
import { retryPassing } from "../retry-passing.js";
import type { Endpoint } from "./endpoint.js";
import type { EndpointReport } from "./endpoint-health.js";
import { HedgeBudget } from "./hedge-budget.js";
import { LeafCursor } from "./leaf-cursor.js";
import { raceEndpoints, type Won } from "./race-endpoints.js";
import { streamLeaves, trimTo } from "./stream-leaves.js";

export interface FailoverOptions {
  /** After which a second endpoint is asked where the first has not begun to answer; one second where not given. */
  readonly hedgeMs?: number;
  /** How long it may take until it is known that nobody has something; 30 s where not given. */
  readonly deadlineMs?: number;
  /** How long 4,096 bytes of a file may take to arrive from one endpoint; 20 s where not given. */
  readonly leafMs?: number;
  /** Further rounds over all endpoints where all failed for a reason that may pass; 2 where not given. */
  readonly retries?: number;
  /** How long "nobody has it" is remembered; 15 s where not given. */
  readonly absentMs?: number;
}

/** Addresses of which it is remembered that nobody has them. */
const MAX_ABSENT = 10_000;
/** What may be up to this many bytes long is read from one node, in one request; what may be longer as a stream. */
const IN_ONE_GO = 1 << 21;
/** Ranges up to this many bytes are read chunk by chunk, all of them asked for at once. */
const FEW_BYTES = 32_768;

/**
 * {@link ContentStore} over several nodes, of which none is trusted. Files come as streams of whichever node is first, each 4 KiB
 * held against the file's own tree before it is passed on; what one node fails to send, or sends wrong, comes from the
 * next, from the same byte on. Uploads go to one node.
 */
export class FailoverStore implements ContentStore {
  readonly #endpoints: readonly Endpoint[];
  readonly #uploads: ContentStore;
  readonly #budget = new HedgeBudget();
  readonly #absent: LRUCache<string, CatnixError>;
  readonly #hedgeMs: number;
  readonly #deadlineMs: number;
  readonly #leafMs: number;
  readonly #retries: number;

  /**
   * @param endpoints to read from, in the order of preference
   * @param uploads where everything is written to
   */
  constructor(endpoints: readonly Endpoint[], uploads: ContentStore, options: FailoverOptions = {}) {
    if (endpoints.length === 0) throw new TypeError("no endpoint");
    this.#endpoints = endpoints;
    this.#uploads = uploads;
    this.#hedgeMs = options.hedgeMs ?? 1000;
    this.#deadlineMs = options.deadlineMs ?? 30_000;
    this.#leafMs = options.leafMs ?? 20_000;
    this.#retries = options.retries ?? 2;
    this.#absent = new LRUCache({ max: MAX_ABSENT, ttl: options.absentMs ?? 15_000 });
  }

  /** How each endpoint does, in the order of preference. */
  endpoints(): EndpointReport[] {
    return this.#endpoints.map(({ health }) => health.report());
  }

  async read(address: string, { size, maxBytes = Infinity, signal }: ReadOptions = {}) {
    const root = fromHex(address, 32);
    if (size !== undefined) checkSize(address, size, undefined, maxBytes);
    const node = parseFileNode(root, await this.getChunk(address, { signal }));
    checkSize(address, node.span, size, maxBytes);
    return { size: node.span, body: this.#stream(address, node, { start: 0, end: node.span }, signal) };
  }

  async *readRange(
    address: string,
    range: { start: number; end: number },
    { signal }: StoreOptions = {},
  ): AsyncGenerator<Uint8Array, void> {
    const root = fromHex(address, 32);
    if (range.end - range.start <= FEW_BYTES) {
      yield* readRange(root, range, this.#getTreeChunk, { signal });
      return;
    }
    const node = parseFileNode(root, await this.getChunk(address, { signal }));
    requireRange(address, range, node.span);
    yield* this.#stream(address, node, range, signal);
  }

  async readAll(address: string, maxBytes: number, { signal }: StoreOptions = {}): Promise<Uint8Array> {
    if (maxBytes <= IN_ONE_GO) {
      const call = ({ reader }: Endpoint, either: AbortSignal) => reader.readAll(address, maxBytes, { signal: either });
      try {
        return (await this.#ask(`${address}, whole`, call, signal)).value;
      } catch (error) {
        // No node gives it whole; together they may. And how long it is, a node only claims: its root chunk knows.
        if (!isCatnixError(error, "SWARM_TRUNCATED", "SWARM_MISMATCH", "SWARM_TOO_LARGE")) throw error;
      }
    }
    const { size, body } = await this.read(address, { maxBytes, signal });
    return readWhole(body, size);
  }

  async has(address: string, { signal }: StoreOptions = {}): Promise<boolean> {
    const call = async ({ reader }: Endpoint, either: AbortSignal) => {
      if (!(await reader.has(address, { signal: either }))) throw new CatnixError("SWARM_NOT_FOUND", { address });
    };
    try {
      await retryPassing(() => this.#race(call, this.#endpoints, signal), { retries: this.#retries, signal });
      return true;
    } catch (error) {
      if (isCatnixError(error, "SWARM_NOT_FOUND")) return false;
      throw error;
    }
  }

  async getChunk(address: string, { signal }: StoreOptions = {}): Promise<Uint8Array> {
    const call = ({ reader }: Endpoint, either: AbortSignal) => reader.getChunk(address, { signal: either });
    return (await this.#ask(address, call, signal)).value;
  }

  async write(body: Uint8Array | AsyncIterable<Uint8Array>, options?: StoreOptions) {
    const written = await this.#uploads.write(body, options);
    this.#absent.clear();
    return written;
  }

  async putChunk(data: Uint8Array, options?: StoreOptions): Promise<string> {
    const address = await this.#uploads.putChunk(data, options);
    this.#absent.clear();
    return address;
  }

  readonly #getTreeChunk = (address: Uint8Array, signal: AbortSignal) => this.getChunk(toHex(address), { signal });

  async *#stream(
    address: string,
    node: FileNode,
    range: { start: number; end: number },
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void> {
    if ("bytes" in node) {
      yield* node.bytes.length === 0 ? [] : [node.bytes.subarray(range.start, range.end)];
      return;
    }
    const leaves = new LeafCursor(
      listLeaves({ address: fromHex(address, 32), node }, range, this.#getTreeChunk, signal),
    );
    // Whole leaves: a part of one cannot be verified.
    const end = Math.min(node.span, Math.ceil(range.end / CHUNK_SIZE) * CHUNK_SIZE);
    const source = {
      open: (start: number, without: ReadonlySet<Endpoint>) => this.#open(address, { start, end }, without, signal),
      getChunk: (leaf: Uint8Array) => this.getChunk(toHex(leaf), { signal }),
    };
    yield* trimTo(streamLeaves(leaves, source, { endpoints: this.#endpoints, leafMs: this.#leafMs, signal }), range);
  }

  async #open(
    address: string,
    range: { start: number; end: number },
    without: ReadonlySet<Endpoint>,
    signal: AbortSignal | undefined,
  ): Promise<Won<AsyncIterable<Uint8Array>>> {
    const call = ({ reader }: Endpoint, either: AbortSignal) => reader.openBytes(address, range, { signal: either });
    const others = this.#endpoints.filter((endpoint) => !without.has(endpoint));
    return this.#race(call, others, signal);
  }

  /**
   * Asks for content: in several rounds where that may help, and not again soon where nobody has it.
   * @param what tells what is asked for from all else
   */
  async #ask<T>(
    what: string,
    call: (endpoint: Endpoint, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<Won<T>> {
    const absent = this.#absent.get(what);
    if (absent !== undefined) throw absent;
    try {
      return await retryPassing(() => this.#race(call, this.#endpoints, signal), { retries: this.#retries, signal });
    } catch (error) {
      if (isCatnixError(error, "SWARM_NOT_FOUND")) this.#absent.set(what, error);
      throw error;
    }
  }

  async #race<T>(
    call: (endpoint: Endpoint, signal: AbortSignal) => Promise<T>,
    endpoints: readonly Endpoint[],
    signal: AbortSignal | undefined,
  ): Promise<Won<T>> {
    const [budget, hedgeMs, deadlineMs] = [this.#budget, this.#hedgeMs, this.#deadlineMs];
    return raceEndpoints(endpoints, call, { budget, hedgeMs, deadlineMs, signal });
  }
}
