import type { LightAnswer, NarCheck } from "../resolver/light-links.js";
import { readNarOf } from "../resolver/read-nar.js";
import type { ReadRecord } from "../resolver/read-record.js";
import type { Resolution } from "../resolver/resolve-nix-id.js";
import type { ContentStore } from "../swarm/content-store.js";
import type { Context } from "./context.js";
import { formatBytes } from "./format.js";
import { openCharter } from "./open-charter.js";
import type { OpenedLight } from "./open-light.js";
import { Progress } from "./progress.js";

/** Puts together what a light answer rests on. */
export async function gatherLight(
  context: Context,
  { view, age }: OpenedLight,
  found: {
    resolution: Resolution;
    final: boolean | undefined;
    read: ReadRecord | undefined;
    nar: NarCheck | undefined;
  },
): Promise<LightAnswer> {
  const { resolution } = found;
  if (resolution.status === "unknown") return { view, age, ...found };
  const { row } = resolution.proof;
  const approval = await view.findApproval(row.seq);
  const byGuardian = resolution.status === "withdrawn" && resolution.by === "guardian";
  const alarm = byGuardian ? await view.findAlarm(row, resolution.withdrawal) : undefined;
  // Its address is proved, and so are the names in it.
  const charter = await openCharter(context, view.state.council.charter);
  const names = new Map(charter?.members.map(({ address, name }) => [address, name]));
  return { view, age, ...found, approval, alarm, names };
}

/**
 * Reads a whole NAR and holds it against its record.
 * @throws CatnixError as `readNarOf`
 */
export async function checkNarOf(context: Context, { record }: ReadRecord, store: ContentStore): Promise<NarCheck> {
  const { signal } = context;
  let bytes = 0;
  using progress = new Progress(context, "NAR", record.narSize);
  for await (const piece of readNarOf(record, { store, signal })) {
    bytes += piece.length;
    progress.update(bytes, record.narSize, formatBytes(bytes));
  }
  return { state: "checked", bytes };
}
