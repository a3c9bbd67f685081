import { FetchRequest, isError, JsonRpcProvider, makeError, Network } from "ethers";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { createFetchRpc } from "./fetch-rpc.js";

const TIMEOUT_MS = 20_000;

/** A chain's JSON-RPC endpoint that was asked for its chain id. */
export interface Chain {
  readonly provider: JsonRpcProvider;
  readonly chainId: number;
  /** For people, see {@link withoutSecrets}. */
  readonly rpcUrl: string;
  /** Runs one request; what goes wrong on the way is a CatnixError RPC_UNAVAILABLE, what the chain says stays as it is. */
  readonly ask: <T>(request: () => Promise<T>) => Promise<T>;
  readonly close: () => void;
}

/**
 * Connects to an RPC endpoint.
 * @param chainId the chain that it has to be of; else any
 * @throws CatnixError RPC_UNAVAILABLE, RPC_WRONG_CHAIN
 */
export async function connectChain(rpcUrl: string, chainId?: number): Promise<Chain> {
  const url = withoutSecrets(rpcUrl);
  const ask = <T>(request: () => Promise<T>) => askRpc(url, request);
  const found = await ask(async () => {
    // ethers' provider repeats the first question for ever where nobody answers; this one is asked once.
    const request = makeRequest(rpcUrl);
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
  const provider = new JsonRpcProvider(makeRequest(rpcUrl), found, {
    staticNetwork: Network.from(found),
    batchMaxCount: 1,
    cacheTimeout: -1,
    pollingInterval: 250,
  });
  return { provider, chainId: found, rpcUrl: url, ask, close: () => provider.destroy() };
}

function makeRequest(rpcUrl: string): FetchRequest {
  const request = new FetchRequest(rpcUrl);
  request.timeout = TIMEOUT_MS;
  request.getUrlFunc = createFetchRpc(TIMEOUT_MS);
  return request;
}

/**
 * An endpoint as errors, logs and a relay's `/ready` may show it: providers put their customers' keys into the path, the query
 * or the user of the URL.
 */
export function withoutSecrets(rpcUrl: string): string {
  const { origin, pathname, search } = new URL(rpcUrl);
  return pathname === "/" && search === "" ? origin : `${origin}/…`;
}

async function askRpc<T>(url: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
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
