import { Gauge, type Registry } from "prom-client";
import { isCatnixError } from "../errors/catnix-error.js";
import type { IndexReader } from "../index/index-reader.js";
import { type MemberProgress, RECENT_BATCHES } from "../index/member-signatures.js";

/** Adds whose Nix signatures are missing to `registry`; the index is read when somebody asks for it. */
export function addMemberMetrics(registry: Registry, index: IndexReader): void {
  new Gauge({
    name: "catnix_member_lists_missing",
    help: `Of the last ${RECENT_BATCHES} batches, those of which a member's Nix signatures are not in`,
    labelNames: ["member"],
    registers: [registry],
    collect() {
      this.reset();
      for (const { name, missing } of readProgress(index)) this.labels(name).set(missing);
    },
  });
}

/** No sample is better than a wrong one: none where the index cannot be read. */
function readProgress(index: IndexReader): MemberProgress[] {
  try {
    return index.signatures.progress();
  } catch (error) {
    if (isCatnixError(error)) return [];
    throw error;
  }
}
