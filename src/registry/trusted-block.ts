import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { type BlockHeader, parseBlockHeader, requireBlockHeader } from "../state-proof/block-header.js";
import { askChain } from "./ask-chain.js";
import type { Chain } from "./connect.js";
import { firstOf } from "./first-of.js";

/** Blocks that are tried at most. */
const MAX_TRIES = 12;
/** Blocks that an endpoint may have to give up when the chain's head moves: so far back from each head is looked. */
const BACK = 3;

/** Why a block is believed to be the chain's. */
export type BlockTrust =
  | { readonly by: "hash" }
  /** So many of those endpoints that were asked have it at its number. */
  | { readonly by: "agreement"; readonly agreed: readonly string[]; readonly asked: number; readonly needed: number };

/** A block that everything else is held against. */
export interface TrustedBlock {
  readonly header: BlockHeader;
  readonly trust: BlockTrust;
}

export interface AgreeOptions {
  readonly needed: number;
  readonly asked?: number | undefined;
  readonly onDissent?: ((url: string, reason: string) => void) | undefined;
}

/**
 * The header of a block whose hash is known, from the first endpoint that has it: its fields hash to that.
 * @param hash `0x` and 64 lower-case hex digits
 * @throws CatnixError BLOCK_UNKNOWN, BLOCK_HEADER_INVALID, BLOCK_HEADER_MISMATCH, RPC_UNAVAILABLE, RPC_ANSWER_INVALID
 */
export async function readTrustedBlock(chains: readonly Chain[], hash: string): Promise<TrustedBlock> {
  const header = await firstOf(chains, async (chain) => {
    const answer = await ask(chain, "eth_getBlockByHash", [hash, false]);
    if (answer === null) throw new CatnixError("BLOCK_UNKNOWN", { url: chain.rpcUrl, block: hash });
    return requireBlockHeader(answer, hash);
  });
  return { header, trust: { by: "hash" } };
}

/**
 * The newest block that so many endpoints have in common, as far as their latest ones are not too far apart. Fewer than so many
 * cannot make one up: it is looked for from the highest number on that so many say they have.
 * @param options.needed endpoints that have to agree, 1 to as many as were asked
 * @param options.asked endpoints that there should be, where not all of them are there
 * @param options.onDissent told of each endpoint that did not agree, and why
 * @throws CatnixError LIGHT_AGREE_TOO_MANY, BLOCK_NOT_AGREED
 */
export async function agreeOnBlock(chains: readonly Chain[], options: AgreeOptions): Promise<TrustedBlock> {
  const { needed, asked = chains.length, onDissent } = options;
  if (needed > asked) throw new CatnixError("LIGHT_AGREE_TOO_MANY", { needed, asked });
  const latest = await Promise.all(chains.map((chain) => attempt(() => readHeaderAt(chain, "latest"))));
  const numbers = latest.flatMap((it) => ("found" in it ? it.found.number : [])).sort((a, b) => b - a);
  const near = numbers.slice(needed - 1).flatMap((head) => Array.from({ length: BACK }, (_, back) => head - back));
  const candidates = [...new Set(near)].filter((number) => number >= 0).sort((a, b) => b - a);
  let answers = latest;
  for (const number of candidates.slice(0, MAX_TRIES)) {
    answers = await Promise.all(chains.map((chain) => attempt(() => readHeaderAt(chain, number))));
    const groups = Map.groupBy(answers.keys(), (at) => hashOf(answers[at]!));
    for (const [hash, members] of groups) {
      if (hash === undefined || members.length < needed) continue;
      const [first] = members.map((at) => answers[at]!);
      if (!first || !("found" in first)) continue;
      answers.forEach((answer, at) => {
        if (!members.includes(at)) onDissent?.(chains[at]!.rpcUrl, describe(answer));
      });
      const agreed = members.map((at) => chains[at]!.rpcUrl);
      return { header: first.found, trust: { by: "agreement", agreed, asked, needed } };
    }
  }
  const found = answers.map((answer, at) => `${chains[at]!.rpcUrl}: ${describe(answer)}`);
  throw new CatnixError("BLOCK_NOT_AGREED", { needed, asked, found });
}

type Attempt = { readonly found: BlockHeader } | { readonly problem: CatnixError };

/** The block's hash is computed: two endpoints that agree on it agree on all of its header. */
async function readHeaderAt(chain: Chain, block: number | "latest"): Promise<BlockHeader> {
  const tag = block === "latest" ? block : `0x${block.toString(16)}`;
  const answer = await ask(chain, "eth_getBlockByNumber", [tag, false]);
  if (answer === null) throw new CatnixError("BLOCK_UNKNOWN", { url: chain.rpcUrl, block: tag });
  const header = parseBlockHeader(answer);
  if (block === "latest" || header.number === block) return header;
  throw new CatnixError("RPC_ANSWER_INVALID", { url: chain.rpcUrl, reason: `block ${header.number} for ${block}` });
}

async function attempt(read: () => Promise<BlockHeader>): Promise<Attempt> {
  try {
    return { found: await read() };
  } catch (problem) {
    if (!isCatnixError(problem)) throw problem;
    return { problem };
  }
}

function hashOf(answer: Attempt): string | undefined {
  return "found" in answer ? answer.found.hash : undefined;
}

function describe(answer: Attempt): string {
  return "found" in answer ? `block ${answer.found.number} is ${answer.found.hash}` : answer.problem.message;
}

function ask(chain: Chain, method: string, params: unknown[]): Promise<unknown> {
  return askChain(chain, () => chain.provider.send(method, params) as Promise<unknown>);
}
