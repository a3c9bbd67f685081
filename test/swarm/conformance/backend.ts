import { BeeStore } from "../../../src/swarm/bee-store.js";

/**
 * In what backends differ by their nature. The suite holds each to what it states: a test is never left out for a trait, it
 * expects something else.
 */
export interface Capabilities {
  /** Other nodes to push chunks to: uploads may be direct, and what is read comes from another node than the one written to. */
  readonly peers: boolean;
  /** Batches are bought on a chain: an unknown one is refused, a new one takes some blocks. Else any 32 bytes pay. */
  readonly chain: boolean;
}

/** What the suite runs against: one endpoint, or several of one network. */
export interface Backend {
  readonly capabilities: Capabilities;
  /** The node that takes uploads; it owns `batchId`. */
  readonly url: string;
  /** The node that is read from: another one where there are several. */
  readonly readUrl: string;
  /** A batch that no test fills. */
  readonly batchId: string;
  /** A further batch of the same node. @param order.wait until it is usable; yes where not given */
  buyBatch(order: { depth: number; immutable?: boolean; wait?: boolean }): Promise<string>;
  close(): Promise<void>;
}

/** A backend once `before` has started it: what the parts of the suite are given while mocha collects their tests. */
export interface BackendUnderTest extends Omit<Backend, "close"> {
  /** Writes by `url`, and waits for peers where there are some: what it has written can be read anywhere. */
  readonly writer: BeeStore;
  /** Reads by `readUrl`. */
  readonly reader: BeeStore;
}

/** How long a node may look for one chunk. */
const RETRIEVAL_SECONDS = 2;

/** @param started throws before the backend is there */
export function underTest(capabilities: Capabilities, started: () => Backend): BackendUnderTest {
  let stores: { writer: BeeStore; reader: BeeStore } | undefined;
  const open = () => {
    const { url, readUrl, batchId } = started();
    const deferred = !capabilities.peers;
    return (stores ??= {
      writer: new BeeStore({ url, batchId, deferred, retrievalSeconds: RETRIEVAL_SECONDS }),
      reader: new BeeStore({ url: readUrl, retrievalSeconds: RETRIEVAL_SECONDS }),
    });
  };
  return {
    capabilities,
    get url() {
      return started().url;
    },
    get readUrl() {
      return started().readUrl;
    },
    get batchId() {
      return started().batchId;
    },
    get writer() {
      return open().writer;
    },
    get reader() {
      return open().reader;
    },
    buyBatch: (order) => started().buyBatch(order),
  };
}
