import type { RpcCall, RpcRule } from "../../support/rpc-proxy.js";

/** A lie of an endpoint, told to somebody who resolves a path by proofs from a block's hash on. */
export interface RpcLie {
  readonly what: string;
  /** Which path shows it. */
  readonly about: "approved" | "withdrawn";
  readonly rule: RpcRule;
  /** What the answer is instead; undefined where all that is proved is said, and the rest is called missing or told. */
  readonly code: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** Whether a batch, and whether a build was withdrawn is asked together; everything else is asked before. */
const WITHDRAWAL_SLOTS = 2;

/** @param rpcUrl of the endpoint that tells the truth */
export function listRpcLies(rpcUrl: string, registry: string): RpcLie[] {
  const ask = async (method: string, ...params: unknown[]): Promise<unknown> => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const answer = await fetch(rpcUrl, { method: "POST", headers: { "content-type": "application/json" }, body });
    return ((await answer.json()) as { result: unknown }).result;
  };
  const lie = (method: string, change: (result: Fields, call: RpcCall) => unknown): RpcRule => {
    return (call, result) => (call.method === method ? change(result as Fields, call) : result);
  };
  /** Proofs of the state a block before, for those questions. */
  const earlier = (isAsked: (slots: number) => boolean): RpcRule =>
    lie("eth_getProof", (result, { params }) => {
      const [address, slots, block] = params as [string, string[], string];
      if (!isAsked(slots.length)) return result;
      return ask("eth_getProof", address, slots, `0x${(Number(block) - 1).toString(16)}`);
    });
  return [
    {
      what: "block: the one before it",
      about: "withdrawn",
      rule: lie("eth_getBlockByHash", ({ parentHash }) => ask("eth_getBlockByHash", parentHash, false)),
      code: "BLOCK_HEADER_MISMATCH",
    },
    {
      what: "root: of another state",
      about: "approved",
      rule: lie("eth_getBlockByHash", (block) => ({ ...block, stateRoot: block["receiptsRoot"] })),
      code: "BLOCK_HEADER_MISMATCH",
    },
    {
      what: "code: of another contract",
      about: "approved",
      rule: lie("eth_getProof", (_proof, { params: [, keys, block] }) =>
        ask(
          "eth_getProof",
          registry.replace(/.$/, (digit) => (digit === "0" ? "1" : "0")),
          keys,
          block,
        ),
      ),
      code: "STATE_PROOF_INVALID",
    },
    {
      what: "storage: one slot's proof for another's",
      about: "approved",
      rule: lie("eth_getProof", (proof) => ({
        ...proof,
        storageProof: (proof["storageProof"] as unknown[]).toReversed(),
      })),
      code: "STATE_PROOF_INVALID",
    },
    {
      what: "withdrawal: what it was a block ago",
      about: "withdrawn",
      rule: earlier((slots) => slots === WITHDRAWAL_SLOTS),
      code: "STATE_PROOF_INVALID",
    },
    {
      what: "head: what it was a block ago",
      about: "withdrawn",
      rule: earlier((slots) => slots !== WITHDRAWAL_SLOTS),
      code: "STATE_PROOF_INVALID",
    },
    {
      what: "acts: other approvers, another root",
      about: "approved",
      rule: lie("eth_getLogs", (logs) =>
        (logs as unknown as Fields[]).map((log) => {
          const data = String(log["data"]);
          return { ...log, data: data.replace(/[1-9a-f](?=.{300})/, "0") };
        }),
      ),
      code: undefined,
    },
    {
      what: "signatures: none",
      about: "approved",
      rule: lie("eth_getTransactionByHash", (transaction) => ({ ...transaction, input: "0x" })),
      code: undefined,
    },
  ];
}
