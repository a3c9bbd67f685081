import { z } from "zod";
import { typedDataOf } from "../cat/act.js";
import { type Approval, type Batch, batchDigest, type RegistryId } from "../cat/batch.js";
import { MAX_DEPTH } from "../cat/bucket.js";
import { account, swarmAddress, word } from "../cat/json-fields.js";
import { parseJsonStrictly } from "../encoding/parse-json.js";
import { CatnixError } from "../errors/catnix-error.js";
import { describeIssues } from "../errors/describe-issues.js";
import { readTextFile } from "../files/read-file.js";
import { writeFileWhole } from "../files/write-file.js";
import type { TypedData } from "../keys/typed-data.js";
import { approvalsSchema, mergeSigned, mergeApprovals } from "./approvals.js";

/** A batch on its way from the publisher through the members to the chain (docs/spec.md, Batch file). */
export interface BatchFile {
  readonly registry: RegistryId;
  readonly batch: Batch;
  /** Ascending by member, each member once. */
  readonly approvals: readonly Approval[];
}

const FORMAT = "catnix-batch/1";
const MAX_BATCH_FILE_SIZE = 1 << 20;

const count = (min: number) => z.int().min(min);

/** The schema of a batch file; docs/schema/batch-1.json is made from it. */
export const batchFileSchema = z.strictObject({
  format: z.literal(FORMAT),
  chainId: count(1),
  registry: account,
  batch: z.strictObject({
    seq: count(1),
    parent: word,
    root: swarmAddress,
    depth: count(0).max(MAX_DEPTH),
    delta: swarmAddress,
    rows: count(1),
    pack: swarmAddress,
    deadline: count(0),
  }),
  approvals: approvalsSchema,
});

/**
 * Reads a batch file.
 * @throws CatnixError FILE_UNREADABLE, BATCH_FILE_INVALID
 */
export async function readBatchFile(file: string): Promise<BatchFile> {
  const text = await readTextFile(file, MAX_BATCH_FILE_SIZE);
  const parsed = batchFileSchema.safeParse(parseJson(file, text));
  if (!parsed.success) {
    const reason = describeIssues(parsed.error.issues).join("; ");
    throw new CatnixError("BATCH_FILE_INVALID", { file, reason });
  }
  const { chainId, registry, batch, approvals } = parsed.data;
  return { registry: { chainId, registry }, batch, approvals: mergeApprovals(approvals) };
}

function parseJson(file: string, text: string): unknown {
  try {
    return parseJsonStrictly(text);
  } catch (error) {
    throw new CatnixError("BATCH_FILE_INVALID", { file, reason: (error as Error).message }, { cause: error });
  }
}

/**
 * Writes a batch file, whole or not at all.
 * @throws CatnixError FILE_UNWRITABLE
 */
export async function writeBatchFile(file: string, { registry, batch, approvals }: BatchFile): Promise<void> {
  const { seq, parent, root, depth, delta, rows, pack, deadline } = batch;
  const content = {
    format: FORMAT,
    ...{ chainId: registry.chainId, registry: registry.registry },
    batch: { seq, parent, root, depth, delta, rows, pack, deadline },
    approvals: mergeApprovals(approvals),
  };
  await writeFileWhole(file, `${JSON.stringify(content, undefined, 2)}\n`);
}

/**
 * Puts several files of the same batch together ({@link mergeSigned}).
 * @throws CatnixError BATCH_FILE_INVALID where one is of another batch
 */
export function mergeBatchFiles(files: readonly { file: string; content: BatchFile }[]): BatchFile {
  const [first, ...others] = files;
  if (!first) throw new RangeError("no batch file");
  const { registry, batch } = first.content;
  const digest = batchDigest(registry, batch);
  for (const { file, content } of others)
    if (batchDigest(content.registry, content.batch) !== digest)
      throw new CatnixError("BATCH_FILE_INVALID", { file, reason: `it is of another batch than ${first.file}` });
  const approvals = files.flatMap(({ content }) => content.approvals);
  return { registry, batch, approvals: mergeSigned(typedBatch(first.content), approvals) };
}

/** What a member signs. */
export function typedBatch({ registry, batch }: Pick<BatchFile, "registry" | "batch">): TypedData {
  return typedDataOf(registry, { kind: "batch", batch });
}
