import type { Database } from "../sqlite/database.js";

/** How far one member's signatures are in, for people. */
export interface MemberProgress {
  /** As the charter has it. */
  readonly name: string;
  /** The newest batches, as many as are looked at. */
  readonly batches: number;
  /** Those of them of which no list of the member is in. */
  readonly missing: number;
}

/** Batches whose lists count as late while they are not there. */
export const RECENT_BATCHES = 100;

const SIGNATURES = `SELECT k.text, s.signature FROM member_signatures s JOIN nix_keys k ON k.id = s.key
  WHERE s.swarm_id = ?`;
const PROGRESS = `SELECT m.name, count(*) AS batches, sum(l.taken IS NOT 1) AS missing
  FROM members m JOIN (SELECT seq FROM batches ORDER BY seq DESC LIMIT ${RECENT_BATCHES}) b
  LEFT JOIN member_lists l ON l.seq = b.seq AND l.member = m.address
  GROUP BY m.address ORDER BY m.name`;

/** What members of the consortium signed by their Nix keys, each signature verified before it came in. */
export class MemberSignatures {
  protected readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /**
   * The signatures of one record, as a narinfo's `Sig` has them; in no order.
   * @throws CatnixError DATABASE_FAILED
   */
  find(swarmId: Uint8Array): string[] {
    return this.database.all(SIGNATURES, swarmId).map(({ text, signature }) => {
      const [name] = String(text).split(":", 1);
      const { buffer, byteOffset, length } = signature as Uint8Array;
      return `${name}:${Buffer.from(buffer, byteOffset, length).toString("base64")}`;
    });
  }

  /**
   * How far each member with a Nix key is, by name; none where the registry has no charter.
   * @throws CatnixError DATABASE_FAILED
   */
  progress(): MemberProgress[] {
    return this.database.all(PROGRESS).map(({ name, batches, missing }) => ({
      name: String(name),
      batches: Number(batches),
      missing: Number(missing),
    }));
  }
}

/** A member whose lists are looked for. */
export interface FollowedMember {
  /** In the registry. */
  readonly address: string;
  readonly name: string;
  /** Checksummed address: owner of its owned chunks. */
  readonly ownedKey: string;
  /** At least one, as `trusted-public-keys` has them. */
  readonly keys: readonly string[];
}

/** A list that is to be looked for, or to be looked at again. */
export interface DueList {
  readonly seq: number;
  /** Of the batch: `0x` and 64 hex digits. */
  readonly digest: string;
  /** Rows of the batch. */
  readonly rows: number;
  /** The list that was read to its end: 64 hex digits. */
  readonly read: string | undefined;
  /** Whether what it says is in. */
  readonly taken: boolean;
  /** How often it was looked for. */
  readonly visits: number;
}

/** What became of looking for a list. */
export interface SettledList extends Omit<DueList, "digest" | "rows"> {
  /** When to look again: milliseconds since 1970. */
  readonly due: number;
}

/** A signature that was verified. */
export interface VerifiedSignature {
  readonly swarmId: Uint8Array;
  /** As `trusted-public-keys` has it. */
  readonly key: string;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** The same, for the one process that follows the members. Every method throws CatnixError DATABASE_FAILED, DISK_FULL. */
export class MemberSignaturesWriter extends MemberSignatures {
  /** The Swarm address of the charter that members and keys are from; undefined before the first. */
  charter(): string | undefined {
    const found = this.database.get("SELECT address FROM charter");
    return found && String(found["address"]);
  }

  /** By address, the keys of each by their text. */
  members(): FollowedMember[] {
    const keysOf = (member: string) =>
      this.database.all("SELECT text FROM nix_keys WHERE member = ? ORDER BY text", member);
    return this.database.all("SELECT * FROM members ORDER BY address").map(({ address, name, owned_key }) => ({
      ...{ address: String(address), name: String(name), ownedKey: String(owned_key) },
      keys: keysOf(String(address)).map(({ text }) => String(text)),
    }));
  }

  /**
   * Takes in who is followed now. What a key signed that is no member's any more goes; the lists of who is new, or has other
   * keys than before, are looked for from the first batch on.
   * @param charter Swarm address of the charter they are from
   */
  setMembers(charter: string, members: readonly FollowedMember[]): void {
    this.database.transaction(() => {
      const before = new Map(this.members().map((member) => [member.address, JSON.stringify(toColumns(member))]));
      const kept = new Set(members.flatMap(({ address, keys }) => keys.map((text) => `${address} ${text}`)));
      for (const { id, member, text } of this.database.all("SELECT id, member, text FROM nix_keys")) {
        if (kept.has(`${String(member)} ${String(text)}`)) continue;
        this.database.run("DELETE FROM member_signatures WHERE key = ?", id as number);
        this.database.run("DELETE FROM nix_keys WHERE id = ?", id as number);
      }
      this.database.run("DELETE FROM members");
      for (const member of members) {
        const { address, name, ownedKey, keys } = member;
        this.database.run("INSERT INTO members VALUES (?, ?, ?)", address, name, ownedKey);
        for (const text of keys)
          this.database.run("INSERT OR IGNORE INTO nix_keys (member, text) VALUES (?, ?)", address, text);
        if (before.get(address) !== JSON.stringify(toColumns(member)))
          this.database.run("DELETE FROM member_lists WHERE member = ?", address);
      }
      this.database.run("DELETE FROM member_lists WHERE member NOT IN (SELECT address FROM members)");
      this.database.run("INSERT OR REPLACE INTO charter VALUES (1, ?)", charter);
    });
  }

  /**
   * Notes that each member may have signed each batch from `seq` on. What is noted already stays as it is.
   * @param now milliseconds since 1970: they are due from then on
   */
  expectLists(seq: number, now: number): void {
    this.database.run(
      `INSERT OR IGNORE INTO member_lists SELECT m.address, b.seq, NULL, 0, ?, 0 FROM batches b, members m WHERE b.seq >= ?`,
      ...[now, seq],
    );
  }

  /** The lists of a member that are due, those that waited longest first, of these the newest batch's. */
  dueLists(member: string, now: number, limit: number): DueList[] {
    const sql = `SELECT l.seq, l.list, l.taken, l.visits, b.digest, b.rows FROM member_lists l JOIN batches b USING (seq)
      WHERE l.member = ? AND l.due <= ? ORDER BY l.due, l.seq DESC LIMIT ?`;
    return this.database.all(sql, member, now, limit).map(({ seq, list, taken, visits, digest, rows }) => ({
      ...{ seq: Number(seq), digest: String(digest), rows: Number(rows), visits: Number(visits) },
      ...{ read: list === null ? undefined : String(list), taken: taken === 1 },
    }));
  }

  /** Notes what became of looking for lists of a member. */
  settleLists(member: string, lists: readonly SettledList[]): void {
    this.database.transaction(() => {
      for (const { seq, read, taken, visits, due } of lists)
        this.database.run(
          "UPDATE member_lists SET list = ?, taken = ?, visits = ?, due = ? WHERE member = ? AND seq = ?",
          ...[read ?? null, Number(taken), visits, Math.round(due), member, seq],
        );
    });
  }

  /**
   * The record that a batch set for a path.
   * @param key whose signature is looked for
   * @returns undefined where the batch did not set the path, or its record is not there
   */
  findSignable(
    nixId: Uint8Array,
    seq: number,
    key: string,
  ): { swarmId: Uint8Array; text: string; isSigned: boolean } | undefined {
    const sql = `SELECT r.swarm_id, records.text, s.key FROM rows r JOIN records USING (swarm_id)
      LEFT JOIN member_signatures s ON s.swarm_id = r.swarm_id AND s.key = (SELECT id FROM nix_keys WHERE text = ?)
      WHERE r.nix_id = ? AND r.seq = ?`;
    const found = this.database.get(sql, key, nixId, seq);
    if (!found) return undefined;
    const { swarm_id, text, key: signed } = found;
    return { swarmId: swarm_id as Uint8Array, text: String(text), isSigned: signed !== null };
  }

  /** Takes in signatures. Those of a key that has gone meanwhile are left out. */
  save(signatures: readonly VerifiedSignature[]): void {
    if (signatures.length === 0) return;
    this.database.transaction(() => {
      for (const { swarmId, key, signature } of signatures)
        this.database.run(
          "INSERT OR IGNORE INTO member_signatures SELECT ?, id, ? FROM nix_keys WHERE text = ?",
          ...[swarmId, signature, key],
        );
    });
  }

  /** Whether a batch has records that Swarm did not have yet: a list of it may say more then. */
  hasMissingRecords(seq: number): boolean {
    const sql = "SELECT 1 FROM rows JOIN missing_records USING (swarm_id) WHERE seq = ? LIMIT 1";
    return this.database.get(sql, seq) !== undefined;
  }
}

function toColumns({ address, ownedKey, keys }: FollowedMember): string[] {
  return [address, ownedKey, ...keys].sort();
}
