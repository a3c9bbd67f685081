import type { Act } from "../cat/act.js";
import type { Approval, RegistryId } from "../cat/batch.js";
import { CatnixError } from "../errors/catnix-error.js";
import { writeFileWhole } from "../files/write-file.js";
import { mergeApprovals } from "./approvals.js";
import { COUNCIL_FORMAT, councilFileSchema, orderCouncil } from "./council-act-file.js";
import { parseSignedJson, readSignedJson } from "./read-signed-json.js";
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

const INVALID = "ACT_FILE_INVALID";

/**
 * Reads a council file or a retirement file.
 * @throws CatnixError FILE_UNREADABLE, ACT_FILE_INVALID
 */
export async function readActFile(file: string): Promise<ActFile> {
  const invalid = (reason: string) => new CatnixError(INVALID, { file, reason });
  const json = await readSignedJson(file, INVALID);
  const format = typeof json === "object" && json !== null && "format" in json ? json.format : undefined;
  switch (format) {
    case COUNCIL_FORMAT: {
      const { chainId, registry, council, approvals } = parseSignedJson(file, INVALID, councilFileSchema, json);
      return {
        registry: { chainId, registry },
        act: { kind: "council", council },
        approvals: mergeApprovals(approvals),
      };
    }
    case RETIREMENT_FORMAT: {
      const { chainId, registry, retirement, approvals } = parseSignedJson(file, INVALID, retirementFileSchema, json);
      const act: RegistryAct = {
        kind: "retirement",
        retirement: { ...retirement, successorChainId: BigInt(retirement.successorChainId) },
      };
      return { registry: { chainId, registry }, act, approvals: mergeApprovals(approvals) };
    }
    case "catnix-batch/1":
      throw invalid("it is a batch, which `catnix batch` signs and submits");
    default:
      throw invalid(`format: neither ${COUNCIL_FORMAT} nor ${RETIREMENT_FORMAT}`);
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
