import { prepareStamp } from "../publisher/prepare-stamp.js";
import type { StampRoom } from "../publisher/check-room.js";
import { adviceFor, describeStamp } from "../swarm/postage/judge-stamp.js";
import { readBuckets, type Stamp } from "../swarm/postage/stamps.js";
import type { Context } from "./context.js";

/** What pays for the uploads of a command. */
export interface PreparedPostage {
  readonly stamp: Stamp;
  /** Undefined where it cannot be full: a mutable one overwrites, and some proxies do not tell. */
  readonly room: StampRoom | undefined;
}

/**
 * Sees to it that uploads can be paid, and says what is the matter with the batch that pays them.
 * @returns undefined where the embedded node takes any batch
 * @throws CatnixError SWARM_BATCH_MISSING, STAMP_UNKNOWN, STAMP_MUTABLE, POSTAGE_PENDING, SWARM_…
 */
export async function preparePostage(
  context: Context,
  { allowMutable = false }: { allowMutable?: boolean | undefined } = {},
): Promise<PreparedPostage | undefined> {
  const { postage, swarm } = context.config;
  const { signal } = context;
  const node = context.node();
  let isTold = false;
  const preparing = prepareStamp(node, swarm.postageBatch, {
    ...{
      limits: postage,
      allowMutable: allowMutable || postage.allowMutable,
      waitSeconds: postage.waitSeconds,
      signal,
    },
    onTrouble: (stamp, troubles) => {
      for (const trouble of troubles)
        context.note(`postage batch ${describeStamp(stamp)}: ${trouble}. ${adviceFor(trouble)}`);
    },
    onWait: () => {
      if (!isTold)
        context.note(`the postage batch is not usable yet: waiting for it, ${postage.waitSeconds} s at most`);
      isTold = true;
    },
  });
  const stamp = await context.wait("the node, for its postage batch", preparing);
  if (stamp === undefined) return undefined;
  if (!stamp.immutable) return { stamp, room: undefined };
  const buckets = await node.retry(() => readBuckets(node, stamp.batch, signal), signal);
  return { stamp, room: buckets && { batch: stamp.batch, buckets } };
}
