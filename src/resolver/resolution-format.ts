import { z } from "zod";
import { fileAddress } from "../bmt/file-hasher.js";
import { BUCKET_SIZE, MAX_DEPTH, ROWS_PER_BUCKET } from "../cat/bucket.js";
import type { AbsenceProof } from "../cat/absence.js";
import type { RowProof } from "../cat/proof.js";
import { ROW_SIZE } from "../cat/row.js";
import { toHex } from "../encoding/hex.js";
import { formatCharter } from "../members/charter.js";
import { formatHashPart } from "../nix/store-path.js";
import type { AskedPath } from "./asked-path.js";
import { lightSchema, toLightJson } from "./light-format.js";
import type { LightAnswer } from "./light-links.js";
import { MembersView, UNPROVEN } from "./members-view.js";
import type { ReadRecord } from "./read-record.js";
import type { BatchFacts, RegistryView } from "./registry-view.js";
import type { Resolution } from "./resolve-nix-id.js";

const hex = (bytes: number, prefix = "") => z.string().regex(new RegExp(`^${prefix}[0-9a-f]{${2 * bytes}}$`));
const swarmAddress = hex(32);
const word = hex(32, "0x");
const account = z.string().regex(/^0x[0-9a-fA-F]{40}$/);
const count = z.int().min(0);
const seq = z.int().min(1);

const recordSchema = z.strictObject({
  storePath: z.string(),
  narAddress: swarmAddress,
  compression: z.enum(["zstd", "none"]),
  fileHash: z.string(),
  fileSize: count,
  narHash: z.string(),
  narSize: z.int().min(1),
  references: z.array(z.string()),
  deriver: z.string().optional(),
  ca: z.string().optional(),
  listing: swarmAddress.optional(),
  sigs: z.array(z.string()),
});

/** What `catnix resolve --json` prints (docs/resolve.md); docs/schema/resolution-1.json is made from it. */
export const resolutionSchema = z.strictObject({
  format: z.literal("catnix-resolution/1"),
  chainId: seq,
  registry: account,
  from: z.enum(["chain", "index", "light", "members"]).describe("where the root and the withdrawals were read"),
  block: z
    .strictObject({ number: count, hash: word })
    .optional()
    .describe("the block at which they were read; absent where no chain was asked"),
  head: word,
  seq: count.describe("the last act"),
  root: swarmAddress,
  depth: count.max(MAX_DEPTH),
  nixId: hex(20),
  hashPart: z.string().regex(/^[0-9a-z]{32}$/),
  status: z.enum(["approved", "withdrawn", "unknown"]),
  swarmId: swarmAddress.optional().describe("where approved: the Swarm address of the record"),
  proof: z
    .strictObject({
      row: z.strictObject({ nixId: hex(20, "0x"), swarmId: word }),
      seq,
      slot: count.max(ROWS_PER_BUCKET - 1),
      siblings: z.array(word),
    })
    .optional()
    .describe("where the CAT lists it: the arguments of the contract's isApproved"),
  absence: z
    .strictObject({ rows: z.array(hex(ROW_SIZE, "0x")).length(ROWS_PER_BUCKET), siblings: z.array(word) })
    .optional()
    .describe("where it does not: its bucket's slots, empty ones too, and the siblings above the bucket"),
  withdrawal: z
    .strictObject({
      by: z.enum(["quorum", "guardian"]).optional().describe("where the status is withdrawn"),
      batch: z.boolean().describe("the guardian withdrew the batch that set the row"),
      through: count.describe("the last act that the withdrawal of the build reaches; 0: never withdrawn"),
    })
    .optional(),
  batch: z
    .strictObject({
      seq,
      final: z.boolean(),
      digest: word.optional(),
      block: count.optional(),
      transactionHash: word.optional(),
      approvers: z.array(account).optional(),
    })
    .optional()
    .describe("the batch that set the row, as far as it was found"),
  record: recordSchema.optional(),
  narInfo: z.string().optional().describe("the record's text, whose Swarm address is swarmId"),
  light: lightSchema.optional().describe("with --light: what the answer is proved by"),
  members: z
    .strictObject({
      charter: swarmAddress,
      threshold: seq,
      approvers: z.array(z.strictObject({ address: account, name: z.string() })),
      unproven: z.array(z.enum(UNPROVEN)),
    })
    .optional()
    .describe("with --charter: whose announcements of the root were found and hold, and what they do not prove"),
  index: z
    .strictObject({ seq: count, block: count, current: z.boolean() })
    .optional()
    .describe("how far the local index is, where there is one"),
});

export type ResolutionJson = z.output<typeof resolutionSchema>;

/** All that is known of an asked path. */
export interface ResolvedPath {
  readonly asked: AskedPath;
  readonly view: RegistryView;
  readonly resolution: Resolution;
  readonly batch?: BatchFacts | undefined;
  readonly read?: ReadRecord | undefined;
  readonly index?: ResolutionJson["index"];
  readonly light?: LightAnswer | undefined;
}

/** What `--json` prints of it. */
export function toResolutionJson({ asked, view, resolution, batch, read, index, light }: ResolvedPath): ResolutionJson {
  const { registry, from, block, head, seq, cat } = view;
  return {
    format: "catnix-resolution/1",
    ...registry,
    from,
    ...(block && { block: { number: block.number, hash: block.hash } }),
    head,
    seq,
    root: cat.root,
    depth: cat.depth,
    nixId: toHex(asked.nixId),
    hashPart: formatHashPart(asked.nixId),
    status: resolution.status,
    ...(resolution.status === "approved" && { swarmId: toHex(resolution.proof.row.swarmId) }),
    ...(resolution.status === "unknown"
      ? { absence: absenceToJson(resolution.absence) }
      : { proof: proofToJson(resolution.proof), ...(block && { withdrawal: withdrawalToJson(resolution) }) }),
    ...(batch && { batch: { seq: batch.seq, final: batch.final, ...copyApproval(batch.approval) } }),
    ...(read && { record: copyRecord(read.record), narInfo: read.text }),
    ...(light && { light: toLightJson(light) }),
    ...(view instanceof MembersView && { members: membersToJson(view) }),
    ...(index && { index }),
  };
}

/** As Ethereum spells it: ready for the contract's ABI. */
function proofToJson({ row, slot, siblings }: RowProof): NonNullable<ResolutionJson["proof"]> {
  const { nixId, seq, swarmId } = row;
  return { row: { nixId: toWord(nixId), swarmId: toWord(swarmId) }, seq, slot, siblings: siblings.map(toWord) };
}

function absenceToJson({ bucket, siblings }: AbsenceProof): NonNullable<ResolutionJson["absence"]> {
  const rows: string[] = [];
  for (let at = 0; at < BUCKET_SIZE; at += ROW_SIZE) rows.push(toWord(bucket.subarray(at, at + ROW_SIZE)));
  return { rows, siblings: siblings.map(toWord) };
}

function withdrawalToJson(resolution: Exclude<Resolution, { status: "unknown" }>): ResolutionJson["withdrawal"] {
  const { batch, through } = resolution.withdrawal;
  return { ...(resolution.status === "withdrawn" && { by: resolution.by }), batch, through };
}

function membersToJson({ electorate, root }: MembersView): NonNullable<ResolutionJson["members"]> {
  return {
    charter: toHex(fileAddress(formatCharter(electorate.charter))),
    threshold: electorate.threshold,
    approvers: root.approvers.map(({ address, name }) => ({ address, name })),
    unproven: [...UNPROVEN],
  };
}

function copyApproval(approval: BatchFacts["approval"]) {
  return approval && { ...approval, approvers: [...approval.approvers] };
}

function copyRecord(record: ReadRecord["record"]): NonNullable<ResolutionJson["record"]> {
  return { ...record, references: [...record.references], sigs: [...record.sigs] };
}

function toWord(bytes: Uint8Array): string {
  return `0x${toHex(bytes)}`;
}
