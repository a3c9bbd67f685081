import { ZeroAddress } from "ethers";
import { actDigest, contentOf, typedDataOf } from "../cat/act.js";
import type { Retirement } from "../cat/retirement.js";
import type { ActFile } from "../consortium/act-file.js";
import { type CharterChange, compareCharters } from "../consortium/charter-difference.js";
import { compareCouncils, type CouncilDifference } from "../consortium/council-change.js";
import type { JudgedAct } from "../consortium/judge-act.js";
import { type CouncilWarning, warnCouncil, warnRetirement } from "../consortium/warn-council.js";
import { NO_CHARTER } from "../members/read-charter.js";
import type { CouncilState, Registry } from "../registry/registry.js";
import type { Colors } from "./colors.js";
import type { Context } from "./context.js";
import { describeSafe } from "./describe-batch.js";
import { describeTypedData } from "./describe-typed-data.js";
import { formatTime } from "./format.js";
import { findMember, openCharter } from "./open-charter.js";

/** What an act about the registry would change, from the chain and the charters. */
export interface ActFacts {
  readonly file: ActFile;
  readonly digest: string;
  /** As it is now. */
  readonly council: CouncilState;
  /** Only of a change of the council. */
  readonly change?: {
    readonly difference: CouncilDifference;
    readonly charterChanges: readonly CharterChange[];
  };
  readonly warnings: readonly CouncilWarning[];
  readonly nameOf: (address: string) => string | undefined;
}

/**
 * Finds out what an act would change. A charter that cannot be had is said on standard error, and warned of.
 * @throws CatnixError what the chain throws
 */
export async function gatherActFacts(context: Context, registry: Registry, file: ActFile): Promise<ActFacts> {
  const council = await registry.council();
  const { act } = file;
  const charter = await openCharter(context, council.charter);
  const isSameCharter = act.kind !== "council" || act.council.charter === council.charter;
  const next = isSameCharter ? charter : await openCharter(context, act.council.charter);
  const nameOf = (address: string) => findMember(address, next, charter)?.name;
  const common = { file, digest: actDigest(file.registry, act), council, nameOf };
  if (act.kind !== "council") {
    const isThere = await findSuccessor(registry, act.retirement);
    return { ...common, warnings: warnRetirement(act.retirement, isThere) };
  }
  return {
    ...common,
    change: {
      difference: compareCouncils(council, act.council),
      charterChanges: charter && next ? compareCharters(charter, next) : [],
    },
    warnings: warnCouncil(council, act.council, next),
  };
}

/** @returns whether it is there, where this chain can say that */
async function findSuccessor(
  registry: Registry,
  { successor, successorChainId }: Retirement,
): Promise<boolean | undefined> {
  const isHere = successor !== ZeroAddress && successorChainId === BigInt(registry.id.chainId);
  return isHere ? registry.isAnotherAt(successor) : undefined;
}

/** An act as a person reads it before signing. */
export function describeAct(facts: ActFacts, colors: Colors): string {
  const { act } = facts.file;
  const { seq, parent, deadline } = contentOf(act);
  return [
    `act        ${seq}, ${act.kind === "council" ? "a change of the council" : "retirement"}, digest ${facts.digest}`,
    `registry   ${facts.file.registry.registry} on chain ${facts.file.registry.chainId}`,
    `parent     ${parent}`,
    `deadline   ${formatTime(deadline)}`,
    ...(act.kind === "council"
      ? describeChange(act.council, facts, colors)
      : describeRetirement(act.retirement, facts.council)),
    ...facts.warnings.map(({ text }) => `${colors.yellow("warning")}    ${text}`),
    "",
    describeTypedData(typedDataOf(facts.file.registry, act)),
  ].join("\n");
}

function describeChange(next: CouncilState, { council, change, nameOf }: ActFacts, colors: Colors): string[] {
  const { joins, stays } = change!.difference;
  const { green, red, yellow } = colors;
  const was = <T extends string | number>(before: T, now: T, none?: T) =>
    before === now ? "" : yellow(`  (was ${before === none ? "none" : before})`);
  const all = [...new Set([...council.members, ...next.members])].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  const members = all.map((address) => {
    const text = `${address}  ${nameOf(address) ?? ""}`.trimEnd();
    if (joins.includes(address)) return green(`  + ${text}  joins, and has to sign as well`);
    return stays.includes(address) ? `    ${text}` : red(`  - ${text}  leaves`);
  });
  const size = next.members.length;
  return [
    `batches    ${next.publishThreshold} of ${size}${was(`${council.publishThreshold} of ${council.members.length}`, `${next.publishThreshold} of ${size}`)}`,
    `other acts ${next.councilThreshold} of ${size}${was(`${council.councilThreshold} of ${council.members.length}`, `${next.councilThreshold} of ${size}`)}`,
    `guardian   ${next.guardian === ZeroAddress ? "none" : next.guardian}${was(council.guardian, next.guardian, ZeroAddress)}`,
    `charter    ${next.charter === NO_CHARTER ? "none" : next.charter}${was(council.charter, next.charter, NO_CHARTER)}`,
    "members",
    ...members,
    ...change!.charterChanges.map(
      ({ member, field, was: before, is }) =>
        `  ~ ${nameOf(member) ?? member}: ${field} ${yellow(`was ${before ?? "none"}, is ${is ?? "none"}`)}`,
    ),
  ];
}

function describeRetirement(
  { successorChainId, successor }: { successorChainId: bigint; successor: string },
  { guardian }: CouncilState,
): string[] {
  const named = successor !== ZeroAddress;
  return [
    `successor  ${named ? `${successor} on chain ${successorChainId}` : "none"}`,
    "",
    "What ends, for good: no batch, no change of the council and no other retirement is ever taken again.",
    "What remains: every mapping that is approved, relays and their answers, proofs and `record`;",
    guardian === ZeroAddress
      ? "there is no guardian, so that nothing can be withdrawn any more, a bad build included."
      : `the guardian ${guardian} goes on withdrawing, and can never be replaced.`,
    named
      ? "Nobody follows the successor by itself: each user, relay and signer has to choose it."
      : "No successor is named: users are not told where to go.",
  ];
}

/** Who has signed, who has not, and how many have to. */
export function describeJudged(judged: JudgedAct, { nameOf }: Pick<ActFacts, "nameOf">, colors: Colors): string {
  const { approvals, needed, held, missing, joinersMissing } = judged;
  const { green, yellow, red } = colors;
  const line = (address: string, text: string) => `  ${address}  ${nameOf(address) ?? ""}  ${text}`;
  return [
    `${held} of ${needed} approvals by members${joinersMissing.length > 0 ? `; ${joinersMissing.length} of those who join have to sign` : ""}`,
    ...approvals.map((approval) => {
      const { member, kind, verdict } = approval;
      if (approval.safe) return line(member, `${yellow("not yet")} (${describeSafe(approval)})`);
      const mark = verdict === "holds" ? green : red;
      return line(member, `${mark(verdict)}${kind === "account" ? "" : ` (${kind})`}`);
    }),
    ...joinersMissing.map((address) => line(address, red("joins, and has not signed"))),
    ...(held < needed ? missing.map((address) => line(address, "has not signed")) : []),
  ].join("\n");
}

/** The same for programs. */
export function actToJson({ file, digest, change, warnings }: ActFacts): object {
  const { act } = file;
  return {
    kind: act.kind,
    digest,
    ...(act.kind === "council" && { council: act.council }),
    ...(act.kind === "retirement" && {
      retirement: { ...act.retirement, successorChainId: String(act.retirement.successorChainId) },
    }),
    ...(change && {
      difference: change.difference,
      charterChanges: change.charterChanges,
    }),
    warnings,
  };
}
