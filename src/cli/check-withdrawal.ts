import { MAX_RECORD_SIZE, parseRecord } from "../cat/record.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { readBlock } from "../registry/finality.js";
import { findEvents } from "../registry/find-events.js";
import { topicsOfActs } from "../registry/history.js";
import type { Registry } from "../registry/registry.js";
import type { Context } from "./context.js";

/**
 * Refuses the number of a change of the council or of a retirement: the contract takes it, and no row carries it.
 * @throws CatnixError WITHDRAWAL_POINTLESS; RPC_UNAVAILABLE, RPC_ANSWER_INVALID
 */
export async function requireBatch({ config }: Context, registry: Registry, seq: number): Promise<void> {
  const { deploymentBlock, logRange } = config.chain;
  const { number } = await readBlock(registry.chain, "latest");
  const range = { from: deploymentBlock, to: number };
  const { events } = await findEvents(registry, topicsOfActs([seq]), range, logRange);
  const found = events.find((event) => event.kind !== "alarm" && event.seq === seq);
  if (found === undefined || found.kind === "batch") return;
  const what = found.kind === "council" ? "a change of the council" : "the retirement";
  throw new CatnixError("WITHDRAWAL_POINTLESS", {
    what: `act ${seq}`,
    reason: `it is ${what}, whose number no row has`,
  });
}

/**
 * Refuses what is no record, such as the address of a NAR: the contract takes it, and no row leads there. What Swarm lacks may be one.
 * @param swarmId 64 hex digits
 * @throws CatnixError WITHDRAWAL_POINTLESS; the signal's reason
 */
export async function requireRecord(context: Context, swarmId: string): Promise<void> {
  const { config, signal } = context;
  try {
    const bytes = await context.wait("the record", context.store().readAll(swarmId, MAX_RECORD_SIZE, { signal }));
    const { storePath } = parseRecord(Buffer.from(bytes).toString("utf8"), config.storeDir);
    context.note(`a build of ${storePath}`);
  } catch (error) {
    if (isCatnixError(error, "CAT_RECORD_INVALID", "SWARM_TOO_LARGE"))
      throw new CatnixError("WITHDRAWAL_POINTLESS", { what: `build ${swarmId}`, reason: "there is no record at it" });
    if (!isCatnixError(error)) throw error;
    context.note(`whether ${swarmId} is a record is not known: ${error.message}`);
  }
}
