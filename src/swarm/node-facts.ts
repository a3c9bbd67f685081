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

/** What the embedded node calls itself, where a Bee gives its version. */
export const EMBEDDED = "catnix";

const healthBody = z.object({ status: z.string(), version: z.string(), apiVersion: z.string() });

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

function aboutNode(path: string, signal: AbortSignal | undefined) {
  return { method: "GET", path, subject: { about: "node" }, signal } as const;
}
