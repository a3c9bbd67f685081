import { splitCredentials } from "../../config/endpoint-url.js";
import { type Finding, fail, ok, warn } from "./finding.js";

const CHECK = "clock";
/** Seconds: what an HTTP date and a block's time are good for, and what no deadline survives. */
const [FAR, TOO_FAR] = [30, 3600];
const HINT = "Set the clock, by NTP for instance: deadlines and the age of blocks are judged by it.";

/**
 * Compares this machine's clock with the endpoint's, where that says its time, and with the latest block's.
 * @param blockTime of the latest block, in seconds since 1970
 */
export async function checkClock(rpcUrl: string, blockTime: number, signal: AbortSignal): Promise<Finding> {
  const before = Date.now();
  const date = await readDate(rpcUrl, signal);
  return judgeClock((before + Date.now()) / 2000, blockTime, date);
}

/** All in seconds since 1970. */
export function judgeClock(now: number, blockTime: number, endpointTime: number | undefined): Finding {
  if (endpointTime !== undefined) {
    const ahead = Math.round(now - endpointTime);
    const message = `${describe(ahead)} the RPC's clock`;
    if (Math.abs(ahead) > TOO_FAR) return fail(CHECK, message, HINT);
    if (Math.abs(ahead) > FAR) return warn(CHECK, message, HINT);
  }
  const behind = Math.round(blockTime - now);
  if (behind > FAR) return warn(CHECK, `${behind} s behind the chain's latest block`, HINT);
  if (endpointTime === undefined)
    return ok(CHECK, "not behind the chain's latest block; the RPC does not say its time");
  return ok(CHECK, "agrees with the RPC's, and not behind the chain's latest block");
}

function describe(ahead: number): string {
  return ahead >= 0 ? `${ahead} s ahead of` : `${-ahead} s behind`;
}

/** The endpoint's own clock (RFC 9110, Date), in seconds since 1970. */
async function readDate(rpcUrl: string, signal: AbortSignal): Promise<number | undefined> {
  const { bare, authorization } = splitCredentials(rpcUrl);
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] });
  const headers = { "content-type": "application/json", ...authorization };
  try {
    const answer = await fetch(bare, { method: "POST", headers, body, redirect: "manual", signal });
    await answer.body?.cancel();
    const date = Date.parse(answer.headers.get("date") ?? "");
    return Number.isNaN(date) ? undefined : date / 1000;
  } catch {
    return undefined; // that the endpoint fails is said elsewhere
  }
}
