import { existsSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { typedDataOf } from "../cat/act.js";
import type { Approval } from "../cat/batch.js";
import { withFileLock } from "../files/with-file-lock.js";
import type { TypedData } from "../keys/typed-data.js";
import type { Registry } from "../registry/registry.js";
import { type ActFile, mergeActFiles, readActFile, writeActFile } from "./act-file.js";
import { type BatchFile, mergeBatchFiles, readBatchFile, typedBatch, writeBatchFile } from "./batch-file.js";
import { joinApprovals } from "./join-approvals.js";

/** What a file of any act holds besides the act. */
interface HasApprovals {
  readonly approvals: readonly Approval[];
}

/** A file's content, and where it is from, for messages. */
export interface Named<F> {
  readonly file: string;
  readonly content: F;
}

/** How the files of one kind of act are read, written and put together. */
export interface SignedFileKind<F extends HasApprovals> {
  readonly read: (file: string) => Promise<F>;
  readonly write: (file: string, content: F) => Promise<void>;
  /** @throws CatnixError where one is of another act */
  readonly merge: (files: readonly Named<F>[]) => F;
  /** What is signed. */
  readonly typed: (content: F) => TypedData;
}

export const batchFiles: SignedFileKind<BatchFile> = {
  read: readBatchFile,
  write: writeBatchFile,
  merge: mergeBatchFiles,
  typed: typedBatch,
};

/** Files of changes of the council and of retirements. */
export const actFiles: SignedFileKind<ActFile> = {
  read: readActFile,
  write: writeActFile,
  merge: mergeActFiles,
  typed: ({ registry, act }) => typedDataOf(registry, act),
};

/**
 * Puts several files of the same act together: of several approvals of one member the one that holds, and of a Safe the parts of
 * all its owners. A contract's approvals need the chain for that.
 * @throws CatnixError BATCH_FILE_INVALID, ACT_FILE_INVALID where one is of another act; what the chain throws
 */
export async function joinFiles<F extends HasApprovals>(
  kind: SignedFileKind<F>,
  registry: Registry,
  files: readonly Named<F>[],
): Promise<F> {
  const merged = kind.merge(files);
  const all = files.flatMap(({ content }) => content.approvals);
  return { ...merged, approvals: await joinApprovals(registry, kind.typed(merged), all) };
}

/**
 * Writes approvals to a file, beside those that are in it, also those that others are writing at the same moment.
 * @param out need not be there yet
 * @param given of the same act
 * @returns what the file holds from then on
 * @throws CatnixError BATCH_FILE_INVALID, ACT_FILE_INVALID where `out` is something else; FILE_UNREADABLE, FILE_UNWRITABLE, DISK_FULL;
 * what the chain throws
 */
export async function addToFile<F extends HasApprovals>(
  kind: SignedFileKind<F>,
  registry: Registry,
  out: string,
  given: readonly Named<F>[],
): Promise<F> {
  for (;;) {
    const found = await readIfThere(kind, out);
    const joined = await joinFiles(kind, registry, [...given, ...found]);
    const isWritten = await withFileLock(out, async () => {
      // The chain was asked in between: who else signed meanwhile is joined as well.
      if (!isDeepStrictEqual(await readIfThere(kind, out), found)) return false;
      await kind.write(out, joined);
      return true;
    });
    if (isWritten) return joined;
  }
}

/**
 * Makes sure that approvals could be added to a file, before anybody makes one.
 * @throws CatnixError as {@link addToFile}
 */
export async function requireAddable<F extends HasApprovals>(
  kind: SignedFileKind<F>,
  out: string,
  given: Named<F>,
): Promise<void> {
  kind.merge([given, ...(await readIfThere(kind, out))]);
}

async function readIfThere<F extends HasApprovals>(kind: SignedFileKind<F>, file: string): Promise<Named<F>[]> {
  return existsSync(file) ? [{ file, content: await kind.read(file) }] : [];
}
