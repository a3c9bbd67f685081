import { fileAddress } from "../bmt/file-hasher.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import { Database, type DatabaseFormat } from "../sqlite/database.js";
import { formatCharter } from "./charter.js";
import type { Electorate, QuorumRoot } from "./quorum-root.js";

const SEEN_FORMAT: DatabaseFormat = {
  version: 1,
  disposable: true,
  schema: `
    CREATE TABLE seen (
      chain_id INTEGER NOT NULL,
      registry TEXT NOT NULL,
      charter TEXT NOT NULL,
      threshold INTEGER NOT NULL,
      seq INTEGER NOT NULL,
      digest TEXT NOT NULL,
      PRIMARY KEY (chain_id, registry, charter, threshold)
    ) STRICT, WITHOUT ROWID`,
};

/** Whose word it was: another charter, or more of its members, may well be at another act. */
type Voters = Pick<Electorate, "registry" | "charter" | "threshold">;

/**
 * The latest act that each quorum was seen to announce, so that a Swarm node which hides the newest announcements cannot take a
 * reader without a chain back to an older root. It is as trusted as the reader's own disk, and may be deleted at any time.
 */
export class SeenRoots {
  readonly #database: Database;

  /**
   * @param file made where there is none
   * @throws CatnixError DATABASE_FAILED
   */
  constructor(file: string) {
    this.#database = new Database(file, SEEN_FORMAT);
  }

  /**
   * The latest act seen; undefined where none was.
   * @throws CatnixError DATABASE_FAILED
   */
  findLast(voters: Voters): number | undefined {
    return this.#find(voters)?.seq;
  }

  /**
   * Keeps a root, unless a later one was seen.
   * @throws CatnixError ROOTS_CONTRADICT where another batch was seen as this very act; DATABASE_FAILED
   */
  keep(voters: Voters, { batch: { seq }, digest }: QuorumRoot): void {
    this.#database.transaction(() => {
      const seen = this.#find(voters);
      if (seen && seen.seq === seq && seen.digest !== digest)
        throw new CatnixError("ROOTS_CONTRADICT", { seq, digests: [seen.digest, digest] });
      if (seen && seen.seq >= seq) return;
      this.#database.run("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?)", ...keyOf(voters), seq, digest);
    });
  }

  #find(voters: Voters): { seq: number; digest: string } | undefined {
    const sql = "SELECT seq, digest FROM seen WHERE chain_id = ? AND registry = ? AND charter = ? AND threshold = ?";
    return this.#database.get(sql, ...keyOf(voters)) as { seq: number; digest: string } | undefined;
  }

  close(): void {
    this.#database.close();
  }
}

function keyOf({ registry: { chainId, registry }, charter, threshold }: Voters) {
  return [chainId, registry, toHex(fileAddress(formatCharter(charter))), threshold] as const;
}
