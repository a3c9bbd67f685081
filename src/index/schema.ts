import type { DatabaseFormat } from "../sqlite/database.js";

/**
 * The index: disposable, built again by anyone from the chain and Swarm. `rows` keeps every row that any batch set, so
 * that the NAR of a replaced build stays reachable while clients have its narinfo cached; the row of the highest `seq`
 * is the current one. Records and chunks are rowid tables: what is over a quarter of a page would overflow the key's own tree,
 * a page of 4 KiB for each. A row whose record Swarm did not have is in `missing_records` and translates to nothing until it does.
 * What members signed is beside it: `member_lists` has which list was read of each batch, and when it is looked at again.
 */
export const INDEX_FORMAT: DatabaseFormat = {
  version: 3,
  disposable: true,
  schema: `
    CREATE TABLE cursor (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      chain_id INTEGER NOT NULL,
      registry TEXT NOT NULL,
      block INTEGER NOT NULL,
      block_hash TEXT NOT NULL,
      head TEXT NOT NULL,
      seq INTEGER NOT NULL,
      root TEXT NOT NULL,
      depth INTEGER NOT NULL,
      alarm_head TEXT NOT NULL,
      alarms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE rows (
      nix_id BLOB NOT NULL,
      seq INTEGER NOT NULL,
      swarm_id BLOB NOT NULL,
      PRIMARY KEY (nix_id, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX rows_by_swarm_id ON rows (swarm_id);
    CREATE TABLE records (
      swarm_id BLOB NOT NULL PRIMARY KEY,
      nar TEXT NOT NULL,
      text TEXT NOT NULL
    ) STRICT;
    CREATE INDEX records_by_nar ON records (nar);
    CREATE TABLE missing_records (
      swarm_id BLOB PRIMARY KEY
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE chunks (
      address TEXT NOT NULL PRIMARY KEY,
      data BLOB NOT NULL
    ) STRICT;
    CREATE TABLE batches (
      seq INTEGER PRIMARY KEY,
      digest TEXT NOT NULL,
      root TEXT NOT NULL,
      depth INTEGER NOT NULL,
      rows INTEGER NOT NULL,
      block INTEGER NOT NULL,
      transaction_hash TEXT NOT NULL,
      approvers TEXT NOT NULL
    ) STRICT;
    CREATE TABLE withdrawals (
      alarm INTEGER PRIMARY KEY,
      kind TEXT NOT NULL CHECK (kind IN ('batch', 'build')),
      seq INTEGER,
      swarm_id BLOB,
      through INTEGER NOT NULL,
      reason TEXT NOT NULL,
      final INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX withdrawals_by_seq ON withdrawals (seq);
    CREATE INDEX withdrawals_by_swarm_id ON withdrawals (swarm_id);
    CREATE TABLE charter (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      address TEXT NOT NULL
    ) STRICT;
    CREATE TABLE members (
      address TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      owned_key TEXT NOT NULL
    ) STRICT;
    CREATE TABLE nix_keys (
      id INTEGER PRIMARY KEY,
      member TEXT NOT NULL,
      text TEXT NOT NULL UNIQUE
    ) STRICT;
    CREATE TABLE member_lists (
      member TEXT NOT NULL,
      seq INTEGER NOT NULL,
      list TEXT,
      taken INTEGER NOT NULL,
      due INTEGER NOT NULL,
      visits INTEGER NOT NULL,
      PRIMARY KEY (member, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX member_lists_by_due ON member_lists (member, due, seq DESC);
    CREATE TABLE member_signatures (
      swarm_id BLOB NOT NULL,
      key INTEGER NOT NULL,
      signature BLOB NOT NULL,
      PRIMARY KEY (swarm_id, key)
    ) STRICT, WITHOUT ROWID`,
};

/** Whether the row `r` is withdrawn by the guardian (docs/spec.md, Who wins). */
export const IS_WITHDRAWN = `EXISTS (SELECT 1 FROM withdrawals w WHERE
  (w.kind = 'batch' AND w.seq = r.seq) OR (w.kind = 'build' AND w.swarm_id = r.swarm_id AND w.through >= r.seq))`;
