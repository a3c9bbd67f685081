import type { Row } from "../cat/row.js";
import { Database, type DatabaseFormat } from "../sqlite/database.js";

/** A higher version forgets all: whenever what {@link import("./check-nar.js").checkNarOf} looks at changes. */
const CHECKED_FORMAT: DatabaseFormat = {
  version: 3,
  disposable: true,
  schema: `
    CREATE TABLE checked (
      member TEXT NOT NULL,
      nix_id BLOB NOT NULL,
      swarm_id BLOB NOT NULL,
      time INTEGER NOT NULL,
      PRIMARY KEY (member, nix_id, swarm_id)
    ) STRICT, WITHOUT ROWID`,
};

/**
 * The builds whose NAR this signer has fetched and held against its record, so that signing again on another parent costs a
 * signature, and a check that was interrupted goes on (docs/spec.md, What an approval says). A `swarmId` fixes every byte: what
 * was right once is right for ever. Members who share a machine do not share this: each states what its own check found. It is as trusted as the signer's own disk, and may be deleted at any time.
 */
export class CheckedBuilds {
  readonly #database: Database;

  /**
   * @param file made where there is none
   * @param member address of the signer
   * @throws CatnixError DATABASE_FAILED
   */
  constructor(
    file: string,
    readonly member: string,
  ) {
    // A note that a power cut takes costs a check, and each one would cost a wait for the disk.
    this.#database = new Database(file, CHECKED_FORMAT, { synchronous: "NORMAL" });
  }

  /** @throws CatnixError DATABASE_FAILED */
  has({ nixId, swarmId }: Row): boolean {
    const sql = "SELECT 1 FROM checked WHERE member = ? AND nix_id = ? AND swarm_id = ?";
    return this.#database.get(sql, this.member, nixId, swarmId) !== undefined;
  }

  /**
   * @param now milliseconds since 1970
   * @throws CatnixError DATABASE_FAILED
   */
  add({ nixId, swarmId }: Row, now: number): void {
    const seconds = Math.floor(now / 1000);
    this.#database.run("INSERT OR REPLACE INTO checked VALUES (?, ?, ?, ?)", this.member, nixId, swarmId, seconds);
  }

  close(): void {
    this.#database.close();
  }
}
