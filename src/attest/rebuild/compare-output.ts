import { createReadStream } from "node:fs";
import { join } from "node:path";
import { equalBytes } from "../../encoding/bytes.js";
import { writeStreamWhole } from "../../files/write-stream.js";
import { checkNarHash, hashNar } from "../../nix/hash-stream.js";
import { writeNar } from "../../nix/nar-write.js";
import { parseStorePath } from "../../nix/store-path.js";
import type { NixStore } from "../../nixdb/nix-store.js";
import { diffNars } from "../diff-nars.js";
import type { PublishedOutput, RebuildOutcome } from "./rebuild-path.js";

/** The most differences that are named. */
const MAX_DIFFERENCES = 20;

/**
 * Holds what was built against what was published: NAR and references. Where the NARs differ both are kept.
 * @param built the throwaway store
 * @throws CatnixError NAR_…, DISK_FULL, FILE_UNWRITABLE, and what reading the published NAR throws; the signal's reason
 */
export async function compareOutput(
  published: PublishedOutput,
  built: NixStore,
  { folder, logFile, signal }: { folder: string; logFile: string; signal: AbortSignal },
): Promise<RebuildOutcome> {
  const { storePath } = published;
  const realPath = built.realPath(storePath);
  const { sha256: foundNarHash, size: foundNarSize } = await hashNar(writeNar(realPath, { signal }));
  const { references: foundReferences } = built.closure([storePath]).at(-1)!;
  const isSame = equalBytes(foundNarHash, published.narHash);
  const wanted = [...new Set(published.references)].sort();
  if (isSame && wanted.join("\n") === foundReferences.join("\n")) return { result: "rebuilt", storePath, logFile };
  const found = { foundNarHash, foundNarSize, foundReferences };
  if (isSame) return { result: "differs", storePath, logFile, ...found, differences: [], kept: undefined };

  const { baseName } = parseStorePath(storePath, built.storeDir);
  const kept = {
    published: join(folder, `${baseName}.published.nar`),
    rebuilt: join(folder, `${baseName}.rebuilt.nar`),
  };
  await writeStreamWhole(kept.published, checkNarHash(published.nar(signal), published));
  await writeStreamWhole(kept.rebuilt, writeNar(realPath, { signal }));
  const read = (file: string): AsyncIterable<Uint8Array> => createReadStream(file, { highWaterMark: 1 << 18, signal });
  const differences = await diffNars(read(kept.published), read(kept.rebuilt), MAX_DIFFERENCES);
  return { result: "differs", storePath, logFile, ...found, differences, kept };
}
