import { typedDataOf } from "../cat/act.js";
import { CatnixError } from "../errors/catnix-error.js";
import type { CouncilState, Registry } from "../registry/registry.js";
import type { ActFile } from "./act-file.js";
import { judgeApproval, type JudgedApproval } from "./judge-approvals.js";

/** How far an act is on its way to be taken by the registry. */
export interface JudgedAct {
  readonly approvals: readonly JudgedApproval[];
  /** Approvals of members that it needs. */
  readonly needed: number;
  /** Those that are there and hold. */
  readonly held: number;
  /** Members who have not signed. */
  readonly missing: readonly string[];
  /** Those who join and have not signed, whom it needs all. */
  readonly joinersMissing: readonly string[];
}

/**
 * Looks at the approvals of a council change or a retirement as the registry will, before anybody pays for that.
 * @param council as it is before the act
 * @throws CatnixError what the chain throws
 */
export async function judgeAct(registry: Registry, council: CouncilState, file: ActFile): Promise<JudgedAct> {
  const { act, approvals } = file;
  const { members } = council;
  const joiners = findJoiners(council, file);
  const typed = typedDataOf(file.registry, act);
  const judged = await Promise.all(
    approvals.map((approval) => judgeApproval(registry, typed, approval, [...members, ...joiners])),
  );
  const signed = judged.filter(({ verdict }) => verdict === "holds").map(({ member }) => member);
  const missing = members.filter((member) => !signed.includes(member));
  return {
    approvals: judged,
    needed: council.councilThreshold,
    held: members.length - missing.length,
    missing,
    joinersMissing: joiners.filter((member) => !signed.includes(member)),
  };
}

/** Those whom the act makes members: each has to sign it too. */
export function findJoiners({ members }: CouncilState, { act }: Pick<ActFile, "act">): string[] {
  return act.kind === "council" ? act.council.members.filter((member) => !members.includes(member)) : [];
}

/**
 * Refuses an act that the registry would refuse for its approvals.
 * @param file for people
 * @throws CatnixError APPROVAL_INVALID, NOT_A_MEMBER, APPROVALS_MISSING
 */
export function requireApproved(file: string, judged: JudgedAct): void {
  for (const { member, verdict, safe } of judged.approvals) {
    if (verdict === "does not hold" && !safe) throw new CatnixError("APPROVAL_INVALID", { file, member });
    if (verdict === "not a member") throw new CatnixError("NOT_A_MEMBER", { address: member });
  }
  const { needed, held, missing, joinersMissing } = judged;
  if (held < needed || joinersMissing.length > 0)
    throw new CatnixError("APPROVALS_MISSING", {
      ...{ needed, held },
      ...{ members: [...missing], joiners: [...joinersMissing] },
    });
}
