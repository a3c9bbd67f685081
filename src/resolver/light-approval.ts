import { actDigest, typedDataOf } from "../cat/act.js";
import type { Approval, Batch, RegistryId } from "../cat/batch.js";
import { CatnixError } from "../errors/catnix-error.js";
import { isSignatureOf } from "../keys/typed-data.js";
import { askChain } from "../registry/ask-chain.js";
import type { Chain } from "../registry/connect.js";
import { registryInterface } from "../registry/contract.js";
import { MAX_MEMBERS } from "../registry/council-file.js";
import { findEvents } from "../registry/find-events.js";
import { type ActEvent, topicsOfActs } from "../registry/history.js";
import { type LinkOptions, linkActs } from "../registry/linked-acts.js";

/** A member's approval of a batch, and how it is known. */
export interface KnownApprover {
  /** Checksummed address. */
  readonly member: string;
  /** `signature`: it is the account's own, of the batch's digest; `told`: the endpoint's word, as for a contract. */
  readonly by: "signature" | "told";
}

/** The council that decided about a batch. */
export interface CouncilInForce {
  readonly members: readonly string[];
  readonly publishThreshold: number;
  /**
   * `storage`: proved, as it is the present one; `act`: proved, by the act that set it; `told`: the founding one, since replaced,
   * of which the registry's hash chain says nothing.
   */
  readonly by: "storage" | "act" | "told";
}

/** The approval of a batch, as far as it is proved. */
export interface ProvedApproval {
  readonly batch: Batch;
  /** `0x` and 64 hex digits, linked to the proved head. */
  readonly digest: string;
  /** Acts from the head back to this one: 1 where it is the latest. */
  readonly acts: number;
  /** The endpoint's word, as the next one. */
  readonly block: number;
  readonly transactionHash: string;
  readonly council: CouncilInForce;
  /** Members of that council and nobody else, ascending. */
  readonly approvers: readonly KnownApprover[];
}

export interface ApprovalSource extends LinkOptions {
  readonly id: RegistryId;
  /** The registry's head, its act, and the block of both: proved, as what comes next. */
  readonly head: string;
  readonly seq: number;
  readonly block: number;
  /** Who decides now. */
  readonly council: Omit<CouncilInForce, "by">;
}

/**
 * Proves the batch of an act up to the registry's head, and looks who approved it by the signatures in the transaction that
 * published it.
 * @throws CatnixError RPC_ANSWER_INVALID where the act is no batch, where the endpoint leaves an act out or shows another, RPC_UNAVAILABLE
 */
export async function proveApproval(chain: Chain, seq: number, source: ApprovalSource): Promise<ProvedApproval> {
  const { id } = source;
  let act: ActEvent | undefined;
  let wasReplaced = false;
  for await (act of linkActs({ chain, id }, source, seq, source))
    wasReplaced ||= act.seq > seq && act.kind === "council";
  if (act?.kind !== "batch")
    throw new CatnixError("RPC_ANSWER_INVALID", { url: chain.rpcUrl, reason: `act ${seq} is no batch` });
  const { batch, block, transactionHash } = act;
  const data = typedDataOf(id, act);
  const council = wasReplaced ? await findCouncil(chain, act, source) : { ...source.council, by: "storage" as const };
  const approvals = await readApprovals(chain, transactionHash);
  const isOwn = ({ member, signature }: Approval) => isSignatureOf(data, member, signature);
  const signed = new Set(approvals.filter(isOwn).map(({ member }) => member));
  const told = new Set([...act.approvers, ...signed]);
  const approvers = council.members
    .filter((member) => told.has(member))
    // Who was a member is told too then: anybody can sign as one who never was.
    .map((member) => ({ member, by: council.by !== "told" && signed.has(member) ? "signature" : "told" }) as const);
  return { batch, digest: actDigest(id, act), acts: source.seq - seq + 1, block, transactionHash, council, approvers };
}

/** The council that was in force at a batch, where it has been replaced since. */
async function findCouncil(
  chain: Chain,
  { seq, block, batch }: ActEvent & { kind: "batch" },
  source: ApprovalSource,
): Promise<CouncilInForce> {
  const { id, deploymentBlock, logRange } = source;
  const from = { head: batch.parent, seq: seq - 1, block };
  for await (const act of linkActs({ chain, id }, from, 1, source))
    if (act.kind === "council") return { ...act.council, by: "act" };
  const range = { from: deploymentBlock, to: block };
  const { events } = await findEvents({ chain, id }, topicsOfActs([0]), range, logRange);
  const founding = events.find((event) => event.kind === "council" && event.seq === 0);
  if (founding?.kind === "council" && founding.council.members.length <= MAX_MEMBERS)
    return { ...founding.council, by: "told" };
  return { members: [], publishThreshold: 0, by: "told" };
}

/** What was submitted with a batch, as the transaction's input shows it: nothing where another contract called the registry. */
async function readApprovals(chain: Chain, hash: string): Promise<Approval[]> {
  const found = await askChain(
    chain,
    () => chain.provider.send("eth_getTransactionByHash", [hash]) as Promise<unknown>,
  );
  const { input } = (found ?? {}) as { input?: unknown };
  if (typeof input !== "string") return [];
  try {
    const call = registryInterface.parseTransaction({ data: input });
    if (call?.name !== "publish" && call?.name !== "publishRows") return [];
    const { approvals } = call.args as unknown as { approvals: Approval[] };
    if (approvals.length > MAX_MEMBERS) return []; // the registry takes no more; each costs a recovery here
    return approvals.map(({ member, signature }) => ({ member, signature }));
  } catch {
    return []; // no input of a call of the registry
  }
}
