import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { type BlockHeader, requireBlockHeader } from "../state-proof/block-header.js";
import { askChain } from "./ask-chain.js";
import type { Chain } from "./connect.js";
import { hostOf } from "./endpoint-host.js";
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
  /** All endpoints, those first that gave it: the others may hang, lag or lie. */
  readonly chains: readonly Chain[];
}

export interface AgreeOptions {
  /** Hosts that have to agree, 1 to as many as are asked. */
  readonly needed: number;
  /** Hosts that there should be, where not all of them are there. */
  readonly asked?: number | undefined;
  /** Why others are not there. */
  readonly problems?: readonly CatnixError[];
  /** Told of each endpoint that did not agree, and why. */
  readonly onDissent?: ((url: string, reason: string) => void) | undefined;
}

/**
 * The header of a block whose hash is known, from the first endpoint that has it: its fields hash to that.
 * @param hash `0x` and 64 lower-case hex digits
 * @throws CatnixError BLOCK_UNKNOWN, BLOCK_HEADER_INVALID, BLOCK_HEADER_MISMATCH, RPC_UNAVAILABLE, RPC_ANSWER_INVALID
 */
export async function readTrustedBlock(chains: readonly Chain[], hash: string): Promise<TrustedBlock> {
  const { header, from } = await firstOf(chains, async (chain) => {
    const answer = await ask(chain, "eth_getBlockByHash", [hash, false]);
    if (answer === null) throw new CatnixError("BLOCK_UNKNOWN", { url: chain.rpcUrl, block: hash });
    return { header: requireBlockHeader(answer, hash), from: chain };
  });
  return { header, trust: { by: "hash" }, chains: putFirst([from], chains) };
}

/**
 * The newest block that so many endpoints have in common, as far as their latest ones are not too far apart. Fewer than so many
 * cannot make one up: it is looked for from the highest number on that so many say they have. Of each host one endpoint is asked:
 * more could not say anything else.
 * @throws CatnixError LIGHT_AGREE_TOO_MANY, BLOCK_NOT_AGREED
 */
export async function agreeOnBlock(chains: readonly Chain[], options: AgreeOptions): Promise<TrustedBlock> {
  const hosts = onePerHost(chains);
  const { needed, asked = hosts.length, problems = [], onDissent } = options;
  if (needed > asked) throw new CatnixError("LIGHT_AGREE_TOO_MANY", { needed, asked });
  let answers = await Promise.all(hosts.map((chain) => askHeader(chain, "latest")));
  for (const number of listCandidates(answers, needed)) {
    const again = async (answer: Answer) => (mayKnow(answer) ? askHeader(answer.chain, number) : answer);
    answers = await Promise.all(answers.map(again));
    const agreeing = findAgreeing(answers, needed);
    const header = agreeing?.[0]?.header;
    if (!agreeing || !header) continue;
    for (const answer of answers) if (!agreeing.includes(answer)) onDissent?.(answer.chain.rpcUrl, describe(answer));
    const first = agreeing.map(({ chain }) => chain);
    const agreed = first.map(({ rpcUrl }) => rpcUrl);
    return { header, trust: { by: "agreement", agreed, asked, needed }, chains: putFirst(first, chains) };
  }
  const said = answers.map((answer) => `${answer.chain.rpcUrl}: ${describe(answer)}`);
  const found = [...said, ...problems.map(({ message }) => message)];
  throw new CatnixError("BLOCK_NOT_AGREED", { needed, asked, found });
}

/** What an endpoint says of a block. */
interface Answer {
  readonly chain: Chain;
  readonly header?: BlockHeader;
  /** Where there is no header. */
  readonly problem?: CatnixError;
}

function onePerHost(chains: readonly Chain[]): Chain[] {
  const hosts = chains.map(({ rpcUrl }) => hostOf(rpcUrl));
  return chains.filter((_, at) => hosts.indexOf(hosts[at]!) === at);
}

/** Numbers of blocks that enough of them may have, the highest first. */
function listCandidates(latest: readonly Answer[], needed: number): number[] {
  const heads = latest.flatMap(({ header }) => header?.number ?? []).sort((a, b) => b - a);
  const near = heads.slice(needed - 1).flatMap((head) => Array.from({ length: BACK }, (_, back) => head - back));
  const numbers = [...new Set(near)].filter((number) => number >= 0);
  return numbers.sort((a, b) => b - a).slice(0, MAX_TRIES);
}

/** Those that have the same block; nobody where two blocks have enough each, as then some lie and nothing says who. */
function findAgreeing(answers: readonly Answer[], needed: number): Answer[] | undefined {
  const groups = Map.groupBy(answers, ({ header }) => header?.hash);
  groups.delete(undefined);
  const [first, ...others] = [...groups.values()].filter((group) => group.length >= needed);
  return others.length === 0 ? first : undefined;
}

/** Whoever is only behind may know another block; whoever hangs is waited for once. */
function mayKnow({ problem }: Answer): boolean {
  return problem === undefined || isCatnixError(problem, "BLOCK_UNKNOWN");
}

/**
 * The block's hash is computed: two endpoints that agree on it agree on all of its header. That it is also what they call it shows
 * that this is all of the header, and not what some chain has of it in common with Ethereum's.
 */
async function askHeader(chain: Chain, block: number | "latest"): Promise<Answer> {
  const tag = block === "latest" ? block : `0x${block.toString(16)}`;
  try {
    const answer = await ask(chain, "eth_getBlockByNumber", [tag, false]);
    if (answer === null) throw new CatnixError("BLOCK_UNKNOWN", { url: chain.rpcUrl, block: tag });
    const header = requireBlockHeader(answer, String((answer as { hash?: unknown }).hash).toLowerCase());
    if (block === "latest" || header.number === block) return { chain, header };
    throw new CatnixError("RPC_ANSWER_INVALID", { url: chain.rpcUrl, reason: `block ${header.number} for ${block}` });
  } catch (problem) {
    chain.signal?.throwIfAborted();
    if (!isCatnixError(problem)) throw problem;
    return { chain, problem };
  }
}

function describe({ header, problem }: Answer): string {
  return header ? `block ${header.number} is ${header.hash}` : (problem?.message ?? "");
}

function putFirst(first: readonly Chain[], chains: readonly Chain[]): Chain[] {
  return [...new Set([...first, ...chains])];
}

function ask(chain: Chain, method: string, params: unknown[]): Promise<unknown> {
  return askChain(chain, () => chain.provider.send(method, params) as Promise<unknown>);
}
