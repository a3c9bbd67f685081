import type { Feed } from "../owned/feed.js";
import { Database, type DatabaseFormat } from "../sqlite/database.js";

/**
 * How long an update of ours counts that the node does not give. A Bee that was asked for a chunk before it was there answers
 * for a minute that it is missing (`skiplistDur`, pkg/retrieval of Bee 2.8.1). Not for ever: the node may be of another network.
 */
const MEMORY_MS = 10 * 60_000;

const FEED_LOG_FORMAT: DatabaseFormat = {
  version: 1,
  disposable: true,
  schema: `
    CREATE TABLE feed (
      owner BLOB NOT NULL,
      topic BLOB NOT NULL,
      number INTEGER NOT NULL,
      time INTEGER NOT NULL,
      PRIMARY KEY (owner, topic)
    ) STRICT, WITHOUT ROWID`,
};

/** The feeds' updates that this machine made last, so that the next one does not take the number of one that a node forgot. */
export class FeedLog {
  readonly #database: Database;

  /**
   * @param file made where there is none
   * @throws CatnixError DATABASE_FAILED
   */
  constructor(file: string) {
    this.#database = new Database(file, FEED_LOG_FORMAT);
  }

  /**
   * The number of the update made last, where that was within ten minutes.
   * @param now milliseconds since 1970
   * @throws CatnixError DATABASE_FAILED
   */
  findLast({ owner, topic }: Feed, now: number): number | undefined {
    const sql = "SELECT number FROM feed WHERE owner = ? AND topic = ? AND time BETWEEN ? AND ?";
    const row = this.#database.get(sql, owner, topic, now - MEMORY_MS, now) as { number: number } | undefined;
    return row?.number;
  }

  /**
   * @param now milliseconds since 1970
   * @throws CatnixError DATABASE_FAILED
   */
  add({ owner, topic }: Feed, number: number, now: number): void {
    this.#database.run("INSERT OR REPLACE INTO feed VALUES (?, ?, ?, ?)", owner, topic, number, now);
  }

  close(): void {
    this.#database.close();
  }
}
