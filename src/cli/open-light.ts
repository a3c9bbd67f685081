import { requireRegistry } from "../config/load.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { requireYoung } from "../registry/block-age.js";
import { type Chain, connectChain } from "../registry/connect.js";
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
  const urls = distinct(options.rpc ?? [chain.rpcUrl, ...light.rpcUrls]);
  const needed = options.blockHash === undefined ? neededOf(urls.length, options.agree ?? light.agree) : 1;
  const { chains, problems } = await connectAll(context, urls, id.chainId);
  if (chains.length < needed) throw failed(problems, chains, needed);
  const trusted = await trust(context, { chains, asked: urls.length, needed }, options);
  const limit = options.maxAge ?? light.maxAgeSeconds;
  const age = requireYoung(trusted.header, limit === "any" ? undefined : limit, Date.now() / 1000);
  const { finality, deploymentBlock, logRange } = chain;
  let acts = 0;
  const onAct = (seq: number) => {
    if (++acts % QUIET_ACTS === 0) context.note(`followed the acts back to ${seq}`);
  };
  const follow = { finality, deploymentBlock, logRange, onAct };
  const view = await LightView.open({ chains, id, trusted, codeHash: light.codeHash, ...follow });
  return { view, age };
}

/** One endpoint counts once, however its URL is spelled. */
function distinct(urls: readonly string[]): string[] {
  return [...new Set(urls.map((url) => new URL(url).href))];
}

function neededOf(asked: number, agree: number | undefined): number {
  if (agree === undefined && asked < 2) throw new CatnixError("LIGHT_TRUST_MISSING", { endpoints: asked });
  const needed = agree ?? asked;
  if (needed > asked) throw new CatnixError("LIGHT_AGREE_TOO_MANY", { needed, asked });
  return needed;
}

async function connectAll(
  context: Context,
  urls: readonly string[],
  chainId: number,
): Promise<{ chains: Chain[]; problems: CatnixError[] }> {
  const { signal } = context;
  const connecting = Promise.allSettled(urls.map((url) => connectChain(url, chainId, { signal })));
  const results = await context.wait(urls.length === 1 ? "the RPC endpoint" : "the RPC endpoints", connecting);
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

function failed(problems: readonly CatnixError[], chains: readonly Chain[], needed: number): CatnixError {
  const [only] = problems;
  if (only && chains.length + problems.length === 1) return only;
  const found = [...chains.map(({ rpcUrl }) => `${rpcUrl}: answers`), ...problems.map(({ message }) => message)];
  return new CatnixError("BLOCK_NOT_AGREED", { needed, asked: found.length, found });
}

async function trust(
  context: Context,
  { chains, asked, needed }: { chains: readonly Chain[]; asked: number; needed: number },
  { blockHash }: LightOptions,
): Promise<TrustedBlock> {
  if (blockHash !== undefined) return readTrustedBlock(chains, blockHash);
  const onDissent = (url: string, reason: string) => context.note(`${url} does not agree: ${reason}`);
  return agreeOnBlock(chains, { needed, asked, onDissent });
}
