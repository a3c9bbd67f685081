import { randomBytes } from "node:crypto";
import { NO_PACK } from "../cat/batch.js";
import type { HeldRecord } from "../cat/held-records.js";
import { toHex } from "../encoding/hex.js";
import { withoutSecrets } from "../config/endpoint-url.js";
import type { Config } from "../config/schema.js";
import { readBack, type SampledFile } from "../publisher/read-back.js";
import type { UploadedBatch } from "../publisher/upload-batch.js";
import { BeeStore } from "../swarm/bee-store.js";
import type { Context } from "./context.js";
import { Progress } from "./progress.js";

/** What was read back, and from where. */
export interface ReadbackResult {
  readonly url: string;
  readonly roots: number;
  readonly samples: number;
  /** Chooses the same sample again. */
  readonly seed: string;
}

/** A node other than the one that uploads go to, where one is configured: `swarm.readbackUrl`, else the first of `swarm.urls`. */
export function findOtherNode({ swarm }: Config): string | undefined {
  const { url, urls, readbackUrl } = swarm;
  return [readbackUrl, ...urls].find((other) => other !== undefined && other !== url);
}

/**
 * Reads a sample of a draft and of what it lists back through another node, before it is called ready.
 * @returns undefined where no other node is configured, which is said
 * @throws CatnixError READBACK_FAILED
 */
export async function readBackDraft(
  context: Context,
  records: readonly HeldRecord[],
  { fields, chunks }: UploadedBatch,
  seed = randomBytes(8).toString("hex"),
): Promise<ReadbackResult | undefined> {
  const url = findOtherNode(context.config);
  if (url === undefined) {
    context.note("nothing was read back, since no other node is configured: see swarm.readbackUrl and swarm.urls");
    return undefined;
  }
  const { signal } = context;
  const files: SampledFile[] = [];
  const roots = [fields.root, fields.delta, ...(fields.pack === NO_PACK ? [] : [fields.pack])];
  for (const held of records) {
    const { narAddress, fileSize, listing } = held.record;
    files.push({ address: narAddress, size: fileSize });
    roots.push(toHex(held.swarmId), narAddress, ...(listing === undefined ? [] : [listing]));
  }
  const shown = withoutSecrets(url);
  using progress = new Progress(context, "reading back", roots.length + chunks.length);
  const read = await readBack({
    ...{ store: new BeeStore({ url, signal }), url: shown, seed, signal, files },
    roots: [...roots, ...chunks],
    samples: context.config.publish.readbackChunks,
    onRead: (done, all) => progress.update(done, all, `chunks through ${shown}`),
    onMissing: (missing) => context.note(`${missing} chunks are not at ${shown} yet: they are asked for again`),
  });
  return { url: shown, ...read, seed };
}
