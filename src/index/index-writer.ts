import type { Batch, RegistryId } from "../cat/batch.js";
import type { Row } from "../cat/row.js";
import { isTombstone } from "../cat/row.js";
import type { CatChunk } from "../cat/tree.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import { type Cursor, IndexReader } from "./index-reader.js";

/** An approved batch whose delta led to its root and whose records were all checked. */
export interface AppliedBatch {
  readonly batch: Batch;
  readonly digest: string;
  readonly approvers: readonly string[];
  readonly block: number;
  readonly transactionHash: string;
  readonly delta: readonly Row[];
  /** The record of each row of the delta that is no tombstone, by `swarmId` in hexadecimal. */
  readonly records: ReadonlyMap<string, { nar: string; text: string }>;
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
  constructor(file: string, registry: RegistryId, storeDir: string) {
    super(file, registry, storeDir, { readOnly: false });
  }

  /** A chunk of the CAT, `span ‖ payload`, where it was seen before. */
  findChunk(address: string): Uint8Array | undefined {
    return this.database.get("SELECT data FROM chunks WHERE address = ?", address)?.["data"] as Uint8Array | undefined;
  }

  /**
   * Takes in batches, withdrawals and the cursor behind them, all in one transaction.
   * @param from the cursor that the progress starts from
   * @throws CatnixError INDEX_MOVED where another process was faster; DATABASE_FAILED; nothing changed then
   */
  commit(from: Cursor | undefined, progress: Progress): void {
    this.database.transaction(() => {
      const found = this.cursor();
      if (found?.block !== from?.block || found?.head !== from?.head)
        throw new CatnixError("INDEX_MOVED", { file: this.database.file });
      for (const batch of progress.batches) this.#insertBatch(batch);
      for (const withdrawal of progress.withdrawals) this.#insertWithdrawal(withdrawal, true);
      this.#writeCursor(progress.cursor);
    });
  }

  /** Replaces the withdrawals that are on the chain but not final yet; they count at once. */
  replacePendingWithdrawals(withdrawals: readonly Withdrawal[]): void {
    const pending = this.database.all("SELECT alarm FROM withdrawals WHERE NOT final ORDER BY alarm");
    if (withdrawals.length === 0 && pending.length === 0) return;
    this.database.transaction(() => {
      this.database.run("DELETE FROM withdrawals WHERE NOT final");
      for (const withdrawal of withdrawals) this.#insertWithdrawal(withdrawal, false);
    });
  }

  #insertBatch({ batch, digest, approvers, block, transactionHash, delta, records, chunks }: AppliedBatch): void {
    this.database.run(
      "INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      ...[batch.seq, digest, batch.root, batch.depth, batch.rows, block, transactionHash, approvers.join(" ")],
    );
    for (const row of delta) {
      this.database.run("INSERT INTO rows VALUES (?, ?, ?)", row.nixId, row.seq, row.swarmId);
      if (isTombstone(row)) continue;
      const { nar, text } = records.get(toHex(row.swarmId))!;
      this.database.run("INSERT OR IGNORE INTO records VALUES (?, ?, ?)", row.swarmId, nar, text);
    }
    for (const { address, data } of chunks)
      this.database.run("INSERT OR IGNORE INTO chunks VALUES (?, ?)", address, data);
  }

  #insertWithdrawal({ alarm, target, reason }: Withdrawal, final: boolean): void {
    const [kind, seq, swarmId, through] =
      "seq" in target ? ["batch", target.seq, null, 0] : ["build", null, target.swarmId, target.through];
    const values = [alarm, kind, seq, swarmId, through, reason, Number(final)] as const;
    this.database.run("INSERT OR REPLACE INTO withdrawals VALUES (?, ?, ?, ?, ?, ?, ?)", ...values);
  }

  #writeCursor({ block, blockHash, head, seq, cat, alarmHead, alarms }: Cursor): void {
    const { chainId, registry } = this.registry;
    this.database.run(
      "INSERT OR REPLACE INTO cursor VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[chainId, registry, block, blockHash, head, seq, cat.root, cat.depth, alarmHead, alarms],
    );
  }
}
