import { isDeepStrictEqual } from "node:util";
import type { Batch, RegistryId } from "../cat/batch.js";
import { type Row, SWARM_ID_SIZE } from "../cat/row.js";
import type { CatChunk } from "../cat/tree.js";
import { fromHex, toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import { type Cursor, IndexReader, toRow } from "./index-reader.js";
import { MemberSignaturesWriter } from "./member-signatures.js";

/** A record that was checked: its NAR's Swarm address (64 hex digits), and its canonical text. */
export interface IndexedRecord {
  readonly nar: string;
  readonly text: string;
}

/** An approved batch whose delta led to its root and whose records were checked. */
export interface AppliedBatch {
  readonly batch: Batch;
  readonly digest: string;
  readonly approvers: readonly string[];
  readonly block: number;
  readonly transactionHash: string;
  readonly delta: readonly Row[];
  /**
   * The records of the delta's rows that are no tombstones, by `swarmId` in hexadecimal, less those that
   * {@link IndexWriter.saveRecords} has taken already. A row whose content turned out to be no record of its path has none: it
   * stands in the CAT and translates to nothing.
   */
  readonly records: ReadonlyMap<string, IndexedRecord>;
  /** `swarmId`s of records that Swarm does not have at the moment: they are to be asked for again. */
  readonly missing: readonly Uint8Array[];
  readonly chunks: readonly CatChunk[];
}

/** A guardian's withdrawal. */
export interface Withdrawal {
  /** From 1, without gaps. */
  readonly alarm: number;
  readonly target: { readonly seq: number } | { readonly swarmId: Uint8Array; readonly through: number };
  readonly reason: string;
}

/** What one look at the chain changed, up to a block that is final. */
export interface Progress {
  readonly batches: readonly AppliedBatch[];
  readonly withdrawals: readonly Withdrawal[];
  readonly cursor: Cursor;
}

/** The index, for the one process that follows the chain. */
export class IndexWriter extends IndexReader {
  override readonly signatures: MemberSignaturesWriter;

  constructor(file: string, registry: RegistryId, storeDir: string) {
    super(file, registry, storeDir, { readOnly: false });
    this.signatures = new MemberSignaturesWriter(this.database);
  }

  /**
   * Takes in batches, withdrawals and the cursor behind them, all in one transaction.
   * @param from the cursor that the progress starts from
   * @throws CatnixError INDEX_MOVED where another process was faster; DATABASE_FAILED; nothing changed then
   */
  commit(from: Cursor | undefined, progress: Progress): void {
    this.database.transaction(() => {
      const found = this.cursor();
      if (found?.block !== from?.block || found?.blockHash !== from?.blockHash || found?.head !== from?.head)
        throw new CatnixError("INDEX_MOVED", { file: this.database.file });
      for (const batch of progress.batches) this.#insertBatch(batch);
      for (const withdrawal of progress.withdrawals) this.#insertWithdrawal(withdrawal, "final");
      this.#writeCursor(progress.cursor);
    });
  }

  /**
   * Takes in records ahead of the rows that lead to them, so that a large batch is not held in memory. Nobody finds a record
   * without a row: if the batch never comes in, they only take room.
   * @param records by `swarmId` in hexadecimal, each checked
   * @throws CatnixError DATABASE_FAILED, DISK_FULL
   */
  saveRecords(records: ReadonlyMap<string, IndexedRecord>): void {
    this.database.transaction(() => {
      for (const [swarmId, record] of records) this.#insertRecord(fromHex(swarmId, SWARM_ID_SIZE), record);
    });
  }

  /** The rows of some missing records, by chance, so that what is gone for good does not keep the others waiting. */
  sampleMissingRecords(limit: number): Row[] {
    const sql = `SELECT nix_id, seq, swarm_id FROM
      (SELECT swarm_id FROM missing_records ORDER BY random() LIMIT ?) JOIN rows USING (swarm_id)`;
    return this.database.all(sql, limit).map(toRow);
  }

  /**
   * Takes in a record that was missing.
   * @param record undefined where the content turned out to be no record of its path
   * @throws CatnixError DATABASE_FAILED
   */
  settleMissingRecord(swarmId: Uint8Array, record: IndexedRecord | undefined): void {
    this.database.transaction(() => {
      this.database.run("DELETE FROM missing_records WHERE swarm_id = ?", swarmId);
      if (record) this.#insertRecord(swarmId, record);
    });
  }

  /**
   * Replaces the withdrawals that are on the chain but not final yet; they count at once. Nothing is written where nothing
   * changed, so that readers keep what they hold.
   * @param withdrawals ascending by alarm; one that is final already stays so
   * @throws CatnixError DATABASE_FAILED
   */
  replacePendingWithdrawals(withdrawals: readonly Withdrawal[]): void {
    const wanted = withdrawals.map((withdrawal) => [...toColumns(withdrawal), 0]);
    if (isDeepStrictEqual(this.#readPendingWithdrawals(), wanted)) return;
    this.database.transaction(() => {
      this.database.run("DELETE FROM withdrawals WHERE NOT final");
      for (const withdrawal of withdrawals) this.#insertWithdrawal(withdrawal, "pending");
    });
  }

  #insertBatch(applied: AppliedBatch): void {
    const { batch, digest, approvers, block, transactionHash, delta, records, missing, chunks } = applied;
    this.database.run(
      "INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      ...[batch.seq, digest, batch.root, batch.depth, batch.rows, block, transactionHash, approvers.join(" ")],
    );
    for (const row of delta) {
      this.database.run("INSERT INTO rows VALUES (?, ?, ?)", row.nixId, row.seq, row.swarmId);
      const record = records.get(toHex(row.swarmId));
      if (record) this.#insertRecord(row.swarmId, record);
    }
    for (const swarmId of missing) this.database.run("INSERT OR IGNORE INTO missing_records VALUES (?)", swarmId);
    for (const { address, data } of chunks)
      this.database.run("INSERT OR IGNORE INTO chunks VALUES (?, ?)", address, data);
  }

  #insertRecord(swarmId: Uint8Array, { nar, text }: IndexedRecord): void {
    this.database.run("INSERT OR IGNORE INTO records VALUES (?, ?, ?)", swarmId, nar, text);
  }

  #readPendingWithdrawals(): unknown[][] {
    return this.database.all("SELECT * FROM withdrawals WHERE NOT final ORDER BY alarm").map(Object.values<unknown>);
  }

  #insertWithdrawal(withdrawal: Withdrawal, state: "final" | "pending"): void {
    const sql =
      state === "final"
        ? "INSERT OR REPLACE INTO withdrawals VALUES (?, ?, ?, ?, ?, ?, 1)"
        : "INSERT INTO withdrawals VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT (alarm) DO NOTHING";
    this.database.run(sql, ...toColumns(withdrawal));
  }

  #writeCursor({ block, blockHash, head, seq, cat, alarmHead, alarms }: Cursor): void {
    const { chainId, registry } = this.registry;
    this.database.run(
      "INSERT OR REPLACE INTO cursor VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[chainId, registry, block, blockHash, head, seq, cat.root, cat.depth, alarmHead, alarms],
    );
  }
}

/** The columns of `withdrawals` without the last one, `final`. */
function toColumns({ alarm, target, reason }: Withdrawal) {
  return "seq" in target
    ? ([alarm, "batch", target.seq, null, 0, reason] as const)
    : ([alarm, "build", null, target.swarmId, target.through, reason] as const);
}
