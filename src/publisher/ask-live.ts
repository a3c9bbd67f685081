import pLimit from "p-limit";
import { type CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { parseStorePath } from "../nix/store-path.js";
import type { PathInfo } from "../nixdb/path-info.js";
import { formatOfLevel } from "./compress-nar.js";
import type { Journal } from "./journal.js";
import { isSameBuild } from "./make-record.js";
import type { PathOptions } from "./publish-path.js";

const PARALLEL = 8;

/** Whether an earlier run has uploaded this build; Swarm is not asked whether it still has it. */
export function findUpload(journal: Journal | undefined, info: PathInfo, level: number, storeDir: string): boolean {
  const { nixId } = parseStorePath(info.storePath, storeDir);
  const key = { nixId, narHash: info.narHash, format: formatOfLevel(level) };
  return journal?.find(key, storeDir) !== undefined;
}

/** Whether the CAT lists each build; after the first failure nobody is asked any more. */
export async function askLive(
  closure: readonly PathInfo[],
  live: PathOptions["live"] | undefined,
  storeDir: string,
): Promise<{ verdicts: Map<PathInfo, boolean>; failure: CatnixError | undefined }> {
  const verdicts = new Map<PathInfo, boolean>();
  const failures: CatnixError[] = [];
  const limit = pLimit(PARALLEL);
  const ask = async (info: PathInfo) => {
    if (live === undefined || failures.length > 0) return;
    try {
      const listed = await live(parseStorePath(info.storePath, storeDir).nixId);
      verdicts.set(info, listed !== undefined && isSameBuild(listed.record, info, storeDir));
    } catch (error) {
      if (!isCatnixError(error)) throw error;
      failures.push(error);
    }
  };
  await Promise.all(closure.map((info) => limit(ask, info)));
  return { verdicts, failure: failures[0] };
}
