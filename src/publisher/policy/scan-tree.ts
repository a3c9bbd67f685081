import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { CatnixError } from "../../errors/catnix-error.js";
import { BEGINNING_SIZE, type FileRules, MAX_SNIFFED_SIZE } from "./file-rules.js";

/** A regular file that breaks rules. */
export interface FileHit {
  /** Path in the store path; empty where that is the file itself. Bytes that are not UTF-8 are replaced. */
  readonly file: string;
  readonly rules: readonly string[];
}

/** After so many files the event loop has its turn. */
const FILES_A_TURN = 64;

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
  for (const path of walkFiles(Buffer.from(realPath))) {
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

/**
 * Which files there are, of what size, and when each was last changed: equal where nobody has touched one. It opens no file, and
 * takes a fraction of the time of {@link scanTree}.
 * @returns 32 bytes
 * @throws CatnixError FILE_UNREADABLE; and the signal's reason
 */
export async function traceTree(
  realPath: string,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<Uint8Array> {
  const hash = createHash("sha256");
  let files = 0;
  for (const path of walkFiles(Buffer.from(realPath))) {
    if (files++ % FILES_A_TURN === 0) {
      await nextTurn();
      signal?.throwIfAborted();
    }
    // The time of the inode (ctime) is the one that nobody sets back.
    const { ino, size, ctimeNs } = attempt(path, () => lstatSync(path, { bigint: true }));
    hash.update(path).update(`\0${ino} ${size} ${ctimeNs}\0`);
  }
  return hash.digest();
}

/** The regular files below a path, or the path itself; entries by the bytes of their names, so that reports are equal. */
function* walkFiles(root: Buffer): Generator<Buffer, void, undefined> {
  const stat = attempt(root, () => lstatSync(root));
  if (stat.isFile()) yield root;
  const rest = stat.isDirectory() ? [root] : [];
  for (let folder = rest.pop(); folder !== undefined; folder = rest.pop()) {
    const path = folder;
    const entries = attempt(path, () => readdirSync(path, { withFileTypes: true, encoding: "buffer" }));
    entries.sort((a, b) => Buffer.compare(a.name, b.name));
    const folders: Buffer[] = [];
    for (const entry of entries) {
      const below = Buffer.concat([path, slash, entry.name]);
      if (entry.isFile()) yield below;
      else if (entry.isDirectory()) folders.push(below);
    }
    rest.push(...folders.reverse());
  }
}

const slash = Buffer.from("/");

/** @returns no content where the file is too large to be looked into */
function readBeginning(path: Buffer, into: Buffer): { size: number; content: Buffer } {
  return attempt(path, () => {
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

function attempt<T>(path: Buffer, operation: () => T): T {
  try {
    return operation();
  } catch (cause) {
    throw new CatnixError("FILE_UNREADABLE", { file: path.toString(), reason: (cause as Error).message }, { cause });
  }
}
