import { z } from "zod";
import { isCatnixError } from "../errors/catnix-error.js";
import type { BeeEndpoint } from "./bee-endpoint.js";

/** Addresses are those of files without erasure coding. */
const PLAIN = { "swarm-redundancy-level": "0" };

const retrievable = z.object({ isRetrievable: z.boolean() });

/**
 * `GET /stewardship/<address>`: whether the network has every chunk of a file (Bee: pkg/steward). A Bee asks for them one by one.
 * @param endpoint one that waits long enough for that
 * @param address 64 hexadecimal digits
 * @returns undefined where the node does not answer such questions
 * @throws CatnixError of {@link BeeEndpoint.requestJson}
 */
export async function isRetrievable(
  endpoint: BeeEndpoint,
  address: string,
  signal?: AbortSignal,
): Promise<boolean | undefined> {
  const asked = { method: "GET", path: `stewardship/${address}`, subject: { about: "node" }, headers: PLAIN } as const;
  try {
    return await endpoint.retry(
      async () => (await endpoint.requestJson({ ...asked, signal }, retrievable)).value.isRetrievable,
      signal,
    );
  } catch (error) {
    if (isCatnixError(error, "SWARM_REQUEST_REFUSED") && [404, 405].includes(error.details.status)) return undefined;
    // A Bee that gives up on a chunk for another reason than its absence answers 500.
    if (isCatnixError(error, "SWARM_ANSWER_INVALID") && error.details.reason.startsWith("status 500")) return false;
    throw error;
  }
}

/**
 * `PUT /stewardship/<address>`: stamps and sends every chunk of a file again, from what the node and the network have of it.
 * @param batch 64 hexadecimal digits
 * @returns whether all of it was there to be sent
 * @throws CatnixError SWARM_BATCH_FULL, SWARM_BATCH_UNUSABLE, SWARM_NODE_FULL and of {@link BeeEndpoint.request}
 */
export async function sendAgain(
  endpoint: BeeEndpoint,
  address: string,
  batch: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const headers = { ...PLAIN, "swarm-postage-batch-id": batch };
  try {
    const answer = await endpoint.request({
      ...{ method: "PUT", path: `stewardship/${address}`, subject: { batch }, headers, signal },
    });
    answer.discard();
    return true;
  } catch (error) {
    if (isCatnixError(error, "SWARM_UPLOAD_FAILED")) return false;
    throw error;
  }
}
