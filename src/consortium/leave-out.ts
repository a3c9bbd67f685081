import type { HeldRecord } from "../cat/held-records.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import { parseBaseName, parseStorePath } from "../nix/store-path.js";
import type { CheckedBatch, CheckedRow } from "./check-batch.js";

/** What is left of a batch, as a draft is made of it. */
export interface LeftBatch {
  readonly records: readonly HeldRecord[];
  readonly tombstones: readonly { readonly nixId: Uint8Array; readonly force: boolean }[];
  /** Store paths that are not in it any more, those that went along included, in the delta's order. */
  readonly leftOut: readonly string[];
}

/** Paths that an error names. */
const NAMED_PATHS = 20;

/**
 * Leaves rows out of a checked batch. What refers to a path that would then be listed nowhere has to go as well.
 * @param paths store paths
 * @param options.withReferrers leaves those out too, instead of refusing
 * @throws CatnixError STORE_PATH_INVALID; LEAVE_OUT_INVALID where a path is not in the batch, or nothing would be left;
 * LEAVE_OUT_REFERENCED where rows that stay refer to one that goes
 */
export function leaveOut(
  { rows, brokenReferrers }: Pick<CheckedBatch, "rows" | "brokenReferrers">,
  paths: readonly string[],
  { storeDir, withReferrers = false }: { storeDir: string; withReferrers?: boolean },
): LeftBatch {
  const byId = new Map(rows.map((row) => [toHex(row.row.nixId), row]));
  const named = new Set<string>();
  for (const path of paths) {
    const id = toHex(parseStorePath(path, storeDir).nixId);
    const row = byId.get(id);
    if (row === undefined || (row.held !== undefined && row.held.storePath !== path))
      throw new CatnixError("LEAVE_OUT_INVALID", { reason: `${path} is not in the batch` });
    named.add(id);
  }
  const gone = addReferrers(byId, named);
  if (gone.size > named.size && !withReferrers) {
    const referrers = [...gone].filter((id) => !named.has(id)).map((id) => pathOf(byId.get(id)!));
    throw new CatnixError("LEAVE_OUT_REFERENCED", {
      count: referrers.length,
      referrers: referrers.slice(0, NAMED_PATHS),
    });
  }
  const left = rows.filter(({ row }) => !gone.has(toHex(row.nixId)));
  if (left.length === 0) throw new CatnixError("LEAVE_OUT_INVALID", { reason: "nothing of the batch would be left" });
  // Who drafted the batch named these; others may only lose a reference by what is left out now.
  const forced = new Set(brokenReferrers.map(({ storePath }) => storePath));
  return {
    records: left.flatMap((row) => (row.kind === "withdrawn" ? [] : [row.held])),
    tombstones: left.flatMap((row) =>
      row.kind === "withdrawn" ? [{ nixId: row.row.nixId, force: forced.has(pathOf(row)) }] : [],
    ),
    leftOut: rows.filter(({ row }) => gone.has(toHex(row.nixId))).map(pathOf),
  };
}

/** The rows that go, and all that refer to one that is listed nowhere then; one that is changed stays as it was before. */
function addReferrers(byId: ReadonlyMap<string, CheckedRow>, named: ReadonlySet<string>): Set<string> {
  const referrers = new Map<string, string[]>();
  for (const [id, row] of byId) {
    if (row.kind === "withdrawn") continue;
    for (const reference of row.held.record.references) {
      const to = toHex(parseBaseName(reference).nixId);
      if (to === id || byId.get(to)?.kind !== "added") continue;
      const known = referrers.get(to);
      if (known) known.push(id);
      else referrers.set(to, [id]);
    }
  }
  const gone = new Set(named);
  // A set gives what is added while it is gone through as well.
  for (const id of gone) for (const referrer of referrers.get(id) ?? []) gone.add(referrer);
  return gone;
}

function pathOf({ held, row }: CheckedRow): string {
  return held?.storePath ?? toHex(row.nixId);
}
