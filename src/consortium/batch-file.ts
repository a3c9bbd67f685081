import { z } from "zod";
import { typedDataOf } from "../cat/act.js";
import type { Approval, Batch, RegistryId } from "../cat/batch.js";
import { MAX_DEPTH } from "../cat/bucket.js";
import { account, swarmAddress, word } from "../cat/json-fields.js";
import { writeFileWhole } from "../files/write-file.js";
import type { TypedData } from "../keys/typed-data.js";
import { approvalsSchema, mergeApprovals } from "./approvals.js";
import { parseSignedJson, readSignedJson } from "./read-signed-json.js";

/** A batch on its way from the publisher through the members to the chain (docs/spec.md, Batch file). */
export interface BatchFile {
  readonly registry: RegistryId;
  readonly batch: Batch;
  /** Ascending by member, each member once. */
  readonly approvals: readonly Approval[];
}

const FORMAT = "catnix-batch/1";
const INVALID = "BATCH_FILE_INVALID";

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
  const json = await readSignedJson(file, INVALID);
  const { chainId, registry, batch, approvals } = parseSignedJson(file, INVALID, batchFileSchema, json);
  return { registry: { chainId, registry }, batch, approvals: mergeApprovals(approvals) };
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

/** What a member signs. */
export function typedBatch({ registry, batch }: Pick<BatchFile, "registry" | "batch">): TypedData {
  return typedDataOf(registry, { kind: "batch", batch });
}
