import { z } from "zod";
import { isCatnixError } from "../../errors/catnix-error.js";
import type { BeeEndpoint } from "../bee-endpoint.js";
import type { StampBuckets } from "./overflow-risk.js";

/** A postage batch as its node knows it. */
export interface Stamp {
  /** 64 hexadecimal digits. */
  readonly batch: string;
  readonly label: string;
  readonly usable: boolean;
  /** Chunks in the fullest bucket, and how many a bucket holds. */
  readonly fullestBucket: number;
  readonly bucketSize: number;
  readonly depth: number;
  /** PLUR a chunk, as bought and topped up. */
  readonly amount: bigint;
  readonly immutable: boolean;
  /** Seconds until it expires at today's price; undefined where the node does not know. */
  readonly ttl: number | undefined;
}

/** Bytes of JSON: 65,536 buckets of some 35 bytes each; and stamps of some 300. */
const [MAX_BUCKETS_JSON, MAX_STAMPS_JSON] = [8 << 20, 4 << 20];

const BUCKETS = 1 << 16;

/** Bee writes large numbers as text, proxies and older ones as numbers. */
const plur = z.union([z.string().regex(/^[0-9]{1,78}$/), z.int().nonnegative()]).transform((amount) => BigInt(amount));
const stampBody = z.object({
  batchID: z.string().regex(/^[0-9a-f]{64}$/),
  label: z.string().catch(""),
  usable: z.boolean(),
  utilization: z.int().nonnegative(),
  depth: z.int().min(1).max(255),
  amount: plur.nullish(),
  bucketDepth: z.int().min(0).max(255),
  immutableFlag: z.boolean(),
  batchTTL: z.number(),
});
const stampsBody = z.object({ stamps: z.array(stampBody) });
const bucketsBody = z.object({
  bucketUpperBound: z.int().positive(),
  buckets: z
    .array(
      z.object({
        bucketID: z
          .int()
          .min(0)
          .max(BUCKETS - 1),
        collisions: z
          .int()
          .min(0)
          .max(2 ** 32 - 1),
      }),
    )
    .length(BUCKETS),
});
const chainState = z.object({ currentPrice: plur });
const wallet = z.object({ bzzBalance: plur, nativeTokenBalance: plur, walletAddress: z.string().max(100) });

/**
 * `GET /stamps/<id>` (Bee: pkg/api/postage.go).
 * @param batch 64 hexadecimal digits
 * @returns undefined where the node does not own it, or it has expired
 * @throws CatnixError of {@link BeeEndpoint.requestJson}
 */
export async function readStamp(
  endpoint: BeeEndpoint,
  batch: string,
  signal?: AbortSignal,
): Promise<Stamp | undefined> {
  try {
    return await unlessMissing(async () => {
      const { value } = await endpoint.requestJson(get(`stamps/${batch}`, signal), stampBody);
      return toStamp(value);
    });
  } catch (error) {
    // Of a batch that is not usable yet a Bee says no more than that; its list shows all of it.
    if (!isCatnixError(error, "SWARM_REQUEST_REFUSED") || !error.details.reason.includes("not usable")) throw error;
    return (await listStamps(endpoint, signal)).find((stamp) => stamp.batch === batch);
  }
}

/**
 * `GET /stamps`: the batches that the node has bought and that have not expired.
 * @throws CatnixError of {@link BeeEndpoint.requestJson}
 */
export async function listStamps(endpoint: BeeEndpoint, signal?: AbortSignal): Promise<Stamp[]> {
  const { value } = await endpoint.requestJson({ ...get("stamps", signal), maxJsonBytes: MAX_STAMPS_JSON }, stampsBody);
  return value.stamps.map(toStamp);
}

/**
 * `GET /stamps/<id>/buckets`.
 * @returns undefined where the node does not own the batch
 * @throws CatnixError of {@link BeeEndpoint.requestJson}
 */
export async function readBuckets(
  endpoint: BeeEndpoint,
  batch: string,
  signal?: AbortSignal,
): Promise<StampBuckets | undefined> {
  return unlessMissing(async () => {
    const asked = { ...get(`stamps/${batch}/buckets`, signal), maxJsonBytes: MAX_BUCKETS_JSON };
    const { value } = await endpoint.requestJson(asked, bucketsBody);
    const used = new Uint32Array(BUCKETS);
    for (const { bucketID, collisions } of value.buckets) used[bucketID] = collisions;
    return { size: value.bucketUpperBound, used };
  });
}

/**
 * `GET /chainstate`: PLUR a chunk and block, today.
 * @returns undefined where the node knows of no price
 * @throws CatnixError of {@link BeeEndpoint.requestJson}
 */
export async function readPrice(endpoint: BeeEndpoint, signal?: AbortSignal): Promise<bigint | undefined> {
  const { value } = await endpoint.requestJson(get("chainstate", signal), chainState);
  return value.currentPrice > 0n ? value.currentPrice : undefined;
}

/** What the node's own wallet holds. */
export interface NodeWallet {
  readonly address: string;
  readonly plur: bigint;
  readonly wei: bigint;
}

/**
 * `GET /wallet`.
 * @returns undefined where the node has none, as the embedded one
 * @throws CatnixError of {@link BeeEndpoint.requestJson}
 */
export async function readWallet(endpoint: BeeEndpoint, signal?: AbortSignal): Promise<NodeWallet | undefined> {
  return unlessMissing(async () => {
    const { value } = await endpoint.requestJson(get("wallet", signal), wallet);
    return { address: value.walletAddress, plur: value.bzzBalance, wei: value.nativeTokenBalance };
  });
}

function toStamp(body: z.output<typeof stampBody>): Stamp {
  const { batchID: batch, label, usable, utilization, depth, bucketDepth, batchTTL } = body;
  return {
    ...{ batch, label, usable, depth, fullestBucket: utilization, immutable: body.immutableFlag },
    bucketSize: 2 ** Math.max(0, depth - bucketDepth),
    amount: body.amount ?? 0n,
    // -1 is what a Bee does not know; what it reckons for a batch that is used up is below 0 as well.
    ttl: batchTTL === -1 ? undefined : Math.max(0, batchTTL),
  };
}

async function unlessMissing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isCatnixError(error, "SWARM_REQUEST_REFUSED") && [404, 405].includes(error.details.status)) return undefined;
    throw error;
  }
}

function get(path: string, signal: AbortSignal | undefined) {
  return { method: "GET", path, subject: { about: "node" }, signal } as const;
}
