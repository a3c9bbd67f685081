import { z } from "zod";
import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import type { BeeEndpoint } from "../bee-endpoint.js";

/** What to buy. */
export interface StampOrder {
  readonly depth: number;
  /** PLUR a chunk. */
  readonly amount: bigint;
  /** For its owner: up to 255 characters. */
  readonly label: string;
  readonly immutable: boolean;
}

const paid = z.object({ batchID: z.string().regex(/^[0-9a-f]{64}$/), txHash: z.string().max(100).optional() });

/** A payment that the chain has taken. */
export interface Payment {
  /** 64 hexadecimal digits. */
  readonly batch: string;
  readonly transactionHash: string | undefined;
}

/**
 * `POST /stamps/<amount>/<depth>`: answered once the transaction is in a block. Never sent twice: it would be paid twice.
 * @param endpoint one that waits long enough for a transaction
 * @throws CatnixError POSTAGE_UNPAID, POSTAGE_REFUSED: nothing was paid; POSTAGE_UNCERTAIN; SWARM_BUSY where another payment is
 * under way; the signal's reason, as long as nothing was sent
 */
export function buyStamp(
  endpoint: BeeEndpoint,
  { depth, amount, label, immutable }: StampOrder,
  signal?: AbortSignal,
): Promise<Payment> {
  const query = label === "" ? "" : `?label=${encodeURIComponent(label)}`;
  return pay(endpoint, "POST", `stamps/${amount}/${depth}${query}`, { immutable: String(immutable) }, signal);
}

/**
 * `PATCH /stamps/topup/<id>/<amount>`: adds PLUR a chunk to a batch.
 * @throws CatnixError like {@link buyStamp}
 */
export function topUpStamp(
  endpoint: BeeEndpoint,
  batch: string,
  amount: bigint,
  signal?: AbortSignal,
): Promise<Payment> {
  return pay(endpoint, "PATCH", `stamps/topup/${batch}/${amount}`, {}, signal);
}

/**
 * `PATCH /stamps/dilute/<id>/<depth>`: doubles a batch with each step of depth, and halves its time.
 * @throws CatnixError like {@link buyStamp}
 */
export function diluteStamp(
  endpoint: BeeEndpoint,
  batch: string,
  depth: number,
  signal?: AbortSignal,
): Promise<Payment> {
  return pay(endpoint, "PATCH", `stamps/dilute/${batch}/${depth}`, {}, signal);
}

async function pay(
  endpoint: BeeEndpoint,
  method: "POST" | "PATCH",
  path: string,
  headers: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<Payment> {
  signal?.throwIfAborted();
  try {
    const asked = { method, path, headers, subject: { about: "node" }, once: true, signal } as const;
    const { value } = await endpoint.requestJson(asked, paid);
    return { batch: value.batchID, transactionHash: value.txHash };
  } catch (error) {
    if (signal?.aborted) throw uncertain(endpoint.url, "nobody waited for its answer", error);
    throw isCatnixError(error) ? explain(error, endpoint.url) : error;
  }
}

/** Where a Bee says no before it sends its transaction, nothing was paid; of everything else nobody can know. */
function explain(error: CatnixError, url: string): CatnixError {
  if (isCatnixError(error, "SWARM_BUSY") && isBeforePayment(error.details)) return error;
  if (isCatnixError(error, "SWARM_REQUEST_REFUSED")) {
    const { status, reason } = error.details;
    const isUnpaid = status === 402 || reason === "out of funds";
    return new CatnixError(isUnpaid ? "POSTAGE_UNPAID" : "POSTAGE_REFUSED", { url, reason }, { cause: error });
  }
  return uncertain(url, error.message, error);
}

/**
 * Another payment is under way, or the node syncs yet (Bee: pkg/api/postage.go). A proxy's 502, 503 and 504 say that it has
 * waited long enough, not that the node has.
 */
function isBeforePayment({ status, reason }: { status: number; reason: string }): boolean {
  return status === 429 || (status === 503 && reason.startsWith("syncing"));
}

function uncertain(url: string, reason: string, cause: unknown): CatnixError {
  return new CatnixError("POSTAGE_UNCERTAIN", { url, reason }, { cause });
}
