import type { Cat } from "../cat/tree.js";
import { EMPTY_CAT } from "../cat/tree.js";
import { CatnixError } from "../errors/catnix-error.js";
import type { Cursor } from "../index/index-reader.js";
import type { Withdrawal } from "../index/index-writer.js";
import { askChain } from "../registry/ask-chain.js";
import type { Chain } from "../registry/connect.js";
import type { EventReader } from "../registry/event-reader.js";
import { type BlockMark, type Finality, readBlock, readFinalBlock } from "../registry/finality.js";
import type { Registry } from "../registry/registry.js";
import { type BlockEvents, checkHistory, type Position } from "./check-history.js";

/** What one look at the chain showed; all of it agrees with the contract's own storage. */
export interface Look {
  readonly latest: BlockMark;
  /** The last block that is final, maybe one before the cursor's. */
  readonly final: BlockMark;
  /** Blocks after the cursor up to the final one that hold events. */
  readonly blocks: readonly BlockEvents[];
  /** At the final block, or at the cursor where that is later; undefined before the founding. */
  readonly position: Position | undefined;
  /** All after the cursor, up to the latest block. */
  readonly withdrawals: readonly Withdrawal[];
}

export interface LookOptions {
  readonly registry: Registry;
  readonly events: EventReader;
  readonly deploymentBlock: number;
  readonly finality: Finality;
  /** Where the last look ended: a latest block below it means that the endpoint lags. */
  readonly seenBlock: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads what happened to the registry since the cursor. A valid `eth_getLogs` answer that silently lacks a log, or holds
 * another one, is the worst that an endpoint does: nothing is believed before the hash chains of the events lead to what
 * the contract holds at the same block.
 * @returns undefined where the endpoint lags behind what it, or the index, has seen
 * @throws CatnixError RPC_UNAVAILABLE, RPC_WRONG_CHAIN, RPC_ANSWER_INVALID, REGISTRY_HISTORY_BROKEN, CHAIN_REORGANISED;
 * the reason of an aborted signal
 */
export async function lookAtChain(cursor: Cursor | undefined, options: LookOptions): Promise<Look | undefined> {
  const { registry, events, finality, deploymentBlock, seenBlock, signal } = options;
  const { chain, id } = registry;
  await requireChain(chain);
  const latest = await readBlock(chain, "latest");
  const final = await readFinalBlock(chain, finality, latest);
  if (latest.number < Math.max(seenBlock, cursor?.block ?? 0, final.number)) return undefined;
  if (cursor) await requireSameChain(chain, cursor);

  const from = cursor ? cursor.block + 1 : deploymentBlock;
  const found = await events.read({ from, to: latest.number }, signal);
  // What was read across a reorganisation fits together by luck only: nothing is concluded from it.
  if ((await readBlock(chain, latest.number)).hash !== latest.hash)
    throw answerInvalid(chain, `block ${latest.number} changed while it was read`);

  const blocks = checkHistory(id, cursor, found, chain.rpcUrl);
  const finalBlocks = blocks.filter(({ block }) => block <= final.number);
  const [atFinal, atLatest] = [finalBlocks.at(-1)?.position ?? cursor, blocks.at(-1)?.position ?? cursor];
  if (latest.number >= deploymentBlock) await requireState(registry, latest.number, blocks, cursor, atLatest);
  if (atFinal && final.number !== latest.number && final.number >= from)
    await requireState(registry, final.number, finalBlocks, cursor, atFinal);
  return { latest, final, blocks: finalBlocks, position: atFinal, withdrawals: blocks.flatMap(({ alarms }) => alarms) };
}

async function requireChain(chain: Chain): Promise<void> {
  const answer = await askChain(chain, () => chain.provider.send("eth_chainId", []) as Promise<unknown>);
  if (Number(answer) !== chain.chainId)
    throw new CatnixError("RPC_WRONG_CHAIN", { url: chain.rpcUrl, found: Number(answer), wanted: chain.chainId });
}

async function requireSameChain(chain: Chain, { block, blockHash }: Cursor): Promise<void> {
  const { hash } = await readBlock(chain, block);
  if (hash !== blockHash) throw new CatnixError("CHAIN_REORGANISED", { block, was: blockHash, is: hash });
}

/** Compares where the events led with the contract's storage at the same block. */
async function requireState(
  registry: Registry,
  block: number,
  blocks: readonly BlockEvents[],
  cursor: Cursor | undefined,
  position: Position | undefined,
): Promise<void> {
  const { chain } = registry;
  const state = await askChain(chain, () => registry.state(block));
  const { alarmHead, alarms } = await askChain(chain, () => registry.alarmState(block));
  const differs = (what: string, ours: string | number | undefined, theirs: string | number) =>
    answerInvalid(
      chain,
      `its events up to block ${block} lead to ${what} ${ours ?? "none"}, the contract holds ${theirs}`,
    );
  if (position?.head !== state.head) throw differs("the head", position?.head, state.head);
  if (position.seq !== state.seq) throw differs("act", position.seq, state.seq);
  if (position.alarmHead !== alarmHead) throw differs("the alarms' head", position.alarmHead, alarmHead);
  if (position.alarms !== alarms) throw differs("alarm", position.alarms, alarms);
  const cat: Cat =
    blocks.findLast(({ batches }) => batches.length > 0)?.batches.at(-1)?.batch ?? cursor?.cat ?? EMPTY_CAT;
  if (cat.root !== state.cat.root) throw differs("the root", cat.root, state.cat.root);
  if (cat.depth !== state.cat.depth) throw differs("depth", cat.depth, state.cat.depth);
}

function answerInvalid(chain: Chain, reason: string): CatnixError {
  return new CatnixError("RPC_ANSWER_INVALID", { url: chain.rpcUrl, reason });
}
