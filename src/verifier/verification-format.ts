import { z } from "zod";
import type { RegistryId } from "../cat/batch.js";
import type { Cat } from "../cat/tree.js";
import { account, swarmAddress, word } from "../cat/json-fields.js";
import { CHECK_STATUSES, type CheckStatus, type PathCheck } from "./path-check.js";
import { proposeFix } from "./propose-fix.js";

const count = z.int().min(0);
const narHash = z.string().regex(/^sha256:[0-9a-z]{52}$/);

const checkSchema = z.strictObject({
  storePath: z.string(),
  status: z.enum(CHECK_STATUSES),
  narHash: narHash.optional().describe("what Nix's database says; absent where that makes no sense"),
  seq: z.int().min(1).optional().describe("the act that set the path's row"),
  swarmId: swarmAddress.optional(),
  approvedNarHash: narHash.optional().describe("what the approved record says"),
  withdrawnBy: z.enum(["quorum", "guardian"]).optional(),
  foundNarHash: narHash.optional().describe("with --contents: what is on disk"),
  reason: z.string().optional().describe("the guardian's words, or why something cannot be read"),
  fix: z.string().optional().describe("a command that puts it right"),
});

/** What `catnix verify --json` and `catnix audit --json` print; docs/schema/verification-1.json is made from it. */
export const verificationSchema = z.strictObject({
  format: z.literal("catnix-verification/1"),
  chainId: z.int().min(1),
  registry: account,
  from: z.enum(["chain", "index", "light", "members"]).describe("where the root and the withdrawals were read"),
  block: z.strictObject({ number: count, hash: word }).optional(),
  seq: count.describe("the last act"),
  root: swarmAddress,
  contents: z.boolean().describe("whether the files on disk were hashed"),
  hashedSince: count
    .optional()
    .describe("seconds since 1970: some were, by an audit that was interrupted and began then"),
  counts: z.record(z.enum(CHECK_STATUSES), count),
  paths: z.array(checkSchema).describe("the worst first; of an audit those alone that need something done"),
});

export type VerificationJson = z.output<typeof verificationSchema>;

/** A whole check of a store. */
export interface Verification {
  readonly view: {
    readonly registry: RegistryId;
    readonly from: VerificationJson["from"];
    readonly block: { readonly number: number; readonly hash: string } | undefined;
    readonly seq: number;
    readonly cat: Cat;
  };
  readonly contents: boolean;
  /** Where an audit went on: when the files were hashed first, in seconds since 1970. */
  readonly hashedSince?: number | undefined;
  readonly counts: Readonly<Record<CheckStatus, number>>;
  /** Those that are listed, in {@link compareChecks}' order. */
  readonly checks: readonly PathCheck[];
  /** As in `nix --store`. */
  readonly root?: string | undefined;
}

/** The worst first, then by store path. */
export function compareChecks(a: PathCheck, b: PathCheck): number {
  const byStatus = CHECK_STATUSES.indexOf(a.status) - CHECK_STATUSES.indexOf(b.status);
  return byStatus || (a.storePath < b.storePath ? -1 : 1);
}

/** What `--json` prints of it. */
export function toVerificationJson(verification: Verification): VerificationJson {
  const { view, contents, hashedSince, counts, checks, root } = verification;
  const { registry, from, block, seq, cat } = view;
  return {
    format: "catnix-verification/1",
    ...registry,
    from,
    ...(block && { block: { number: block.number, hash: block.hash } }),
    seq,
    root: cat.root,
    contents,
    ...(hashedSince !== undefined && { hashedSince }),
    counts: { ...counts },
    paths: checks.map((check) => toCheckJson(check, root)),
  };
}

function toCheckJson(check: PathCheck, root: string | undefined): VerificationJson["paths"][number] {
  const { storePath, status, narHash, translation, contents } = check;
  const reason = reasonOf(check);
  const fix = proposeFix(check, root);
  return {
    storePath,
    status,
    ...(narHash !== undefined && { narHash }),
    ...("seq" in translation && { seq: translation.seq }),
    ...("swarmId" in translation && { swarmId: translation.swarmId }),
    ...(translation.status === "approved" && { approvedNarHash: translation.record.narHash }),
    ...(translation.status === "withdrawn" && { withdrawnBy: translation.by }),
    ...(contents?.narHash !== undefined && { foundNarHash: contents.narHash }),
    ...(reason !== undefined && { reason }),
    ...(fix !== undefined && { fix }),
  };
}

/** What the guardian said, else why something could not be read. */
export function reasonOf({ status, corrupt, translation, contents }: PathCheck): string | undefined {
  if (status === "modified") return contents?.reason;
  if (status === "unreadable" && corrupt !== undefined) return corrupt;
  return "reason" in translation ? translation.reason : undefined;
}
