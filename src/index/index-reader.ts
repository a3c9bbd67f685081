import type { RegistryId } from "../cat/batch.js";
import { MAX_DEPTH } from "../cat/bucket.js";
import { type CatRecord, decodeRecord, parseRecord } from "../cat/record.js";
import type { Row } from "../cat/row.js";
import type { Cat } from "../cat/tree.js";
import { fromHex, isHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import { Database, type SqlRow } from "../sqlite/database.js";
import { MemberSignatures } from "./member-signatures.js";
import { INDEX_FORMAT, IS_WITHDRAWN } from "./schema.js";

/** How far an index has followed its registry. */
export interface Cursor {
  /** The last block whose batches are in. */
  readonly block: number;
  /** `0x` and 64 hex digits. */
  readonly blockHash: string;
  readonly head: string;
  readonly seq: number;
  readonly cat: Cat;
  readonly alarmHead: string;
  readonly alarms: number;
}

/** What a `nixId` translates to. */
export interface Mapping {
  readonly row: Row;
  /** The record's canonical text. */
  readonly text: string;
}

/** A NAR that some approved record leads to. */
export interface IndexedNar {
  /** Bytes of the file as stored. */
  readonly fileSize: number;
  readonly compression: CatRecord["compression"];
}

/** How a batch got into the registry. */
export interface IndexedBatch {
  /** `0x` and 64 hex digits. */
  readonly digest: string;
  readonly block: number;
  readonly transactionHash: string;
  /** Those members whose approvals were submitted. */
  readonly approvers: readonly string[];
}

const WITHDRAWALS_OF_ROW = `SELECT kind, through, reason FROM withdrawals
  WHERE (kind = 'batch' AND seq = ?) OR (kind = 'build' AND swarm_id = ?) ORDER BY alarm`;
const CURRENT_ROW = "SELECT nix_id, seq, swarm_id FROM rows WHERE nix_id = ? ORDER BY seq DESC LIMIT 1";
const CURRENT_RECORD = `SELECT r.nix_id, r.seq, r.swarm_id, records.text FROM (${CURRENT_ROW}) r
  JOIN records USING (swarm_id) WHERE NOT ${IS_WITHDRAWN}`;
/**
 * A record's NAR is served while some row that led to it stands: not withdrawn by the guardian, its path not withdrawn by
 * the quorum since, not even where the path was set anew to another build later.
 */
const RECORD_OF_NAR = `SELECT records.text FROM records JOIN rows r USING (swarm_id)
  WHERE records.nar = ? AND NOT ${IS_WITHDRAWN} AND NOT EXISTS (
    SELECT 1 FROM rows t WHERE t.nix_id = r.nix_id AND t.seq > r.seq AND t.swarm_id = zeroblob(32)
  ) LIMIT 1`;

/** The local lookup cache, for those who only read it. */
export class IndexReader {
  protected readonly database: Database;
  /** What members signed. */
  readonly signatures: MemberSignatures;

  /**
   * @param options.readOnly false for the one process that follows the chain
   * @throws CatnixError DATABASE_FAILED, INDEX_OF_ANOTHER_REGISTRY
   */
  constructor(
    file: string,
    readonly registry: RegistryId,
    readonly storeDir: string,
    options: { readOnly: boolean } = { readOnly: true },
  ) {
    this.database = new Database(file, INDEX_FORMAT, options);
    this.signatures = new MemberSignatures(this.database);
    try {
      this.#requireRegistry();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #requireRegistry(): void {
    const found = this.database.get("SELECT chain_id, registry FROM cursor");
    const { chainId, registry } = this.registry;
    if (!found || (found["chain_id"] === chainId && found["registry"] === registry)) return;
    throw new CatnixError("INDEX_OF_ANOTHER_REGISTRY", {
      file: this.database.file,
      found: `${String(found["registry"])} on chain ${String(found["chain_id"])}`,
      wanted: `${registry} on chain ${chainId}`,
    });
  }

  /**
   * A text that is another one as soon as anything in the index changed, whoever changed it: what was read under one
   * version is good while the version stays.
   * @throws CatnixError DATABASE_FAILED
   */
  version(): string {
    return this.database.version();
  }

  /**
   * Undefined before the first look at the chain.
   * @throws CatnixError DATABASE_FAILED, also where it is none that an indexer writes: everything else starts from it
   */
  cursor(): Cursor | undefined {
    const row = this.database.get("SELECT * FROM cursor");
    if (!row) return undefined;
    const cursor = toCursor(row);
    if (isSound(cursor)) return cursor;
    throw new CatnixError("DATABASE_FAILED", { file: this.database.file, reason: "its cursor is none" });
  }

  /**
   * The translation of a `nixId` by the rules of docs/spec.md, Who wins.
   * @param nixId 20 bytes
   * @returns undefined where there is none: unknown, withdrawn by the quorum or by the guardian
   */
  findMapping(nixId: Uint8Array): Mapping | undefined {
    const found = this.database.get(CURRENT_RECORD, nixId);
    if (!found) return undefined;
    return { row: toRow(found), text: String(found["text"]) };
  }

  /** The row at the current root, a tombstone or a withdrawn one included. */
  findRow(nixId: Uint8Array): Row | undefined {
    const found = this.database.get(CURRENT_ROW, nixId);
    return found && toRow(found);
  }

  /**
   * What the guardian withdrew of a row, also what is not final yet: whether its batch, and through which act its build (0:
   * never), with the latest reason.
   */
  findWithdrawal({ seq, swarmId }: Row): { batch: boolean; through: number; reason?: string } {
    const found = this.database.all(WITHDRAWALS_OF_ROW, seq, swarmId);
    const reason = found.at(-1)?.["reason"];
    return {
      batch: found.some(({ kind }) => kind === "batch"),
      through: Math.max(0, ...found.map(({ through }) => Number(through))),
      ...(reason !== undefined && { reason: String(reason) }),
    };
  }

  /** How a batch was approved; undefined where the index does not have it. */
  findBatch(seq: number): IndexedBatch | undefined {
    const found = this.database.get("SELECT * FROM batches WHERE seq = ?", seq);
    if (!found) return undefined;
    return {
      digest: String(found["digest"]),
      block: Number(found["block"]),
      transactionHash: String(found["transaction_hash"]),
      approvers: String(found["approvers"]).split(" ").filter(Boolean),
    };
  }

  /** The record of a mapping, checked once more on its way out of the file. */
  recordOf({ row, text }: Mapping): CatRecord {
    return decodeRecord(Buffer.from(text), row.nixId, this.storeDir);
  }

  /** @param address 64 hex digits: the Swarm address of a NAR file */
  findNar(address: string): IndexedNar | undefined {
    const found = this.database.get(RECORD_OF_NAR, address);
    if (!found) return undefined;
    const { fileSize, compression } = parseRecord(String(found["text"]), this.storeDir);
    return { fileSize, compression };
  }

  /** A chunk of the CAT, `span ‖ payload`, where it was seen before. */
  findChunk(address: string): Uint8Array | undefined {
    return this.database.get("SELECT data FROM chunks WHERE address = ?", address)?.["data"] as Uint8Array | undefined;
  }

  /**
   * The canonical text of an approved record, as the file has it.
   * @param swarmId 64 hex digits
   */
  findText(swarmId: string): string | undefined {
    const found = this.database.get("SELECT text FROM records WHERE swarm_id = ?", fromHex(swarmId, 32));
    return found && String(found["text"]);
  }

  /** The rows that a batch set, ascending by `nixId`. */
  findRowsOf(seq: number): Row[] {
    return this.database.all("SELECT nix_id, seq, swarm_id FROM rows WHERE seq = ? ORDER BY nix_id", seq).map(toRow);
  }

  /** How many `nixId`s have a translation. */
  countMappings(): number {
    const sql = `SELECT count(*) AS n FROM rows r JOIN records USING (swarm_id)
      WHERE r.seq = (SELECT max(seq) FROM rows c WHERE c.nix_id = r.nix_id) AND NOT ${IS_WITHDRAWN}`;
    return Number(this.database.get(sql)!["n"]);
  }

  /** How many approved records Swarm did not have when they were asked for: their paths translate to nothing until it does. */
  countMissingRecords(): number {
    return Number(this.database.get("SELECT count(*) AS n FROM missing_records")!["n"]);
  }

  close(): void {
    this.database.close();
  }
}

function toCursor(row: SqlRow): Cursor {
  return {
    block: Number(row["block"]),
    blockHash: String(row["block_hash"]),
    head: String(row["head"]),
    seq: Number(row["seq"]),
    cat: { root: String(row["root"]), depth: Number(row["depth"]) },
    alarmHead: String(row["alarm_head"]),
    alarms: Number(row["alarms"]),
  };
}

function isSound({ block, blockHash, head, seq, cat, alarmHead, alarms }: Cursor): boolean {
  const isWord = (text: string) => text.startsWith("0x") && isHex(text.slice(2), 32);
  return (
    [block, seq, alarms, cat.depth].every((count) => Number.isSafeInteger(count) && count >= 0) &&
    [blockHash, head, alarmHead].every(isWord) &&
    isHex(cat.root, 32) &&
    cat.depth <= MAX_DEPTH
  );
}

/** A row of the CAT out of the columns `nix_id`, `seq` and `swarm_id`. */
export function toRow(found: SqlRow): Row {
  return {
    nixId: found["nix_id"] as Uint8Array,
    seq: Number(found["seq"]),
    swarmId: found["swarm_id"] as Uint8Array,
  };
}
