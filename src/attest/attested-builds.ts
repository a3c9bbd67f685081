import { existsSync } from "node:fs";
import { z } from "zod";
import { isHex } from "../encoding/hex.js";
import { RESULTS } from "../members/attestation.js";
import { Database, type DatabaseFormat } from "../sqlite/database.js";
import type { RowOutcome, RowToAttest } from "./row-outcome.js";

/** A higher version forgets all: whenever what a check looks at changes. */
const ATTESTED_FORMAT: DatabaseFormat = {
  version: 2,
  disposable: true,
  schema: `
    CREATE TABLE attested (
      member TEXT NOT NULL,
      mode TEXT NOT NULL,
      nix_id BLOB NOT NULL,
      swarm_id BLOB NOT NULL,
      outcome TEXT NOT NULL,
      time INTEGER NOT NULL,
      PRIMARY KEY (member, mode, nix_id, swarm_id)
    ) STRICT, WITHOUT ROWID`,
};

const hex = (bytes: number) => z.string().refine((text) => isHex(text, bytes));

const outcomeSchema = z.strictObject({
  result: z.enum(RESULTS),
  mode: z.enum(["rebuild", "copy", "address"]),
  deriver: z.string().optional(),
  builder: z.string().optional(),
  builderKey: z.string().optional(),
  foundNarHash: z.string().optional(),
  reason: z.string().optional(),
  kept: z.string().optional(),
  inputs: z
    .array(
      z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("listed"), nixId: hex(20), swarmId: hex(32) }),
        z.strictObject({ kind: z.literal("builder"), builder: z.string(), builderKey: z.string() }),
      ]),
    )
    .optional(),
});

/**
 * What a member found out about builds, so that a killed run goes on where it was, and a batch on another parent or without some
 * of its rows costs nothing but a new attestation. A `swarmId` fixes every byte of a build. Failures are not remembered: they
 * may pass. As trusted as the member's own disk; it may be deleted at any time.
 */
export class AttestedBuilds {
  readonly #database: Database;

  /**
   * @param file made where there is none
   * @param member address of the member
   * @param mode how it was asked to check
   * @throws CatnixError DATABASE_FAILED, DISK_FULL
   */
  constructor(
    file: string,
    readonly member: string,
    readonly mode: "rebuild" | "copy",
  ) {
    // A note that a power cut takes costs a check, and each one would cost a wait for the disk.
    this.#database = new Database(file, ATTESTED_FORMAT, { synchronous: "NORMAL" });
  }

  /**
   * What was found out before; undefined also where what was kept of a difference is gone, so that it is found again.
   * @throws CatnixError DATABASE_FAILED
   */
  find({ nixId, swarmId }: RowToAttest): RowOutcome | undefined {
    const sql = "SELECT outcome FROM attested WHERE member = ? AND mode = ? AND nix_id = ? AND swarm_id = ?";
    const found = this.#database.get(sql, this.member, this.mode, nixId, swarmId);
    const outcome = parseOutcome(found?.["outcome"]);
    return outcome?.kept === undefined || existsSync(outcome.kept) ? outcome : undefined;
  }

  /**
   * Whether the member found something else than this build, in whatever mode, also where what was kept of that is gone.
   * @throws CatnixError DATABASE_FAILED
   */
  differs({ nixId, swarmId }: Pick<RowToAttest, "nixId" | "swarmId">): boolean {
    const sql = "SELECT outcome FROM attested WHERE member = ? AND nix_id = ? AND swarm_id = ?";
    const found = this.#database.all(sql, this.member, nixId, swarmId);
    return found.some(({ outcome }) => parseOutcome(outcome)?.result === "differs");
  }

  /**
   * @param now milliseconds since 1970
   * @throws CatnixError DATABASE_FAILED, DISK_FULL
   */
  add({ nixId, swarmId }: RowToAttest, outcome: RowOutcome, now: number): void {
    if (outcome.result === "failed" || outcome.result === "skipped") return;
    const values = [this.member, this.mode, nixId, swarmId, JSON.stringify(outcome), Math.floor(now / 1000)] as const;
    this.#database.run("INSERT OR REPLACE INTO attested VALUES (?, ?, ?, ?, ?, ?)", ...values);
  }

  close(): void {
    this.#database.close();
  }
}

/** @returns undefined where it is none */
function parseOutcome(text: unknown): RowOutcome | undefined {
  try {
    return outcomeSchema.safeParse(JSON.parse(String(text))).data;
  } catch {
    return undefined;
  }
}
