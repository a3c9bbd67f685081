import { isCatnixError } from "../errors/catnix-error.js";
import { readCharter, NO_CHARTER } from "../members/read-charter.js";
import type { LightAnswer, NarCheck } from "../resolver/light-links.js";
import { readNarOf } from "../resolver/read-nar.js";
import type { ReadRecord } from "../resolver/read-record.js";
import type { Resolution } from "../resolver/resolve-nix-id.js";
import type { ContentStore } from "../swarm/content-store.js";
import type { Context } from "./context.js";
import { formatBytes } from "./format.js";
import type { OpenedLight } from "./open-light.js";
import { Progress } from "./progress.js";

/** Puts together what a light answer rests on. */
export async function gatherLight(
  context: Context,
  { view, age }: OpenedLight,
  found: { resolution: Resolution; read: ReadRecord | undefined; nar: NarCheck | undefined },
): Promise<LightAnswer> {
  const { resolution } = found;
  if (resolution.status === "unknown") return { view, age, ...found };
  const approval = await view.findApproval(resolution.proof.row.seq);
  return { view, age, ...found, approval, names: await readNames(context, view.council.charter) };
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

/** Members' names as the charter has them, whose address is proved; a charter that cannot be had leaves them out. */
async function readNames(context: Context, charter: string): Promise<ReadonlyMap<string, string> | undefined> {
  if (charter === NO_CHARTER) return undefined;
  try {
    const { members } = await readCharter(context.store(), charter);
    return new Map(members.map(({ address, name }) => [address, name]));
  } catch (error) {
    if (!isCatnixError(error)) throw error;
    context.note(`the charter is left out: ${error.message}`);
    return undefined;
  }
}
