import { checkHistory } from "../indexer/check-history.js";
import { EventReader } from "../registry/event-reader.js";
import { type BlockMark, readBlock } from "../registry/finality.js";
import type { RegistryEvent } from "../registry/history.js";
import type { Registry } from "../registry/registry.js";
import { CatnixError } from "../errors/catnix-error.js";

export interface HistoryOptions {
  readonly registry: Registry;
  readonly deploymentBlock: number;
  /** Blocks asked for at once. */
  readonly logRange: number;
}

/**
 * Reads all that ever happened to a registry, up to a block, and holds it against itself and the contract: no endpoint
 * can leave anything out.
 * @param upTo the latest block where not given
 * @throws CatnixError RPC_UNAVAILABLE, RPC_ANSWER_INVALID, REGISTRY_HISTORY_BROKEN
 */
export async function readWholeHistory(
  options: HistoryOptions,
  upTo?: BlockMark,
): Promise<{ latest: BlockMark; events: RegistryEvent[] }> {
  const { registry, deploymentBlock, logRange } = options;
  const { chain } = registry;
  const latest = upTo ?? (await readBlock(chain, "latest"));
  const events = await new EventReader(registry, logRange).read({ from: deploymentBlock, to: latest.number });
  const position = checkHistory(registry.id, undefined, events, chain.rpcUrl).at(-1)?.position;
  const [{ head }, { alarmHead }] = await Promise.all([
    registry.state(latest.number),
    registry.alarmState(latest.number),
  ]);
  if (position?.head === head && position.alarmHead === alarmHead) return { latest, events };
  const reason = `its events up to block ${latest.number} do not lead to what the contract holds`;
  throw new CatnixError("RPC_ANSWER_INVALID", { url: chain.rpcUrl, reason });
}
