import { setTimeout } from "node:timers/promises";
import { CatnixError } from "../../errors/catnix-error.js";
import type { BeeEndpoint } from "../bee-endpoint.js";
import { readStamp, type Stamp } from "./stamps.js";

/** Between two looks, in milliseconds: at first as on a test chain, then a block of Gnosis. */
const [FIRST_PAUSE, LAST_PAUSE] = [250, 5000];

export interface WaitOptions {
  /** What is waited for, for messages: `not usable`. */
  readonly what: string;
  readonly seconds: number;
  /** Told before each pause. */
  readonly onWait?: (secondsWaited: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Looks at a batch until it is as it should be: a node learns of what was paid some blocks later.
 * @returns the batch as it then is
 * @throws CatnixError POSTAGE_PENDING where it does not become so in time; of {@link readStamp}; the signal's reason
 */
export async function waitForStamp(
  endpoint: BeeEndpoint,
  batch: string,
  isReady: (stamp: Stamp) => boolean,
  { what, seconds, onWait, signal }: WaitOptions,
): Promise<Stamp> {
  const start = performance.now();
  for (let pause = FIRST_PAUSE; ; pause = Math.min(LAST_PAUSE, pause * 2)) {
    const stamp = await endpoint.retry(() => readStamp(endpoint, batch, signal), signal);
    if (stamp && isReady(stamp)) return stamp;
    const waited = (performance.now() - start) / 1000;
    if (waited >= seconds) throw new CatnixError("POSTAGE_PENDING", { batch, what, seconds });
    onWait?.(waited);
    await setTimeout(Math.min(pause, (seconds - waited) * 1000), undefined, { signal }).catch((error: unknown) => {
      throw signal?.aborted ? signal.reason : error;
    });
  }
}
