import type { Row } from "../cat/row.js";
import { equalBytes } from "../encoding/bytes.js";
import { CatnixError } from "../errors/catnix-error.js";
import type { AlarmEvent } from "../registry/history.js";
import type { RowWithdrawal } from "./registry-view.js";

/** @throws CatnixError CAT_ROW_INVALID for a row of an act after `last`: it is wrong, and nothing can be said of it */
export function requireActOfRow({ seq }: Row, last: number): void {
  if (seq > last)
    throw new CatnixError("CAT_ROW_INVALID", { reason: `it is of act ${seq}, the registry is at ${last}` });
}

/** The alarm by which the guardian withdrew a row: its batch's, or the last one about its build. */
export function findAlarmOfRow(
  alarms: readonly AlarmEvent[],
  { seq, swarmId }: Row,
  { batch }: RowWithdrawal,
): AlarmEvent | undefined {
  return alarms.findLast(({ target }) =>
    "seq" in target ? batch && target.seq === seq : !batch && equalBytes(target.swarmId, swarmId),
  );
}
