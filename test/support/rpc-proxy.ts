import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { serveLoopback } from "./serve-loopback.js";

export interface RpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

/** What becomes of an answer: another result, or a promise of one, or a JSON-RPC error. */
export type RpcRule = (call: RpcCall, result: unknown) => unknown;

/** Thrown by a rule: the answer is this error. */
export class RpcRefusal extends Error {}

/** An endpoint that looks for events in so many blocks at a time, and no more. */
export function bearBlocks(blocks: number): RpcRule {
  return ({ method, params }, result) => {
    if (method !== "eth_getLogs") return result;
    const [{ fromBlock, toBlock }] = params as [{ fromBlock: string; toBlock: string }];
    if (Number(toBlock) - Number(fromBlock) + 1 > blocks) throw new RpcRefusal("too many blocks");
    return result;
  };
}

/** A JSON-RPC endpoint in front of a real one, for answers that a real one cannot be made to give. */
export async function startRpcProxy(target: string) {
  const calls: RpcCall[] = [];
  const proxy = { calls, rule: ((_call, result) => result) as RpcRule, down: false };
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = await text(incoming);
    if (proxy.down) return void outgoing.destroy();
    const call = JSON.parse(body) as RpcCall & { id: number };
    calls.push(call);
    const response = await fetch(target, { method: "POST", headers: { "content-type": "application/json" }, body });
    const real = (await response.json()) as { result?: unknown };
    outgoing.setHeader("content-type", "application/json");
    try {
      outgoing.end(JSON.stringify("result" in real ? { ...real, result: await proxy.rule(call, real.result) } : real));
    } catch (error) {
      if (!(error instanceof RpcRefusal)) throw error;
      outgoing.end(JSON.stringify({ jsonrpc: "2.0", id: call.id, error: { code: -32005, message: error.message } }));
    }
  };
  return Object.assign(proxy, await serveLoopback(answer));
}

export type RpcProxy = Awaited<ReturnType<typeof startRpcProxy>>;
