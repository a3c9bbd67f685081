import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { attemptRead } from "../../files/read-error.js";
import { FILES_A_TURN, walkTree } from "../../files/trace-tree.js";
import { BEGINNING_SIZE, type FileRules, MAX_SNIFFED_SIZE } from "./file-rules.js";

/** A regular file that breaks rules. */
export interface FileHit {
  /** Path in the store path; empty where that is the file itself. Bytes that are not UTF-8 are replaced. */
  readonly file: string;
  readonly rules: readonly string[];
}

/**
 * Looks at every regular file of a store path: its name, and the beginning of its content unless it is large. Symlinks are
 * not followed: what they lead to is looked at where it is. One file after the other and without the thread pool, which
 * would take seven times as long where the files are cached; memory: one beginning, and the names of open folders.
 * @param name of the store path, without the hash
 * @throws CatnixError FILE_UNREADABLE; and the signal's reason
 */
export async function scanTree(
  realPath: string,
  name: string,
  rules: FileRules,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<FileHit[]> {
  const hits: FileHit[] = [];
  const beginning = Buffer.allocUnsafeSlow(BEGINNING_SIZE);
  let files = 0;
  for (const { path, kind } of walkTree(Buffer.from(realPath))) {
    if (kind !== "regular") continue;
    if (files++ % FILES_A_TURN === 0) {
      await nextTurn();
      signal?.throwIfAborted();
    }
    const file = path.subarray(Buffer.byteLength(realPath) + 1).toString();
    const { size, content } = readBeginning(path, beginning);
    const broken = [...rules.judgeName(file === "" ? name : `${name}/${file}`, size), ...rules.judgeContent(content)];
    if (broken.length > 0) hits.push({ file, rules: broken });
  }
  return hits;
}

/** @returns no content where the file is too large to be looked into */
function readBeginning(path: Buffer, into: Buffer): { size: number; content: Buffer } {
  return attemptRead(path, () => {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { size } = fstatSync(descriptor);
      if (size > MAX_SNIFFED_SIZE) return { size, content: into.subarray(0, 0) };
      const wanted = Math.min(size, into.length);
      let used = 0;
      for (let got = -1; got !== 0 && used < wanted; used += got)
        got = readSync(descriptor, into, used, wanted - used, null);
      return { size, content: into.subarray(0, used) };
    } finally {
      closeSync(descriptor);
    }
  });
}
