import type { CatRecord } from "../cat/record.js";
import type { Row } from "../cat/row.js";
import { parseStorePath } from "../nix/store-path.js";
import type { PathInfo } from "../nixdb/path-info.js";
import type { WrittenFile } from "../swarm/content-store.js";
import { formatOfLevel } from "./compress-nar.js";
import type { Journal, Upload } from "./journal.js";
import { isSameBuild } from "./make-record.js";
import { type UploadedPath, uploadPath, type UploadOptions, uploadRest } from "./upload-path.js";

/** A row of the CAT with the record that it leads to. */
export interface ListedPath {
  readonly row: Row;
  readonly record: CatRecord;
}

export interface PathOptions extends UploadOptions {
  readonly journal: Journal;
  /** What the CAT at the registry's root lists for a `nixId`; undefined where nothing is live: no row, withdrawn. */
  readonly live: (nixId: Uint8Array) => Promise<ListedPath | undefined>;
}

/** What became of one path of the closure. */
export type PathOutcome =
  /** The CAT lists this build: there is nothing to set. */
  | { readonly kind: "listed" }
  /** An earlier run uploaded it, and the store has it. */
  | ({ readonly kind: "reused" } & Upload)
  | ({ readonly kind: "uploaded"; readonly files: readonly WrittenFile[] } & Upload);

/**
 * Sees to it that a store path is on Swarm, unless it is listed. What an earlier run has put there is used where the store
 * still has the first chunk of each file; the NAR is not sent again for the sake of the others.
 * @throws CatnixError like {@link uploadPath}, DATABASE_FAILED, and what `live` throws
 */
export async function publishPath(info: PathInfo, realPath: string, options: PathOptions): Promise<PathOutcome> {
  const { store, storeDir, journal, live, level, signal } = options;
  const { nixId } = parseStorePath(info.storePath, storeDir);
  const listed = await live(nixId);
  if (listed !== undefined && isSameBuild(listed.record, info, storeDir)) return { kind: "listed" };

  const key = { nixId, narHash: info.narHash, format: formatOfLevel(level) };
  const earlier = journal.find(key, storeDir);
  let uploaded: UploadedPath | undefined;
  if (earlier !== undefined && (await store.has(earlier.record.narAddress, { signal }))) {
    uploaded = await uploadRest(info, realPath, earlier, options);
    if (uploaded === undefined) return { kind: "reused", ...earlier };
  } else uploaded = await uploadPath(info, realPath, options);
  const { record, text, swarmId, files } = uploaded;
  await journal.keep(key, text, swarmId);
  return { kind: "uploaded", record, text, swarmId, files };
}
