import { once } from "node:events";
import { createServer } from "node:net";
import { z } from "zod";
import type { Config } from "../../config/schema.js";
import { requireLoopback } from "../../relay/loopback.js";
import { readAtMost } from "../../swarm/read-at-most.js";
import { type Finding, fail, ok, REQUEST_MS, warn } from "./finding.js";

const CHECK = "relay";
const MAX_ANSWER = 1 << 16;
const NOT_OURS = "Choose another relay.port, or stop the program that listens there.";

const readyBody = z.object({ ready: z.boolean(), reason: z.string().optional(), block: z.number().optional() });

/**
 * Whether a relay of catnix answers on the configured port, or could.
 * @throws CatnixError RELAY_SIGNS_LOOPBACK_ONLY
 */
export async function checkRelay({ relay, storeDir }: Config, signal: AbortSignal): Promise<Finding> {
  const { host, port, signingKeyFile } = relay;
  if (signingKeyFile !== undefined) await requireLoopback(host);
  if (port === 0) return ok(CHECK, "relay.port is 0: any free port");
  const url = relayUrl(relay);
  const answers = await Promise.all([ask(`${url}/ready`, signal), ask(`${url}/nix-cache-info`, signal)]);
  signal.throwIfAborted();
  const [ready, info] = answers;
  if (ready === undefined) return checkFree(host, port);
  const parsed = readyBody.safeParse(parseJson(ready));
  if (!parsed.success || !info?.startsWith("StoreDir: "))
    return fail(CHECK, `something else answers at ${url}`, NOT_OURS);
  if (!info.startsWith(`StoreDir: ${storeDir}\n`))
    return fail(CHECK, `the relay at ${url} is of another store folder`, "Restart it with this configuration.");
  const { ready: isReady, reason = "no reason given" } = parsed.data;
  if (isReady) return ok(CHECK, `${url} is ready`);
  if (reason.startsWith("halted"))
    return fail(
      CHECK,
      `${url} is ${reason}`,
      "Look at the relay's log: it does not go on without a person, and withdrawals may not be followed.",
    );
  return warn(
    CHECK,
    `${url} is not ready: ${reason}`,
    "It gets ready by itself once chain and Swarm answer; its log says more.",
  );
}

/** Where clients of this machine find the relay. */
export function relayUrl({ host, port }: Pick<Config["relay"], "host" | "port">): string {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}

/** The answer's text whatever its status; undefined where nobody listens; empty where it is no answer in time. */
async function ask(url: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const answer = await fetch(url, {
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
    });
    return Buffer.from(await readAtMost(answer.body ?? [], MAX_ANSWER)).toString();
  } catch (error) {
    const { cause } = error as Error & { cause?: { code?: string } };
    return cause?.code === "ECONNREFUSED" ? undefined : "";
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function checkFree(host: string, port: number): Promise<Finding> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, "listening");
    return ok(CHECK, `none runs; ${host}, port ${port} is free`);
  } catch (error) {
    return fail(CHECK, `${host}, port ${port} cannot be listened on: ${(error as Error).message}`, NOT_OURS);
  } finally {
    server.close();
  }
}
