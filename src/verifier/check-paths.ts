import { setImmediate as nextTurn } from "node:timers/promises";
import { runParallel } from "../async/run-parallel.js";
import type { PathInfo } from "../nixdb/path-info.js";
import type { CheckedContents } from "./check-contents.js";
import { classify, type CorruptPath, type PathCheck, type Translation } from "./path-check.js";

export interface CheckOptions {
  /** What the registry says of a path. */
  readonly translate: (storePath: string, signal: AbortSignal) => Promise<Translation>;
  /** Looks at the files of a path, if they are to be hashed; undefined where the path is no longer valid. */
  readonly checkContents?: ((info: PathInfo, signal: AbortSignal) => Promise<CheckedContents | undefined>) | undefined;
  /** Told of a path that is no longer valid. */
  readonly onGone: (storePath: string) => void;
  /** Paths at a time. */
  readonly jobs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Checks paths, some at a time, in no order. Nothing of them is kept: a store may have hundreds of thousands.
 * @param infos taken one by one, as there is room
 * @throws what `translate`, `checkContents`, `onGone` and `infos` throw, the signal's reason
 */
export async function checkPaths(
  infos: Iterator<PathInfo | CorruptPath>,
  onCheck: (check: PathCheck) => void,
  { translate, checkContents, onGone, jobs, signal: outer }: CheckOptions,
): Promise<void> {
  await runParallel(infos, jobs, outer, async (info, signal) => {
    // What needs no request resolves at once: without a turn of the event loop, the requests of other paths would starve and time out.
    await nextTurn();
    const translation = await translate(info.storePath, signal);
    if ("corrupt" in info || !checkContents) {
      onCheck(classify(info, translation));
      return;
    }
    const checked = await checkContents(info, signal);
    if (checked) onCheck(classify(checked.info, translation, checked.contents));
    else onGone(info.storePath);
  });
}
