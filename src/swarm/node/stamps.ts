import { randomBytes } from "node:crypto";
import { CatnixError } from "../../errors/catnix-error.js";
import type { Database, SqlRow } from "../../sqlite/database.js";

/** Beside the chunks; a file of before has none of it. */
export const STAMP_TABLES = [
  `CREATE TABLE IF NOT EXISTS stamps (batch TEXT PRIMARY KEY, depth INTEGER NOT NULL, amount TEXT NOT NULL,
    label TEXT NOT NULL, immutable INTEGER NOT NULL, number INTEGER NOT NULL) STRICT`,
  `CREATE TABLE IF NOT EXISTS stamp_buckets (batch TEXT NOT NULL, bucket INTEGER NOT NULL, used INTEGER NOT NULL,
    PRIMARY KEY (batch, bucket)) STRICT, WITHOUT ROWID`,
];

/** Of every batch of Swarm (PostageStamp.sol, minimumBucketDepth): 65,536 buckets, by the first 16 bits of an address. */
const BUCKET_DEPTH = 16;
const [MIN_DEPTH, MAX_DEPTH] = [17, 41];
/** PLUR a chunk and block, the floor of Swarm's price oracle; a block is five seconds. */
export const PRICE = 24_000n;
const BLOCK_SECONDS = 5n;

const USED = "coalesce((SELECT max(used) FROM stamp_buckets b WHERE b.batch = s.batch), 0) AS utilization";
const SELECT = `SELECT s.*, ${USED} FROM stamps s`;

/** What somebody wants to buy. */
export interface StampOrder {
  readonly depth: number;
  /** PLUR a chunk. */
  readonly amount: bigint;
  readonly label: string;
  readonly immutable: boolean;
}

/**
 * Postage batches of a node without a chain: buying costs nothing. Uploads may name any batch; those of one that was bought here
 * fill its buckets, as a Bee's do.
 */
export class Stamps {
  readonly #database: Database;

  /** @param database has {@link STAMP_TABLES} */
  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * @returns the new batch's id, 64 hexadecimal digits
   * @throws RangeError where the depth is none that Swarm has
   */
  buy({ depth, amount, label, immutable }: StampOrder): string {
    if (!isDepth(depth)) throw new RangeError(`no depth of a batch: ${depth}`);
    const batch = randomBytes(32).toString("hex");
    const sql = "INSERT INTO stamps SELECT ?, ?, ?, ?, ?, count(*) + 1 FROM stamps";
    this.#database.run(sql, batch, depth, amount.toString(), label, Number(immutable));
    return batch;
  }

  /** As `GET /stamps/<id>` gives it (Bee: pkg/api/postage.go, postageStampResponse). */
  find(batch: string): object | undefined {
    const row = this.#database.get(`${SELECT} WHERE batch = ?`, batch);
    return row && describe(row);
  }

  list(): object[] {
    return this.#database.all(`${SELECT} ORDER BY number`).map(describe);
  }

  /**
   * Adds to what is paid for each chunk (Bee: pkg/postage/service.go, HandleTopUp).
   * @returns whether the batch was bought here
   */
  topUp(batch: string, amount: bigint): boolean {
    const found = this.#database.get("SELECT amount FROM stamps WHERE batch = ?", batch);
    if (!found) return false;
    const sum = BigInt(String(found["amount"])) + amount;
    this.#database.run("UPDATE stamps SET amount = ? WHERE batch = ?", sum.toString(), batch);
    return true;
  }

  /**
   * Makes a batch deeper: what was paid is shared by twice the chunks with each step. A Bee goes on to show the amount that was
   * bought; here, where no chain keeps the rest, it is the amount that is left.
   * @returns whether the new depth is one, undefined where the batch was not bought here
   */
  dilute(batch: string, depth: number): boolean | undefined {
    const found = this.#database.get("SELECT amount, depth FROM stamps WHERE batch = ?", batch);
    if (!found) return undefined;
    const steps = depth - Number(found["depth"]);
    if (!isDepth(depth) || steps <= 0) return false;
    const left = BigInt(String(found["amount"])) >> BigInt(steps);
    this.#database.run("UPDATE stamps SET amount = ?, depth = ? WHERE batch = ?", left.toString(), depth, batch);
    return true;
  }

  /** As `GET /stamps/<id>/buckets` gives it (Bee: pkg/api/postage.go, postageStampBucketsResponse). */
  buckets(batch: string): object | undefined {
    const found = this.#database.get("SELECT depth FROM stamps WHERE batch = ?", batch);
    if (!found) return undefined;
    const depth = Number(found["depth"]);
    const buckets = Array.from({ length: 2 ** BUCKET_DEPTH }, (_, bucketID) => ({ bucketID, collisions: 0 }));
    for (const { bucket, used } of this.#database.all("SELECT bucket, used FROM stamp_buckets WHERE batch = ?", batch))
      buckets[Number(bucket)]!.collisions = Number(used);
    return { depth, bucketDepth: BUCKET_DEPTH, bucketUpperBound: 2 ** (depth - BUCKET_DEPTH), buckets };
  }

  /**
   * Counts chunks that a batch has paid for; one that was not bought here pays for anything. A mutable batch begins again where
   * a bucket is full, as Swarm's do. To be called within a transaction.
   * @throws CatnixError `SWARM_BATCH_FULL`
   */
  spend(batch: string, addresses: readonly Uint8Array[]): void {
    const found = this.#database.get("SELECT depth, immutable FROM stamps WHERE batch = ?", batch);
    if (!found) return;
    const size = 2 ** (Number(found["depth"]) - BUCKET_DEPTH);
    for (const address of addresses) {
      const bucket = address[0]! * 256 + address[1]!;
      const row = this.#database.get("SELECT used FROM stamp_buckets WHERE batch = ? AND bucket = ?", batch, bucket);
      const used = Number(row?.["used"] ?? 0);
      if (used < size)
        this.#database.run("INSERT OR REPLACE INTO stamp_buckets VALUES (?, ?, ?)", batch, bucket, used + 1);
      else if (found["immutable"] === 1)
        throw new CatnixError("SWARM_BATCH_FULL", { batch, reason: "batch is overissued" });
    }
  }
}

/** Whether Swarm has batches of this depth. */
export function isDepth(depth: number): boolean {
  return Number.isSafeInteger(depth) && depth >= MIN_DEPTH && depth <= MAX_DEPTH;
}

function describe(row: SqlRow): object {
  const amount = BigInt(String(row["amount"]));
  return {
    ...{ batchID: row["batch"], utilization: row["utilization"], usable: true, exists: true, label: row["label"] },
    ...{ depth: row["depth"], amount: String(amount), bucketDepth: BUCKET_DEPTH, blockNumber: row["number"] },
    ...{ immutableFlag: row["immutable"] === 1, batchTTL: Number((amount / PRICE) * BLOCK_SECONDS) },
  };
}
