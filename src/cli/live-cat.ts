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

/** What the CAT at the registry's root lists and the guardian has not withdrawn, read from Swarm and the chain alone. */
export class LiveCat {
  readonly #getChunk: GetChunk;
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

  readonly withdrawnThrough = (swarmId: Uint8Array): Promise<number> => this.registry.withdrawnThrough(swarmId);

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

  async #open(row: Row): Promise<Live | undefined> {
    if (isTombstone(row) || (await this.registry.isWithdrawn(row))) return undefined;
    const bytes = await this.store.readAll(toHex(row.swarmId), MAX_RECORD_SIZE, { signal: this.signal });
    return { row, record: decodeRecord(bytes, row.nixId, this.storeDir) };
  }
}
