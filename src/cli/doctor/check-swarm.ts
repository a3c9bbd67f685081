import type { BeeEndpoint } from "../../swarm/bee-endpoint.js";
import { EMBEDDED, readNodeFacts } from "../../swarm/node-facts.js";
import { type Finding, fail, ok, warn } from "./finding.js";

const CHECK = "swarm";

/**
 * Whether the node answers and is ready.
 * @returns what it is, beside what was found
 * @throws CatnixError of {@link BeeEndpoint.requestJson}
 */
export async function checkSwarm(
  endpoint: BeeEndpoint,
  signal: AbortSignal,
): Promise<{ finding: Finding; version: string }> {
  const { version, apiVersion, ready } = await readNodeFacts(endpoint, signal);
  const message = `${endpoint.url}, ${version === EMBEDDED ? "embedded node" : `Bee ${version}`}, API ${apiVersion}`;
  const finding = !/^[789]\./.test(apiVersion)
    ? warn(CHECK, `${message}, which catnix was not made for`, "Use a Bee whose API is of version 8.")
    : ready === false
      ? fail(CHECK, `${message}, not ready`, "Wait until the node has synced; its log says what it waits for.")
      : ok(CHECK, message);
  return { finding, version };
}
