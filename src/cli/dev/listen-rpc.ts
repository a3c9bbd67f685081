import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { z } from "zod";
import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import { INVALID_REQUEST, type RpcCall, rpcCallSchema, RpcError, SERVER_ERROR } from "./rpc-call.js";

/** Larger than any transaction that a block has room for, with much left for tools that send many at once. */
const MAX_BODY_BYTES = 16 << 20;
const MAX_CALLS = 1000;

type AnswerCall = (call: RpcCall) => Promise<unknown>;

/**
 * JSON-RPC over HTTP, as wallets and tools speak it to a development chain: any web page may ask, since whoever is on this machine has
 * the keys anyway. A list of calls is worked off in its order.
 */
export function createRpcApp(answerCall: AnswerCall): Hono {
  const app = new Hono();
  app.use(cors());
  app.post("/", bodyLimit({ maxSize: MAX_BODY_BYTES }), async (c) => {
    const body = await c.req.json<unknown>().catch(() => undefined);
    if (!Array.isArray(body)) return c.json(await answerOne(body, answerCall));
    const list = z.array(z.unknown()).min(1).max(MAX_CALLS).safeParse(body);
    if (!list.success) return c.json(await answerOne(undefined, answerCall));
    const answers: object[] = [];
    for (const call of list.data) answers.push(await answerOne(call, answerCall));
    return c.json(answers);
  });
  app.notFound((c) => c.text("This is the chain of `catnix dev`: JSON-RPC by POST.\n", 404));
  return app;
}

async function answerOne(body: unknown, answerCall: AnswerCall): Promise<object> {
  const call = rpcCallSchema.safeParse(body);
  if (!call.success)
    return { jsonrpc: "2.0", id: null, error: { code: INVALID_REQUEST, message: "this is no call of JSON-RPC" } };
  const { id } = call.data;
  try {
    return { jsonrpc: "2.0", id, result: (await answerCall(call.data)) ?? null };
  } catch (error) {
    return { jsonrpc: "2.0", id, error: toRpcError(error) };
  }
}

function toRpcError(error: unknown): object {
  if (error instanceof RpcError) {
    const { rpcCode, message, data } = error;
    return { code: rpcCode, message, ...(data !== undefined && { data }) };
  }
  if (!isCatnixError(error)) throw error;
  return { code: SERVER_ERROR, message: error.message, data: { code: error.code, hint: error.hint } };
}

/**
 * Puts it on a port of 127.0.0.1.
 * @param port 0 for any free one
 * @throws CatnixError DEV_CHAIN_FAILED where that is taken
 */
export async function listenRpc(app: Hono, port: number): Promise<{ url: string; close(): Promise<void> }> {
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server;
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch (cause) {
    throw new CatnixError("DEV_CHAIN_FAILED", { reason: (cause as Error).message }, { cause });
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
