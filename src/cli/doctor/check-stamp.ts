import type { BeeEndpoint } from "../../swarm/bee-endpoint.js";
import { readStamp, type Stamp } from "../../swarm/node-facts.js";
import { EMBEDDED } from "./check-swarm.js";
import { type Finding, fail, ok, warn } from "./finding.js";

const CHECK = "stamp";
const NONE = "0".repeat(64);
const DAY = 86_400;
/** Seconds left, and the part of the fullest bucket that is used: the batch ends with that bucket. */
const [SOON, AT_ONCE] = [30 * DAY, 2 * DAY];
const [FILLING, FULL] = [0.8, 1];

/**
 * Whether uploads can be paid. Whoever only reads needs no stamp: a missing one is a warning.
 * @param version of the node
 * @throws CatnixError of {@link BeeEndpoint.requestJson}
 */
export async function checkStamp(
  endpoint: BeeEndpoint,
  batch: string,
  version: string,
  signal: AbortSignal,
): Promise<Finding> {
  if (batch === NONE && version === EMBEDDED) return ok(CHECK, "none needed: the embedded node takes any batch");
  if (batch === NONE)
    return warn(
      CHECK,
      "swarm.postageBatch is not set",
      "To publish, buy an immutable postage batch and set swarm.postageBatch to its id; to read, nothing is needed.",
    );
  const stamp = await readStamp(endpoint, batch, signal);
  if (stamp) return judgeStamp(batch, stamp);
  if (version === EMBEDDED) return ok(CHECK, `${shorten(batch)}: the embedded node takes any batch`);
  return fail(
    CHECK,
    `the node does not own batch ${shorten(batch)}`,
    "Set swarm.postageBatch to the id of a batch that this node bought; its `GET /stamps` lists them.",
  );
}

export function judgeStamp(batch: string, stamp: Stamp): Finding {
  const { usable, fullestBucket, bucketSize, depth, immutable, ttl } = stamp;
  const used = fullestBucket / bucketSize;
  const left = ttl === undefined ? "time left unknown" : `${(ttl / DAY).toFixed(1)} days left`;
  const message = `${shorten(batch)}, depth ${depth}, fullest bucket ${Math.round(100 * used)} % used, ${left}`;
  if (!usable)
    return fail(
      CHECK,
      `${message}, not usable`,
      "A new batch needs some blocks before it is usable; an expired one has to be replaced.",
    );
  if (used >= FULL && immutable)
    return fail(CHECK, message, "Dilute the batch or buy a deeper one, and set swarm.postageBatch to it.");
  if (ttl !== undefined && ttl < AT_ONCE)
    return fail(CHECK, message, "Top the batch up at once: what it pays for is gone when it ends.");
  if (!immutable)
    return warn(
      CHECK,
      `${message}, mutable`,
      "Buy an immutable batch: a mutable one overwrites old chunks when it is full, without a word.",
    );
  if (used >= FILLING)
    return warn(CHECK, message, "Dilute the batch or buy a deeper one before its fullest bucket is full.");
  if (ttl !== undefined && ttl < SOON)
    return warn(CHECK, message, "Top the batch up: what it pays for is gone when it ends.");
  return ok(CHECK, message);
}

function shorten(batch: string): string {
  return `${batch.slice(0, 8)}…`;
}
