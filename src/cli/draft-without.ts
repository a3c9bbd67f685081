import { leaveOut } from "../consortium/leave-out.js";
import type { Context } from "./context.js";
import { type Draft, draftBatch } from "./draft-batch.js";
import { LiveCat } from "./live-cat.js";
import { preparePostage } from "./prepare-postage.js";
import type { ReviewedBatch } from "./review-batch.js";
import { requireGoingOn } from "../consortium/next-act.js";

export interface DraftWithoutOptions {
  /** The new batch file. */
  readonly out: string;
  /** Leaves out also what refers to what is left out. */
  readonly withReferrers?: boolean | undefined;
}

/** A draft, and which store paths of the old one are not in it. */
export interface LesserDraft extends Draft {
  readonly leftOut: readonly string[];
}

/**
 * Makes a new draft of a batch without some of its rows, as a publisher makes one.
 * @param paths store paths
 * @throws CatnixError LEAVE_OUT_INVALID, LEAVE_OUT_REFERENCED, STORE_PATH_INVALID, and what `draftBatch` throws
 */
export async function draftWithout(
  context: Context,
  { registry, checked }: ReviewedBatch,
  paths: readonly string[],
  { out, withReferrers = false }: DraftWithoutOptions,
): Promise<LesserDraft> {
  const { storeDir } = context.config;
  const { leftOut, ...content } = leaveOut(checked, paths, { storeDir, withReferrers });
  await requireGoingOn(registry);
  const state = await registry.state();
  const live = new LiveCat(registry, context.store(), state.cat, storeDir, context.signal);
  await preparePostage(context);
  const draft = await context.wait(
    "the CAT's records and chunks",
    draftBatch(context, live, state, { ...content, out }),
  );
  return { ...draft, leftOut };
}
