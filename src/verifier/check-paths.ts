import { runParallel } from "../async/run-parallel.js";
import type { PathInfo } from "../nixdb/path-info.js";
import { checkContents } from "./check-contents.js";
import { classify, type PathCheck, type Translation } from "./path-check.js";

export interface CheckOptions {
  /** What the registry says of a path. */
  readonly translate: (storePath: string, signal: AbortSignal) => Promise<Translation>;
  /** Where the files of a path are, if they are to be hashed. */
  readonly realPath?: ((storePath: string) => string) | undefined;
  /** Paths at a time. */
  readonly jobs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Checks paths, some at a time, in no order. Nothing of them is kept: a store may have hundreds of thousands.
 * @param infos taken one by one, as there is room
 * @throws what `translate` and `infos` throw, the signal's reason
 */
export async function checkPaths(
  infos: Iterator<PathInfo>,
  onCheck: (check: PathCheck) => void,
  { translate, realPath, jobs, signal: outer }: CheckOptions,
): Promise<void> {
  await runParallel(infos, jobs, outer, async (info, signal) => {
    const { storePath } = info;
    const translation = await translate(storePath, signal);
    const contents = realPath && (await checkContents(info, realPath(storePath), signal));
    onCheck(classify(info, translation, contents));
  });
}
