import { FetchRequest, isError, JsonRpcProvider, makeError, Network } from "ethers";
import { withoutSecrets } from "../config/endpoint-url.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { createFetchRpc } from "./fetch-rpc.js";

const TIMEOUT_MS = 20_000;

/** A chain's JSON-RPC endpoint that was asked for its chain id. */
export interface Chain {
  readonly provider: JsonRpcProvider;
  readonly chainId: number;
  /** For people: without secrets. */
  readonly rpcUrl: string;
  /** Ends the requests of this connection, whoever made them, with its reason. */
  readonly signal: AbortSignal | undefined;
  /** Runs one request; what goes wrong on the way is a CatnixError RPC_UNAVAILABLE, what the chain says stays as it is. */
  readonly ask: <T>(request: () => Promise<T>) => Promise<T>;
  readonly close: () => void;
}

export interface ConnectOptions {
  /** Ends every request of the connection. */
  readonly signal?: AbortSignal | undefined;
  /** For one request, in milliseconds; 20 s where not given. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Connects to an RPC endpoint.
 * @param chainId the chain that it has to be of; else any
 * @throws CatnixError RPC_UNAVAILABLE, RPC_WRONG_CHAIN; the reason of an aborted signal
 */
export async function connectChain(rpcUrl: string, chainId?: number, options: ConnectOptions = {}): Promise<Chain> {
  const { signal } = options;
  const url = withoutSecrets(rpcUrl);
  const ask = <T>(request: () => Promise<T>) => askRpc(url, request, signal);
  const found = await ask(async () => {
    // ethers' provider repeats the first question for ever where nobody answers; this one is asked once.
    const request = makeRequest(rpcUrl, options);
    request.body = { jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] };
    const response = await request.send();
    response.assertOk();
    const { result } = response.bodyJson as { result?: unknown };
    // At most 52 bits: larger ones would lose digits.
    if (typeof result !== "string" || !/^0x[0-9a-f]{1,13}$/i.test(result))
      throw makeError("eth_chainId gave no number", "SERVER_ERROR", { request: url });
    return Number(result);
  });
  if (chainId !== undefined && found !== chainId)
    throw new CatnixError("RPC_WRONG_CHAIN", { url, found, wanted: chainId });
  const provider = new JsonRpcProvider(makeRequest(rpcUrl, options), found, {
    staticNetwork: Network.from(found),
    batchMaxCount: 1,
    cacheTimeout: -1,
    pollingInterval: 250,
  });
  return { provider, chainId: found, rpcUrl: url, signal, ask, close: () => provider.destroy() };
}

function makeRequest(rpcUrl: string, { signal, timeoutMs = TIMEOUT_MS }: ConnectOptions): FetchRequest {
  const request = new FetchRequest(rpcUrl);
  request.timeout = timeoutMs;
  request.getUrlFunc = createFetchRpc(timeoutMs, signal);
  return request;
}

async function askRpc<T>(url: string, request: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await request();
  } catch (error) {
    signal?.throwIfAborted();
    if (isCatnixError(error) || isError(error, "CALL_EXCEPTION")) throw error;
    const network = ["SERVER_ERROR", "TIMEOUT", "NETWORK_ERROR", "BAD_DATA", "UNKNOWN_ERROR"] as const;
    const { code, shortMessage, message } = error as Error & { code?: string; shortMessage?: string };
    // What the endpoint itself said, where ethers could make nothing of it.
    const said = isError(error, "UNKNOWN_ERROR")
      ? (error as { error?: { message?: unknown } }).error?.message
      : undefined;
    const ofNetwork = network.some((name) => isError(error, name)) || (code !== undefined && /^E[A-Z]+$/.test(code));
    if (ofNetwork || error instanceof SyntaxError)
      throw new CatnixError(
        "RPC_UNAVAILABLE",
        { url, reason: typeof said === "string" ? said : (shortMessage ?? (message || (code ?? ""))) },
        { cause: error },
      );
    throw error;
  }
}
