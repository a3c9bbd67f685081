import { runParallel } from "../async/run-parallel.js";
import type { Batch } from "../cat/batch.js";
import { lookupRow } from "../cat/lookup.js";
import type { CatRecord } from "../cat/record.js";
import { isTombstone, type Row } from "../cat/row.js";
import { toHex } from "../encoding/hex.js";
import { isCatnixError } from "../errors/catnix-error.js";
import { parseBaseName } from "../nix/store-path.js";
import type { Registry, RegistryState } from "../registry/registry.js";
import type { ContentStore } from "../swarm/content-store.js";
import { RecordReader } from "./record-reader.js";
import { RowHistory } from "./row-history.js";
import { Withdrawals } from "./withdrawals.js";

/** A build that somebody can still be given, because a row that led to it stands (docs/spec.md, Who wins). */
export interface StandingBuild {
  /** 64 hex digits: the Swarm address of its record. */
  readonly swarmId: string;
  /** 20 bytes. */
  readonly nixId: Uint8Array;
  /** Undefined where its record cannot be had, or is none. */
  readonly storePath: string | undefined;
  /** The batches that list it, ascending. */
  readonly batches: readonly number[];
  /** Whether the CAT lists it now; else another build, or nothing, came after it, and its NAR is still served. */
  readonly current: boolean;
}

export interface FoundBuilds {
  /** The asked path first, then what it refers to. */
  readonly builds: readonly StandingBuild[];
  /** Paths that were looked at. */
  readonly paths: number;
  /** Whether any batch ever listed the asked path, and whether the last to do so withdrew it. */
  readonly listed: boolean;
  readonly tombstone: number | undefined;
  /** Batches that could not be looked through. */
  readonly unread: readonly number[];
  /** Records (`swarmId`) whose references are not known; only where the closure was asked for. */
  readonly unreadRecords: readonly string[];
}

export interface FindOptions {
  readonly registry: Registry;
  readonly state: RegistryState;
  /** Every batch that was approved. */
  readonly batches: readonly Batch[];
  readonly store: ContentStore;
  readonly storeDir: string;
  /** Also of all that the path refers to, directly or not, by any of its builds. */
  readonly closure: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (read: number, of: number) => void;
}

const PARALLEL = 16;

/**
 * Finds every build of a path that stands, in whatever batch it was listed: the current one, and those that were replaced. What
 * Swarm lacks is named, and stops nothing: in an alarm as much as can be found counts.
 * @param nixId 20 bytes
 * @throws CatnixError what reading the CAT, or the chain, throws
 */
export async function findStandingBuilds(nixId: Uint8Array, options: FindOptions): Promise<FoundBuilds> {
  const search = new Search(options);
  await search.run(nixId);
  const own = search.rows.get(toHex(nixId))!;
  const last = own.at(-1);
  return {
    builds: await listBuilds(search),
    paths: search.rows.size,
    listed: last !== undefined,
    tombstone: last && isTombstone(last) ? last.seq : undefined,
    unread: [...search.history.unread].sort((a, b) => a - b),
    unreadRecords: options.closure ? [...search.unreadRecords] : [],
  };
}

async function listBuilds({ options, rows, current, records }: Search): Promise<StandingBuild[]> {
  const withdrawals = await Withdrawals.open(options.registry, options.state.seq);
  const withdrawn = new Set<Row>();
  const set = [...rows.values()].flatMap((listed) => {
    const tombstone = listed.findLast(isTombstone)?.seq ?? 0;
    return listed.filter(({ seq }) => seq > tombstone);
  });
  await runParallel(set.values(), PARALLEL, options.signal, async (row) => {
    if (await withdrawals.has(row)) withdrawn.add(row);
  });
  const builds = new Map<string, StandingBuild & { batches: number[] }>();
  for (const row of set) {
    if (withdrawn.has(row)) continue;
    const swarmId = toHex(row.swarmId);
    const known = builds.get(swarmId);
    if (known) known.batches.push(row.seq);
    else {
      const now = current.get(toHex(row.nixId));
      builds.set(swarmId, {
        swarmId,
        nixId: row.nixId,
        storePath: records.get(swarmId)?.storePath,
        batches: [row.seq],
        current: now !== undefined && toHex(now.swarmId) === swarmId,
      });
    }
  }
  return [...builds.values()];
}

class Search {
  readonly history: RowHistory;
  /** All rows of each path, ascending by `seq`; in the order in which the paths were found. */
  readonly rows = new Map<string, Row[]>();
  /** At the current root. */
  readonly current = new Map<string, Row>();
  /** By `swarmId`; undefined where a record cannot be had, or is none of its path. */
  readonly records = new Map<string, CatRecord | undefined>();
  /** Records that cannot be had. */
  readonly unreadRecords = new Set<string>();
  readonly #reader: RecordReader;

  constructor(readonly options: FindOptions) {
    const { batches, store, storeDir, signal, onProgress } = options;
    this.history = new RowHistory(batches, store, signal, onProgress);
    this.#reader = new RecordReader(store, storeDir);
  }

  /** Goes through all deltas once for each set of paths that the former one led to: as a rule twice at most. */
  async run(nixId: Uint8Array): Promise<void> {
    for (let next = [nixId]; next.length > 0;) {
      const wave = await this.#walkCurrent(next);
      for (const row of await this.history.find(new Set(wave.keys()))) this.rows.get(toHex(row.nixId))!.push(row);
      // What the CAT itself lists counts also where the delta that listed it is lost.
      for (const id of wave.keys()) {
        const [row, rows] = [this.current.get(id), this.rows.get(id)!];
        if (row && !rows.some(({ seq }) => seq === row.seq))
          this.rows.set(
            id,
            [...rows, row].sort((a, b) => a.seq - b.seq),
          );
      }
      next = await this.#readReferences([...wave.keys()].flatMap((id) => this.rows.get(id)!));
    }
  }

  /** Looks the paths up in the CAT, and, for a closure, all that its records lead to. */
  async #walkCurrent(nixIds: readonly Uint8Array[]): Promise<Map<string, Uint8Array>> {
    const wave = new Map<string, Uint8Array>();
    for (let next = [...nixIds]; next.length > 0;) {
      const rows: Row[] = [];
      for (const id of next) {
        wave.set(toHex(id), id);
        this.rows.set(toHex(id), []);
      }
      await this.#each(next, async (id, signal) => {
        const row = await lookupRow(this.options.state.cat, id, (address) =>
          this.options.store.getChunk(address, { signal }),
        );
        if (!row) return;
        this.current.set(toHex(id), row);
        rows.push(row);
      });
      next = await this.#readReferences(rows);
    }
    return wave;
  }

  /** Reads the records of rows; gives the paths that they refer to and that were not looked at, of a closure alone. */
  async #readReferences(rows: readonly Row[]): Promise<Uint8Array[]> {
    const fresh = new Map<string, Uint8Array>();
    const unread = rows.filter((row) => !isTombstone(row) && !this.records.has(toHex(row.swarmId)));
    await this.#each(unread, async (row, signal) => {
      this.records.set(toHex(row.swarmId), await this.#read(row, signal));
    });
    if (!this.options.closure) return [];
    for (const row of rows)
      for (const reference of this.records.get(toHex(row.swarmId))?.references ?? []) {
        const { nixId } = parseBaseName(reference);
        if (!this.rows.has(toHex(nixId))) fresh.set(toHex(nixId), nixId);
      }
    return [...fresh.values()];
  }

  async #read(row: Row, signal: AbortSignal): Promise<CatRecord | undefined> {
    try {
      return await this.#reader.readApproved(row, signal);
    } catch (error) {
      if (!isCatnixError(error)) throw error;
      this.unreadRecords.add(toHex(row.swarmId));
      return undefined;
    }
  }

  #each<T>(items: readonly T[], work: (item: T, signal: AbortSignal) => Promise<void>): Promise<void> {
    return runParallel(items.values(), PARALLEL, this.options.signal, work);
  }
}
