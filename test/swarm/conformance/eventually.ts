import { setTimeout as sleep } from "node:timers/promises";
import type { BeeStore } from "../../../src/swarm/bee-store.js";

/** What the parts of the suite that write owned chunks, feeds and sites need of a backend. */
export interface OwnedBackend {
  readonly capabilities: { readonly peers: boolean; readonly chain: boolean };
  readonly url: string;
  readonly readUrl: string;
  readonly batchId: string;
  readonly writer: BeeStore;
  readonly reader: BeeStore;
}

/**
 * How long a network may take until each of its nodes gives what was pushed last. A Bee that was asked too early remembers for a
 * minute which of its peers had nothing (`skiplistDur`, pkg/retrieval).
 */
const PATIENCE_MS = 90_000;

/** Runs `check` until it throws nothing, at once where the backend is one node: a network may give an old version first. */
export async function eventually<T>({ capabilities }: OwnedBackend, check: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + (capabilities.peers ? PATIENCE_MS : 0);
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() >= deadline) throw error;
      await sleep(250);
    }
  }
}
