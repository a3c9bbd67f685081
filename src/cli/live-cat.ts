import { lookupRow, readRows } from "../cat/lookup.js";
import { type CatRecord, decodeRecord, MAX_RECORD_SIZE } from "../cat/record.js";
import { isTombstone, type Row } from "../cat/row.js";
import type { Cat, GetChunk } from "../cat/tree.js";
import { toHex } from "../encoding/hex.js";
import { parseBaseName } from "../nix/store-path.js";
import type { Registry } from "../registry/registry.js";
import type { ContentStore } from "../swarm/content-store.js";

interface Live {
  readonly row: Row;
  readonly record: CatRecord;
}

const ALARMS_MS = 1000;

/** What the CAT at the registry's root lists and the guardian has not withdrawn, read from Swarm and the chain alone. */
export class LiveCat {
  readonly #getChunk: GetChunk;
  #alarms: { readonly asked: number; readonly any: Promise<boolean> } | undefined;
  #referrers: Promise<Map<string, { nixId: Uint8Array; storePath: string }[]>> | undefined;

  constructor(
    readonly registry: Registry,
    readonly store: ContentStore,
    readonly cat: Cat,
    readonly storeDir: string,
    readonly signal?: AbortSignal,
  ) {
    this.#getChunk = (address) => store.getChunk(address, { signal });
  }

  readonly find = async (nixId: Uint8Array): Promise<Live | undefined> => {
    const row = await lookupRow(this.cat, nixId, this.#getChunk);
    return row && (await this.#open(row));
  };

  readonly isLive = async (nixId: Uint8Array): Promise<boolean> => (await this.find(nixId)) !== undefined;

  readonly withdrawnThrough = async (swarmId: Uint8Array): Promise<number> =>
    (await this.#hasAlarms()) ? this.registry.withdrawnThrough(swarmId) : 0;

  /** Reads every record once: only withdrawing a path needs it. */
  readonly referrersOf = async (nixId: Uint8Array): Promise<{ nixId: Uint8Array; storePath: string }[]> => {
    const referrers = await (this.#referrers ??= this.#readReferrers());
    return referrers.get(toHex(nixId)) ?? [];
  };

  async #readReferrers(): Promise<Map<string, { nixId: Uint8Array; storePath: string }[]>> {
    const referrers = new Map<string, { nixId: Uint8Array; storePath: string }[]>();
    for await (const row of readRows(this.cat, this.#getChunk)) {
      const live = await this.#open(row);
      for (const reference of live?.record.references ?? []) {
        const id = toHex(parseBaseName(reference).nixId);
        if (id === toHex(row.nixId)) continue;
        const known = referrers.get(id) ?? [];
        referrers.set(id, [...known, { nixId: row.nixId, storePath: live!.record.storePath }]);
      }
    }
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

  async #open(row: Row): Promise<Live | undefined> {
    if (isTombstone(row) || ((await this.#hasAlarms()) && (await this.registry.isWithdrawn(row)))) return undefined;
    const bytes = await this.store.readAll(toHex(row.swarmId), MAX_RECORD_SIZE, { signal: this.signal });
    return { row, record: decodeRecord(bytes, row.nixId, this.storeDir) };
  }
}
