import type { RegistryId } from "../../cat/batch.js";
import type { ExplainedConfig } from "../../config/explain.js";
import type { Config } from "../../config/schema.js";
import { readBlock, readFinalBlock } from "../../registry/finality.js";
import { connectChain } from "../../registry/connect.js";
import { Registry } from "../../registry/registry.js";
import { BeeEndpoint } from "../../swarm/bee-endpoint.js";
import { listUrls } from "../../swarm/open-store.js";
import { judgeChain, type LatestBlock, readLatestBlock } from "./check-chain.js";
import { checkClock } from "./check-clock.js";
import { checkConfiguration } from "./check-configuration.js";
import { checkFinality } from "./check-finality.js";
import { checkIndex } from "./check-index.js";
import { checkKeys } from "./check-keys.js";
import { checkLogs } from "./check-logs.js";
import { checkNix } from "./check-nix.js";
import { checkNode } from "./check-node.js";
import { checkRegistry } from "./check-registry.js";
import { checkRelay } from "./check-relay.js";
import { checkStamp } from "./check-stamp.js";
import { checkCache, checkState } from "./check-state.js";
import { checkSwarm } from "./check-swarm.js";
import { type Finding, REQUEST_MS, runCheck } from "./finding.js";

/**
 * Checks everything that the configuration names, and what it is used from.
 * @param keyFiles further keys to look at
 * @returns what was found, in the order in which things build on each other
 * @throws the signal's reason
 */
export async function runChecks(
  explained: ExplainedConfig,
  keyFiles: readonly string[],
  signal: AbortSignal,
): Promise<Finding[]> {
  const { config } = explained;
  const first = [checkNode(), ...(await checkConfiguration(explained))];
  if (!config) return first;
  const { publicKey, findings: keys } = await checkKeys(config, keyFiles, signal);
  const [state, chain, swarm, relay, nix] = await Promise.all([
    runCheck("state folder", signal, () => checkState(config.stateDir)),
    checkChainAndIndex(config, signal),
    checkSwarmAndStamp(config, signal),
    runCheck("relay", signal, (either) => checkRelay(config, either)),
    runCheck("nix", signal, (either) => checkNix(config, publicKey, either)),
  ]);
  return [...first, ...state, ...chain, ...swarm, ...relay, ...keys, ...nix];
}

async function checkChainAndIndex(config: Config, signal: AbortSignal): Promise<Finding[]> {
  const { rpcUrl, chainId, registry } = config.chain;
  let latest: LatestBlock | undefined;
  const chain = await runCheck("chain", signal, async (either) => {
    const opened = await connectChain(rpcUrl, chainId, { signal: either, timeoutMs: REQUEST_MS });
    try {
      latest = await readLatestBlock(opened);
      return judgeChain(opened, latest, Date.now() / 1000, config);
    } finally {
      opened.close();
    }
  });
  const found = latest;
  const clock = found ? await runCheck("clock", signal, (either) => checkClock(rpcUrl, found.time, either)) : [];
  if (chainId === undefined || registry === undefined) return [...clock, ...chain];
  const id = { chainId, registry };
  const onChain = found ? await checkOnChain(config, id, found, signal) : { findings: [], finalBlock: undefined };
  const index = await runCheck("index", signal, () => Promise.resolve(checkIndex(config, id, onChain.finalBlock)));
  return [...clock, ...chain, ...onChain.findings, ...index];
}

async function checkOnChain(
  config: Config,
  id: RegistryId,
  latest: LatestBlock,
  signal: AbortSignal,
): Promise<{ findings: Finding[]; finalBlock: number | undefined }> {
  let finalBlock: number | undefined;
  const findings = await runCheck("registry", signal, async (either) => {
    const registry = await Registry.open(config.chain.rpcUrl, id, { signal: either, timeoutMs: REQUEST_MS });
    try {
      const { chain } = registry;
      const answers = await Promise.all([
        runCheck("registry", either, () => checkRegistry(registry)),
        runCheck("finality", either, async () => {
          const finding = await checkFinality(chain, config);
          if (finding.status !== "fail")
            finalBlock = (await readFinalBlock(chain, config.chain.finality, await readBlock(chain, "latest"))).number;
          return finding;
        }),
        runCheck("logs", either, async () =>
          latest.number < config.chain.deploymentBlock ? [] : checkLogs(registry, latest.number, config),
        ),
      ]);
      return answers.flat();
    } finally {
      registry.close();
    }
  });
  return { findings, finalBlock };
}

/** Each node that reads go to, one after the other in the list and all at once in time; the stamp at the one that uploads go to. */
async function checkSwarmAndStamp({ swarm, postage }: Config, signal: AbortSignal): Promise<Finding[]> {
  const findings = await Promise.all(
    listUrls(swarm).map(async (url) => {
      const endpoint = new BeeEndpoint({ url, retries: 0, firstByteMs: REQUEST_MS, idleMs: REQUEST_MS });
      let version: string | undefined;
      const node = await runCheck("swarm", signal, async (either) => {
        const found = await checkSwarm(endpoint, either);
        version = found.version;
        return found.finding;
      });
      const known = version;
      if (known === undefined || url !== swarm.url) return node;
      const stamp = await runCheck("stamp", signal, (either) =>
        checkStamp(endpoint, swarm.postageBatch, known, postage, either),
      );
      return [...node, ...stamp];
    }),
  );
  const { cacheDir, cacheBytes } = swarm;
  const cache = cacheDir === undefined ? [] : await runCheck("cache", signal, () => checkCache(cacheDir, cacheBytes));
  return [...findings.flat(), ...cache];
}
