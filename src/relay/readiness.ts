import { isCatnixError } from "../errors/catnix-error.js";
import type { IndexHealth } from "../index/index-health.js";
import type { IndexReader } from "../index/index-reader.js";

/** Whether the relay answers from a complete and current index. */
export interface Readiness {
  readonly ready: boolean;
  /** Why not. */
  readonly reason?: string;
  /** The last block whose batches are in the index. */
  readonly block?: number;
  readonly seq?: number;
  /** 64 hex digits: the CAT's Swarm address. */
  readonly root?: string;
  /** Blocks between the chain's latest one and the index. */
  readonly lag?: number;
  /** Approved records that Swarm does not have at the moment; their paths are answered with 404. */
  readonly missingRecords?: number;
}

/** An index that cannot be read is one that is not ready: nothing is thrown. */
export function readReadiness(index: IndexReader, { chainBlock, halted, stale }: IndexHealth): Readiness {
  try {
    const cursor = index.cursor();
    if (cursor === undefined) return { ready: false, reason: "the index has no complete root yet" };
    const { block, seq, cat } = cursor;
    const reason = halted === undefined ? stale && `stale: ${stale}` : `halted: ${halted}`;
    return {
      ready: reason === undefined,
      ...(reason !== undefined && { reason }),
      ...{ block, seq, root: cat.root },
      ...(chainBlock !== undefined && { lag: Math.max(0, chainBlock - block) }),
      missingRecords: index.countMissingRecords(),
    };
  } catch (error) {
    if (!isCatnixError(error)) throw error;
    return { ready: false, reason: error.code };
  }
}
