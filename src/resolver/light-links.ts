import { bucketNumber } from "../cat/bucket.js";
import { toHex } from "../encoding/hex.js";
import { printable } from "../errors/printable.js";
import type { TrustedBlock } from "../registry/trusted-block.js";
import type { KnownApprover, ProvedApproval } from "./light-approval.js";
import type { AlarmAnswer, ApprovalAnswer, LightView } from "./light-view.js";
import type { ReadRecord } from "./read-record.js";
import type { Resolution } from "./resolve-nix-id.js";

/** What became of a path's NAR: read and compared, or left alone. */
export type NarCheck = { readonly state: "checked"; readonly bytes: number } | { readonly state: "not read" };

/** All that a light answer rests on. */
export interface LightAnswer {
  readonly view: LightView;
  /** Seconds by this machine's clock. */
  readonly age: number;
  readonly resolution: Resolution;
  /** Of the batch that set the row, where there is one. */
  readonly approval?: ApprovalAnswer | undefined;
  /** Of the guardian, where that withdrew the row. */
  readonly alarm?: AlarmAnswer | undefined;
  /** Whether that batch is final, as an endpoint tells it. */
  readonly final?: boolean | undefined;
  /** Names of members by their addresses, from the charter that the council names. */
  readonly names?: ReadonlyMap<string, string> | undefined;
  readonly read?: ReadRecord | undefined;
  readonly nar?: NarCheck | undefined;
}

export const LINK_STATES = ["trusted", "proved", "told", "missing"] as const;

/** One link of the chain from the block to the NAR. */
export interface Link {
  readonly link:
    | "block"
    | "header"
    | "account"
    | "storage"
    | "row"
    | "withdrawal"
    | "alarm"
    | "council"
    | "batch"
    | "transaction"
    | "approver"
    | "record"
    | "nar";
  /**
   * `trusted`: what everything starts from; `proved`: by hashes and signatures, up to there; `told`: an endpoint's word; `missing`:
   * could not be had, and nothing is said about it.
   */
  readonly state: (typeof LINK_STATES)[number];
  readonly text: string;
}

/** The links in their order, each with what it rests on. Nothing is called proved that an endpoint could have made up. */
export function listLinks(answer: LightAnswer): Link[] {
  return [
    ...listStateLinks(answer),
    ...listRowLinks(answer),
    ...listApprovalLinks(answer),
    ...listContentLinks(answer),
  ];
}

function proved(link: Link["link"], text: string): Link {
  return { link, state: "proved", text };
}

function listStateLinks({ view, age }: LightAnswer): Link[] {
  const { header } = view.options.trusted;
  const { head, seq, cat, retirement, account } = view.state;
  const isKnown = view.options.codeHash === undefined;
  const retired = retirement ? `; the registry has retired, its successor is ${retirement.successor}` : "";
  return [
    {
      link: "block",
      state: "trusted",
      text: `block ${header.number}, ${header.hash}: ${describeTrust(view.options.trusted)}`,
    },
    proved(
      "header",
      `its header hashes to that; state root ${header.stateRoot}, time ${formatTime(header.time)}, ${describeAge(age)}`,
    ),
    proved(
      "account",
      `${view.registry.registry} has the code of ${isKnown ? "a registry" : "what light.codeHash names"} (${account.codeHash}), storage root ${account.storageHash}`,
    ),
    proved("storage", `act ${seq}, head ${head}, root ${cat.root}, depth ${cat.depth}${retired}`),
  ];
}

function describeTrust({ trust }: TrustedBlock): string {
  if (trust.by === "hash") return "its hash was given";
  return `${trust.agreed.length} of ${trust.asked} endpoints agree on it, ${trust.needed} had to`;
}

function listRowLinks({ resolution, alarm, view }: LightAnswer): Link[] {
  if (resolution.status === "unknown") {
    const { siblings } = resolution.absence;
    return [proved("row", `the whole bucket, with ${siblings.length} siblings to the root, does not list it`)];
  }
  const { row, slot, siblings } = resolution.proof;
  const bucket = bucketNumber(row.nixId, view.cat.depth);
  const leads = `set by act ${row.seq}, in slot ${slot} of bucket ${bucket}, ${siblings.length} siblings to the root`;
  const { batch, through } = resolution.withdrawal;
  const withdrawals = [
    batch ? `the guardian withdrew batch ${row.seq}` : `batch ${row.seq} was not withdrawn`,
    through > 0 ? `the guardian withdrew the build through act ${through}` : "the build was never withdrawn",
  ];
  const what = resolution.status === "withdrawn" && resolution.by === "quorum" ? "a tombstone" : toHex(row.swarmId);
  return [
    proved("row", `${what}, ${leads}`),
    proved("withdrawal", withdrawals.join("; ")),
    ...(alarm ? [describeAlarm(alarm, view.state)] : []),
  ];
}

function describeAlarm(answer: AlarmAnswer, { alarms }: LightView["state"]): Link {
  if (!("alarm" in answer)) return { link: "alarm", state: "missing", text: answer.problem };
  const { alarm, reason } = answer.alarm;
  return proved("alarm", `${alarm} of ${alarms}, linked to the head of the alarms, says: ${printable(reason)}`);
}

function listApprovalLinks({ view, approval: answer, final, names }: LightAnswer): Link[] {
  const { council } = view.state;
  const links = [
    proved("council", `now ${council.publishThreshold} of ${council.members.length} members approve a batch`),
  ];
  if (!answer) return links;
  if (!("approval" in answer)) return [...links, { link: "batch", state: "missing", text: answer.problem }];
  const { approval } = answer;
  const { batch, digest, acts, block, transactionHash } = approval;
  links.push(proved("batch", `batch ${batch.seq} is ${digest}, ${describeDistance(acts)}`));
  const state = approval.council.by === "told" ? "told" : "proved";
  if (approval.council.by !== "storage")
    links.push({ link: "council", state, text: `then it was ${describeCouncil(approval)}` });
  const finality = final === undefined ? "" : final ? ", final" : ", not final yet";
  const place = `${transactionHash} in block ${block}${finality}, says the endpoint`;
  links.push({ link: "transaction", state: "told", text: place });
  return [...links, ...approval.approvers.map((approver) => describeApprover(approver, names))];
}

function describeDistance(acts: number): string {
  if (acts === 1) return "which is the head";
  return `linked to the head by the ${acts === 2 ? "act" : `${acts - 1} acts`} after it`;
}

function describeCouncil({ council: { members, publishThreshold, by } }: ProvedApproval): string {
  const source = by === "act" ? "as an act before it says" : "as the event of the founding says, which nothing proves";
  return `${publishThreshold} of ${members.length}, ${source}`;
}

function describeApprover({ member, by }: KnownApprover, names: LightAnswer["names"]): Link {
  const who = names?.has(member) ? `${names.get(member)} (${member})` : member;
  if (by === "signature") return { link: "approver", state: "proved", text: `${who} signed it` };
  return { link: "approver", state: "told", text: `${who} approved it, says the endpoint` };
}

function listContentLinks({ resolution, read, nar }: LightAnswer): Link[] {
  if (resolution.status !== "approved") return [];
  if (!read) return [{ link: "record", state: "missing", text: "the record could not be read" }];
  const { narAddress, narHash, narSize } = read.record;
  const record = proved(
    "record",
    `its bytes hash to the row's address; NAR ${narAddress}, ${narHash}, ${narSize} bytes`,
  );
  if (nar?.state === "checked") return [record, proved("nar", `${nar.bytes} bytes were read, and hash to all of that`)];
  return [record, { link: "nar", state: "missing", text: "the NAR was not read" }];
}

/** @param age in seconds by this machine's clock */
export function describeAge(age: number): string {
  return age < 0 ? `${-age} s ahead of this machine's clock` : `${age} s ago`;
}

function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
