import { z } from "zod";
import { isCatnixError } from "../errors/catnix-error.js";
import type { BeeEndpoint } from "./bee-endpoint.js";

/** What a Bee or an embedded node says of itself. */
export interface NodeFacts {
  readonly version: string;
  readonly apiVersion: string;
  /** Whether it can be worked with, where it says so: a Bee that syncs is healthy and not ready. */
  readonly ready: boolean | undefined;
}

/** A postage batch as its node knows it. */
export interface Stamp {
  readonly usable: boolean;
  /** Chunks in the fullest bucket, and how many a bucket holds. */
  readonly fullestBucket: number;
  readonly bucketSize: number;
  readonly depth: number;
  readonly immutable: boolean;
  /** Seconds until it expires at today's price; undefined where the node does not know. */
  readonly ttl: number | undefined;
}

const healthBody = z.object({ status: z.string(), version: z.string(), apiVersion: z.string() });
const stampBody = z.object({
  usable: z.boolean(),
  utilization: z.int().nonnegative(),
  depth: z.int().min(1).max(255),
  bucketDepth: z.int().min(0).max(255),
  immutableFlag: z.boolean(),
  batchTTL: z.number(),
});

/**
 * `GET /health` and `/readiness` (Bee: pkg/api/health.go, readiness.go).
 * @throws CatnixError of {@link BeeEndpoint.requestJson}
 */
export async function readNodeFacts(endpoint: BeeEndpoint, signal?: AbortSignal): Promise<NodeFacts> {
  const { value } = await endpoint.requestJson(aboutNode("health", signal), healthBody);
  return { version: value.version, apiVersion: value.apiVersion, ready: await readReady(endpoint, signal) };
}

async function readReady(endpoint: BeeEndpoint, signal: AbortSignal | undefined): Promise<boolean | undefined> {
  try {
    (await endpoint.request(aboutNode("readiness", signal))).discard();
    return true;
  } catch (error) {
    // A Bee that is not ready answers 400, a proxy before it that does not pass the question on 404 or so.
    if (isCatnixError(error, "SWARM_REQUEST_REFUSED")) return error.details.status === 400 ? false : undefined;
    throw error;
  }
}

/**
 * `GET /stamps/<id>` (Bee: pkg/api/postage.go).
 * @param batch 64 hexadecimal digits
 * @returns undefined where the node does not own it
 * @throws CatnixError of {@link BeeEndpoint.requestJson}
 */
export async function readStamp(
  endpoint: BeeEndpoint,
  batch: string,
  signal?: AbortSignal,
): Promise<Stamp | undefined> {
  try {
    const { value } = await endpoint.requestJson(aboutNode(`stamps/${batch}`, signal), stampBody);
    const { usable, utilization, depth, bucketDepth, immutableFlag, batchTTL } = value;
    const bucketSize = 2 ** Math.max(0, depth - bucketDepth);
    const ttl = batchTTL < 0 ? undefined : batchTTL;
    return { usable, fullestBucket: utilization, bucketSize, depth, immutable: immutableFlag, ttl };
  } catch (error) {
    if (isCatnixError(error, "SWARM_REQUEST_REFUSED") && error.details.status === 404) return undefined;
    throw error;
  }
}

function aboutNode(path: string, signal: AbortSignal | undefined) {
  return { method: "GET", path, subject: { about: "node" }, signal } as const;
}
