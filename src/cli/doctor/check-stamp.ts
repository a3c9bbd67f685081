import type { BeeEndpoint } from "../../swarm/bee-endpoint.js";
import { EMBEDDED } from "../../swarm/node-facts.js";
import {
  adviceFor,
  describeStamp,
  isGrave,
  judgeStamp,
  shortenBatch,
  type StampLimits,
} from "../../swarm/postage/judge-stamp.js";
import { readStamp, type Stamp } from "../../swarm/postage/stamps.js";
import { type Finding, fail, ok, warn } from "./finding.js";

const CHECK = "stamp";
const NONE = "0".repeat(64);
/**
 * Whether uploads can be paid. Whoever only reads needs no stamp: a missing one is a warning.
 * @param version of the node
 * @throws CatnixError of {@link BeeEndpoint.requestJson}
 */
export async function checkStamp(
  endpoint: BeeEndpoint,
  batch: string,
  version: string,
  limits: StampLimits,
  signal: AbortSignal,
): Promise<Finding> {
  if (batch === NONE && version === EMBEDDED) return ok(CHECK, "none needed: the embedded node takes any batch");
  if (batch === NONE)
    return warn(
      CHECK,
      "swarm.postageBatch is not set",
      "To publish, buy a postage batch (`catnix stamps buy`) and set swarm.postageBatch to its id; to read, nothing is needed.",
    );
  const stamp = await readStamp(endpoint, batch, signal);
  if (stamp) return findingOf(stamp, limits);
  if (version === EMBEDDED) return ok(CHECK, `${shortenBatch(batch)}: the embedded node takes any batch`);
  return fail(
    CHECK,
    `the node does not own batch ${shortenBatch(batch)}`,
    "Set swarm.postageBatch to the id of a batch that this node bought and that has not expired: `catnix stamps list` shows them.",
  );
}

/** What a stamp's state means here; the gravest trouble is the finding. */
export function findingOf(stamp: Stamp, limits: StampLimits): Finding {
  const [worst] = judgeStamp(stamp, limits);
  const message = describeStamp(stamp);
  if (worst === undefined) return ok(CHECK, message);
  return (isGrave(worst) ? fail : warn)(CHECK, `${message}: ${worst}`, adviceFor(worst));
}
