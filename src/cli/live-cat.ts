import { runParallel } from "../async/run-parallel.js";
import { lookupRow, readRows } from "../cat/lookup.js";
import type { CatRecord } from "../cat/record.js";
import { isTombstone, type Row } from "../cat/row.js";
import type { Cat, GetChunk } from "../cat/tree.js";
import { RecordReader } from "../consortium/record-reader.js";
import { toHex } from "../encoding/hex.js";
import { parseBaseName } from "../nix/store-path.js";
import type { Registry } from "../registry/registry.js";
import type { ContentStore } from "../swarm/content-store.js";

interface Live {
  readonly row: Row;
  readonly record: CatRecord;
}

interface Referrer {
  readonly nixId: Uint8Array;
  readonly storePath: string;
}

const PARALLEL = 16;
/** So long the answer to whether there are alarms at all is good, in milliseconds. */
const ALARMS_MS = 1000;

/**
 * What the CAT at the registry's root lists and the guardian has not withdrawn, read from Swarm and the chain alone. What was
 * approved and is no record of its path is nothing to anybody (docs/spec.md, Record).
 */
export class LiveCat {
  readonly #getChunk: GetChunk;
  readonly #records: RecordReader;
  #alarms: { readonly asked: number; readonly any: Promise<boolean> } | undefined;
  #referrers: Promise<Map<string, Referrer[]>> | undefined;

  /** @param signal ends what reads Swarm, with its reason */
  constructor(
    readonly registry: Registry,
    readonly store: ContentStore,
    readonly cat: Cat,
    readonly storeDir: string,
    readonly signal: AbortSignal,
  ) {
    this.#getChunk = (address) => store.getChunk(address, { signal });
    this.#records = new RecordReader(store, storeDir);
  }

  /** Undefined also where the record is lost: it can be published again then. */
  readonly find = async (nixId: Uint8Array): Promise<Live | undefined> => {
    const row = await this.#findRow(nixId);
    const record = row && (await this.#records.readReplaced(row, this.signal));
    return record && { row, record };
  };

  /** As signers will judge it: a lost record is an error, not an answer. */
  readonly isLive = async (nixId: Uint8Array): Promise<boolean> => {
    const row = await this.#findRow(nixId);
    return row !== undefined && (await this.#records.readApproved(row, this.signal)) !== undefined;
  };

  readonly withdrawnThrough = async (swarmId: Uint8Array): Promise<number> =>
    (await this.#hasAlarms()) ? this.registry.withdrawnThrough(swarmId) : 0;

  /** Reads every record once: only withdrawing a path needs it. */
  readonly referrersOf = async (nixId: Uint8Array): Promise<Referrer[]> => {
    const referrers = await (this.#referrers ??= this.#readReferrers());
    return referrers.get(toHex(nixId)) ?? [];
  };

  async #readReferrers(): Promise<Map<string, Referrer[]>> {
    const referrers = new Map<string, Referrer[]>();
    await runParallel(readRows(this.cat, this.#getChunk), PARALLEL, this.signal, async (row, signal) => {
      if (!(await this.#isLiveRow(row))) return;
      const record = await this.#records.readApproved(row, signal);
      for (const reference of record?.references ?? []) {
        const id = toHex(parseBaseName(reference).nixId);
        if (id === toHex(row.nixId)) continue;
        const known = referrers.get(id) ?? [];
        referrers.set(id, [...known, { nixId: row.nixId, storePath: record!.storePath }]);
      }
    });
    return referrers;
  }

  /** Until the first alarm nothing is withdrawn: then one question a second does for all rows. */
  #hasAlarms(): Promise<boolean> {
    if (this.#alarms === undefined || performance.now() - this.#alarms.asked > ALARMS_MS)
      this.#alarms = {
        asked: performance.now(),
        any: this.registry.alarmState().then(({ alarms }) => alarms > 0),
      };
    return this.#alarms.any;
  }

  async #findRow(nixId: Uint8Array): Promise<Row | undefined> {
    const row = await lookupRow(this.cat, nixId, this.#getChunk);
    return row && (await this.#isLiveRow(row)) ? row : undefined;
  }

  async #isLiveRow(row: Row): Promise<boolean> {
    return !isTombstone(row) && !((await this.#hasAlarms()) && (await this.registry.isWithdrawn(row)));
  }
}
