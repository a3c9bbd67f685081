import type { Row } from "../cat/row.js";
import { equalBytes } from "../encoding/bytes.js";
import type { AlarmEvent } from "../registry/history.js";

/** The guardian's alarms that withdraw a row (docs/spec.md, Who wins), in their order. */
export function alarmsOfRow({ seq, swarmId }: Row, alarms: readonly AlarmEvent[]): AlarmEvent[] {
  return alarms.filter(({ target }) =>
    "seq" in target ? target.seq === seq : equalBytes(target.swarmId, swarmId) && target.through >= seq,
  );
}
