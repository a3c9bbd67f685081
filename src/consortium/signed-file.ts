import { existsSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { typedDataOf } from "../cat/act.js";
import type { Approval, RegistryId } from "../cat/batch.js";
import { CatnixError } from "../errors/catnix-error.js";
import { withFileLock } from "../files/with-file-lock.js";
import { type TypedData, typedDataDigest } from "../keys/typed-data.js";
import type { Registry } from "../registry/registry.js";
import { type ActFile, readActFile, writeActFile } from "./act-file.js";
import { mergeSigned } from "./approvals.js";
import { type BatchFile, readBatchFile, typedBatch, writeBatchFile } from "./batch-file.js";
import { joinApprovals } from "./join-approvals.js";
import type { SignedFileError } from "./read-signed-json.js";

/** What a file of any act holds besides the act. */
export interface SignedFile {
  readonly registry: RegistryId;
  readonly approvals: readonly Approval[];
}

/** A file's content, and where it is from, for messages. */
export interface Named<F> {
  readonly file: string;
  readonly content: F;
}

/** How the files of one kind of act are read, written and told apart. */
export interface SignedFileKind<F extends SignedFile> {
  /** Of what a file is, for messages. */
  readonly what: "batch" | "act";
  /** What a file that is none of them is refused with. */
  readonly invalid: SignedFileError;
  readonly read: (file: string) => Promise<F>;
  readonly write: (file: string, content: F) => Promise<void>;
  /** What is signed. */
  readonly typed: (content: F) => TypedData;
}

export const batchFiles: SignedFileKind<BatchFile> = {
  ...{ what: "batch", invalid: "BATCH_FILE_INVALID" },
  ...{ read: readBatchFile, write: writeBatchFile, typed: typedBatch },
};

/** Files of changes of the council and of retirements. */
export const actFiles: SignedFileKind<ActFile> = {
  ...{ what: "act", invalid: "ACT_FILE_INVALID" },
  ...{ read: readActFile, write: writeActFile, typed: ({ registry, act }) => typedDataOf(registry, act) },
};

/**
 * Makes sure that a file is for the registry that is asked about it.
 * @param wanted the registry of the configuration
 * @throws CatnixError BATCH_FILE_INVALID, ACT_FILE_INVALID where it is for another one
 */
export function requireSameRegistry<F extends SignedFile>(
  kind: SignedFileKind<F>,
  { file, content: { registry } }: Named<F>,
  wanted: RegistryId,
): void {
  if (registry.chainId === wanted.chainId && registry.registry === wanted.registry) return;
  const reason = `it is for ${registry.registry} on chain ${registry.chainId}, the configuration names another registry`;
  throw new CatnixError(kind.invalid, { file, reason });
}

/**
 * Puts several files of the same act together ({@link mergeSigned}).
 * @param files at least one
 * @throws CatnixError BATCH_FILE_INVALID, ACT_FILE_INVALID where one is of another act
 */
export function mergeFiles<F extends SignedFile>(kind: SignedFileKind<F>, files: readonly Named<F>[]): F {
  const [first, ...others] = files;
  if (!first) throw new RangeError(`no file of a ${kind.what}`);
  const typed = kind.typed(first.content);
  const digest = typedDataDigest(typed);
  for (const { file, content } of others)
    if (typedDataDigest(kind.typed(content)) !== digest)
      throw new CatnixError(kind.invalid, { file, reason: `it is of another ${kind.what} than ${first.file}` });
  const approvals = files.flatMap(({ content }) => content.approvals);
  return { ...first.content, approvals: mergeSigned(typed, approvals) };
}

/**
 * Puts several files of the same act together: of several approvals of one member the one that holds, and of a Safe the parts of
 * all its owners. A contract's approvals need the chain for that.
 * @throws CatnixError BATCH_FILE_INVALID, ACT_FILE_INVALID where one is of another act; what the chain throws
 */
export async function joinFiles<F extends SignedFile>(
  kind: SignedFileKind<F>,
  registry: Registry,
  files: readonly Named<F>[],
): Promise<F> {
  const merged = mergeFiles(kind, files);
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
export async function addToFile<F extends SignedFile>(
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
export async function requireAddable<F extends SignedFile>(
  kind: SignedFileKind<F>,
  out: string,
  given: Named<F>,
): Promise<void> {
  mergeFiles(kind, [given, ...(await readIfThere(kind, out))]);
}

async function readIfThere<F extends SignedFile>(kind: SignedFileKind<F>, file: string): Promise<Named<F>[]> {
  return existsSync(file) ? [{ file, content: await kind.read(file) }] : [];
}
