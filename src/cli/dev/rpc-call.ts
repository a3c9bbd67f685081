import { z } from "zod";

/** One call of JSON-RPC 2.0. */
export const rpcCallSchema = z.object({
  id: z.union([z.string(), z.number(), z.null()]).default(null),
  method: z.string().min(1).max(100),
  /** Some clients write null where there are none. */
  params: z
    .array(z.unknown())
    .nullish()
    .transform((params) => params ?? []),
});
export type RpcCall = z.output<typeof rpcCallSchema>;

export const INVALID_REQUEST = -32_600;
export const METHOD_NOT_FOUND = -32_601;
export const INVALID_PARAMS = -32_602;
/** An error of the server's own (https://www.jsonrpc.org/specification#error_object). */
export const SERVER_ERROR = -32_000;

/** What a call ends with where it fails; `data` is the caller's to read, such as a revert's reason. */
export class RpcError extends Error {
  constructor(
    readonly rpcCode: number,
    message: string,
    readonly data?: unknown,
  ) {
    super(message);
  }
}
