import { CatnixError } from "../errors/catnix-error.js";
import type { BeeEndpoint } from "../swarm/bee-endpoint.js";
import { EMBEDDED, readNodeFacts } from "../swarm/node-facts.js";
import { judgeStamp, type StampLimits, type StampTrouble } from "../swarm/postage/judge-stamp.js";
import { readStamp, type Stamp } from "../swarm/postage/stamps.js";
import { waitForStamp } from "../swarm/postage/wait-stamp.js";

export interface PrepareOptions {
  readonly limits: StampLimits;
  readonly allowMutable: boolean;
  /** How long a batch that was just bought may take until it is usable. */
  readonly waitSeconds: number;
  /** Told of what is no fault yet, the gravest first. */
  readonly onTrouble?: ((stamp: Stamp, troubles: readonly StampTrouble[]) => void) | undefined;
  readonly onWait?: ((secondsWaited: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const NONE = "0".repeat(64);

/**
 * Sees to it that uploads can be paid, before the first byte of them: a batch that is too new is waited for.
 * @param batch 64 hexadecimal digits; zeros: none is configured
 * @returns undefined where the node is the embedded one and was not asked for a batch of its own: it takes any
 * @throws CatnixError SWARM_BATCH_MISSING, STAMP_UNKNOWN, STAMP_MUTABLE, POSTAGE_PENDING; SWARM_… where the node does not answer; the
 * signal's reason
 */
export async function prepareStamp(
  endpoint: BeeEndpoint,
  batch: string,
  options: PrepareOptions,
): Promise<Stamp | undefined> {
  const { limits, allowMutable, waitSeconds: seconds, onTrouble, onWait, signal } = options;
  let stamp = batch === NONE ? undefined : await endpoint.retry(() => readStamp(endpoint, batch, signal), signal);
  if (stamp === undefined) {
    const { version } = await endpoint.retry(() => readNodeFacts(endpoint, signal), signal);
    if (version === EMBEDDED) return undefined;
    if (batch === NONE) throw new CatnixError("SWARM_BATCH_MISSING", undefined);
    throw new CatnixError("STAMP_UNKNOWN", { batch, url: endpoint.url });
  }
  if (!stamp.immutable && !allowMutable) throw new CatnixError("STAMP_MUTABLE", { batch });
  if (!stamp.usable)
    stamp = await waitForStamp(endpoint, batch, ({ usable }) => usable, {
      ...{ what: "not usable", seconds, signal },
      ...(onWait && { onWait }),
    });
  const troubles = judgeStamp(stamp, limits).filter((trouble) => trouble !== "mutable");
  if (troubles.length > 0) onTrouble?.(stamp, troubles);
  return stamp;
}
