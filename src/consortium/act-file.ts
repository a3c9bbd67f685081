import type { z } from "zod";
import { type Act, actDigest, typedDataOf } from "../cat/act.js";
import type { Approval, RegistryId } from "../cat/batch.js";
import { parseJsonStrictly } from "../encoding/parse-json.js";
import { CatnixError } from "../errors/catnix-error.js";
import { describeIssues } from "../errors/describe-issues.js";
import { readTextFile } from "../files/read-file.js";
import { writeFileWhole } from "../files/write-file.js";
import { mergeSigned, mergeApprovals } from "./approvals.js";
import { COUNCIL_FORMAT, councilFileSchema, orderCouncil } from "./council-act-file.js";
import { RETIREMENT_FORMAT, retirementFileSchema, spellRetirement } from "./retirement-file.js";

/** An act about the registry itself. Batches have files of their own (batch-file.ts), which are signed after another check. */
export type RegistryAct = Exclude<Act, { kind: "batch" }>;

/** A change of the council, or a retirement, on its way through the members to the chain (docs/spec.md, Files of other acts). */
export interface ActFile {
  readonly registry: RegistryId;
  readonly act: RegistryAct;
  /** Ascending by member, each member once. */
  readonly approvals: readonly Approval[];
}

const MAX_ACT_FILE_SIZE = 1 << 20;

/**
 * Reads a council file or a retirement file.
 * @throws CatnixError FILE_UNREADABLE, ACT_FILE_INVALID
 */
export async function readActFile(file: string): Promise<ActFile> {
  const json = parseJson(file, await readTextFile(file, MAX_ACT_FILE_SIZE));
  const format = typeof json === "object" && json !== null && "format" in json ? json.format : undefined;
  switch (format) {
    case COUNCIL_FORMAT: {
      const { chainId, registry, council, approvals } = parse(file, councilFileSchema, json);
      return {
        registry: { chainId, registry },
        act: { kind: "council", council },
        approvals: mergeApprovals(approvals),
      };
    }
    case RETIREMENT_FORMAT: {
      const { chainId, registry, retirement, approvals } = parse(file, retirementFileSchema, json);
      const act: RegistryAct = {
        kind: "retirement",
        retirement: { ...retirement, successorChainId: BigInt(retirement.successorChainId) },
      };
      return { registry: { chainId, registry }, act, approvals: mergeApprovals(approvals) };
    }
    case "catnix-batch/1":
      throw invalid(file, "it is a batch, which `catnix batch` signs and submits");
    default:
      throw invalid(file, `format: neither ${COUNCIL_FORMAT} nor ${RETIREMENT_FORMAT}`);
  }
}

function parse<S extends z.ZodType>(file: string, schema: S, json: unknown): z.output<S> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw invalid(file, describeIssues(parsed.error.issues).join("; "));
}

function parseJson(file: string, text: string): unknown {
  try {
    return parseJsonStrictly(text);
  } catch (error) {
    throw invalid(file, (error as Error).message, error);
  }
}

/**
 * Writes the file of an act, whole or not at all.
 * @throws CatnixError FILE_UNWRITABLE, DISK_FULL
 */
export async function writeActFile(file: string, { registry: id, act, approvals }: ActFile): Promise<void> {
  const { chainId, registry } = id;
  const content =
    act.kind === "council"
      ? { format: COUNCIL_FORMAT, chainId, registry, council: orderCouncil(act.council) }
      : { format: RETIREMENT_FORMAT, chainId, registry, retirement: spellRetirement(act.retirement) };
  const whole = { ...content, approvals: mergeApprovals(approvals) };
  await writeFileWhole(file, `${JSON.stringify(whole, undefined, 2)}\n`);
}

/**
 * Puts several files of the same act together ({@link mergeSigned}).
 * @throws CatnixError ACT_FILE_INVALID where one is of another act
 */
export function mergeActFiles(files: readonly { file: string; content: ActFile }[]): ActFile {
  const [first, ...others] = files;
  if (!first) throw new RangeError("no file of an act");
  const { registry, act } = first.content;
  const digest = actDigest(registry, act);
  for (const { file, content } of others)
    if (actDigest(content.registry, content.act) !== digest)
      throw invalid(file, `it is of another act than ${first.file}`);
  const approvals = files.flatMap(({ content }) => content.approvals);
  return { registry, act, approvals: mergeSigned(typedDataOf(registry, act), approvals) };
}

/**
 * @param wanted the registry of the configuration
 * @throws CatnixError ACT_FILE_INVALID where the file is for another one
 */
export function requireActOf(file: string, { registry }: ActFile, wanted: RegistryId): void {
  if (registry.chainId === wanted.chainId && registry.registry === wanted.registry) return;
  const reason = `it is for ${registry.registry} on chain ${registry.chainId}, the configuration names another registry`;
  throw invalid(file, reason);
}

function invalid(file: string, reason: string, cause?: unknown): CatnixError {
  return new CatnixError("ACT_FILE_INVALID", { file, reason }, { cause });
}
