import { requireRegistry } from "../config/load.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { requireYoung } from "../registry/block-age.js";
import { type Chain, connectChain } from "../registry/connect.js";
import { hostOf } from "../registry/endpoint-host.js";
import { agreeOnBlock, readTrustedBlock, type TrustedBlock } from "../registry/trusted-block.js";
import { LightView } from "../resolver/light-view.js";
import type { Context } from "./context.js";
import type { LightOptions } from "./light-options.js";

/** Acts that are followed back without a word. */
const QUIET_ACTS = 100;

export interface OpenedLight {
  readonly view: LightView;
  /** Seconds since the block, by this machine's clock. */
  readonly age: number;
}

/**
 * Opens the registry by proofs, at the block whose hash was given or at the newest that enough endpoints agree on.
 * @throws CatnixError LIGHT_TRUST_MISSING, LIGHT_AGREE_TOO_MANY, BLOCK_NOT_AGREED, BLOCK_UNKNOWN, BLOCK_TOO_OLD, BLOCK_FROM_FUTURE,
 * BLOCK_HEADER_INVALID, BLOCK_HEADER_MISMATCH; as `LightView.open`; RPC_UNAVAILABLE, RPC_WRONG_CHAIN, CONFIG_INCOMPLETE
 */
export async function openLight(context: Context, options: LightOptions): Promise<OpenedLight> {
  const { chain, light } = context.config;
  const id = requireRegistry(context.config);
  const urls = [...new Set(options.rpc ?? [chain.rpcUrl, ...light.rpcUrls])];
  const trusted = await context.wait("a block to trust", openTrusted(context, urls, options));
  const limit = options.maxAge ?? light.maxAgeSeconds;
  const age = requireYoung(trusted.header, limit === "any" ? undefined : limit, Date.now() / 1000);
  const { finality, deploymentBlock, logRange } = chain;
  let acts = 0;
  const onAct = (seq: number) => {
    if (++acts % QUIET_ACTS === 0) context.note(`followed the acts back to ${seq}`);
  };
  const follow = { finality, deploymentBlock, logRange, onAct };
  const opening = LightView.open({ id, trusted, codeHash: light.codeHash, ...follow });
  const view = await context.wait("proofs of the registry's storage", opening);
  return { view, age };
}

async function openTrusted(
  context: Context,
  urls: readonly string[],
  { blockHash, agree = context.config.light.agree }: LightOptions,
): Promise<TrustedBlock> {
  const { chainId } = requireRegistry(context.config);
  if (blockHash !== undefined) {
    const { chains, problems } = await connectAll(context, urls, chainId);
    if (chains.length > 0) return readTrustedBlock(chains, blockHash);
    throw problems[0] ?? new TypeError("no endpoint");
  }
  const asked = new Set(urls.map(hostOf)).size;
  const needed = agree ?? asked;
  if (agree === undefined && asked < 2) throw new CatnixError("LIGHT_TRUST_MISSING", { hosts: asked });
  if (needed > asked) throw new CatnixError("LIGHT_AGREE_TOO_MANY", { needed, asked });
  const { chains, problems } = await connectAll(context, urls, chainId);
  if (chains.length === 0 && problems.length === 1) throw problems[0]!;
  const onDissent = (url: string, reason: string) => context.note(`${url} does not agree: ${reason}`);
  return agreeOnBlock(chains, { needed, asked, problems, onDissent });
}

async function connectAll(
  context: Context,
  urls: readonly string[],
  chainId: number,
): Promise<{ chains: Chain[]; problems: CatnixError[] }> {
  const { signal } = context;
  const results = await Promise.allSettled(urls.map((url) => connectChain(url, chainId, { signal })));
  const chains = results.flatMap((result) => (result.status === "fulfilled" ? context.keep(result.value) : []));
  signal.throwIfAborted();
  const problems = results.flatMap((result) => {
    if (result.status === "fulfilled") return [];
    if (!isCatnixError(result.reason)) throw result.reason;
    return result.reason;
  });
  for (const problem of problems) context.note(`left out: ${problem.message}`);
  return { chains, problems };
}
