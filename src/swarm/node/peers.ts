import { LRUCache } from "lru-cache";
import pLimit from "p-limit";
import { CatnixError } from "../../errors/catnix-error.js";
import type { AnyChunk } from "../../owned/verify-any-chunk.js";
import { BeeStore } from "../bee-store.js";
import { LOCAL_ONLY } from "./local-only.js";

/** Chunks asked for at a time. */
const CONCURRENCY = 32;
/** How long, and for how many chunks, "nobody has it" is remembered. */
const ABSENT = { ttl: 5000, max: 10_000 };

/** Other nodes, Bee's or catnix's own, that are asked for chunks missing here. */
export class Peers {
  readonly #stores: BeeStore[] = [];
  readonly #peerMs: number;
  readonly #limit = pLimit(CONCURRENCY);
  readonly #absent = new LRUCache<string, true>(ABSENT);
  readonly #underWay = new Map<string, Promise<AnyChunk>>();

  /**
   * @param urls bases of their HTTP APIs
   * @param peerMs how long one may take to start its answer, or to go on with it
   * @throws TypeError where one is no URL
   */
  constructor(urls: readonly string[], peerMs = 5000) {
    this.#peerMs = peerMs;
    for (const url of urls) this.add(url);
  }

  /**
   * Asks one more from now on.
   * @throws TypeError where it is no URL
   */
  add(url: string): void {
    const fetchLocal = (request: Request) => {
      request.headers.set(LOCAL_ONLY, "true");
      return fetch(request);
    };
    const [firstByteMs, idleMs] = [this.#peerMs, this.#peerMs];
    this.#stores.push(new BeeStore({ url, fetch: fetchLocal, firstByteMs, idleMs, retries: 0 }));
  }

  /**
   * A chunk of either kind, verified, from whichever peer is first. All askers of one chunk share one request.
   * @param address 64 hexadecimal digits
   * @throws CatnixError `SWARM_NOT_FOUND` where no peer gave it in time, for whatever reason
   */
  async getChunk(address: string): Promise<AnyChunk> {
    if (this.#stores.length === 0 || this.#absent.has(address)) throw new CatnixError("SWARM_NOT_FOUND", { address });
    let asked = this.#underWay.get(address);
    if (asked === undefined) {
      asked = this.#limit(() => this.#ask(address)).finally(() => this.#underWay.delete(address));
      this.#underWay.set(address, asked);
    }
    return asked;
  }

  async #ask(address: string): Promise<AnyChunk> {
    const first = new AbortController();
    try {
      return await Promise.any(this.#stores.map((store) => store.getAnyChunk(address, { signal: first.signal })));
    } catch (error) {
      this.#absent.set(address, true);
      throw new CatnixError("SWARM_NOT_FOUND", { address }, { cause: error });
    } finally {
      first.abort();
    }
  }
}
