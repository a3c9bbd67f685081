import { expect } from "chai";
import { zstdCompressSync } from "node:zlib";
import { checkNarOf } from "../../src/consortium/check-nar.js";
import type { ReadOptions } from "../../src/swarm/content-store.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { codeOf } from "../support/code-of.js";
import { makeRecord } from "../support/fill-index.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { startNode } from "../support/start-node.js";
import { narOf, sha256 } from "./support/consortium.js";

/** Counts what is read of a file, and whether its reader closed it. */
class CountingStore extends BeeStore {
  bytes = 0;
  open = 0;

  override async read(address: string, options?: ReadOptions) {
    const { size, body } = await super.read(address, options);
    return { size, body: this.#count(body) };
  }

  async *#count(body: AsyncIterable<Uint8Array>) {
    this.open++;
    try {
      for await (const piece of body) {
        this.bytes += piece.length;
        yield piece;
      }
    } finally {
      this.open--;
    }
  }
}

describe("checkNarOf", () => {
  const nar = narOf(pseudoRandomBytes(24 << 20));
  const zstd = zstdCompressSync(nar);
  let node: Awaited<ReturnType<typeof startNode>>;
  let store: CountingStore;
  before(async () => {
    node = await startNode();
    await new BeeStore({ url: node.url, batchId: "0".repeat(64) }).write(zstd);
  });
  after(() => node.close());
  beforeEach(() => {
    store = new CountingStore({ url: node.url, retries: 0 });
  });
  const file = { ...makeRecord("big", zstd), compression: "zstd", narHash: sha256(nar), narSize: nar.length } as const;

  it("reads a file once, to its end", async () => {
    await checkNarOf(file, store);
    expect([store.bytes, store.open]).to.deep.equal([zstd.length, 0]);
  });

  it("stops soon after NarSize, and closes the file", async () => {
    expect(await codeOf(() => checkNarOf({ ...file, narSize: 1000 }, store))).to.equal("NAR_FILE_INVALID");
    expect(store.bytes).to.be.below(4 << 20);
    await new Promise(setImmediate);
    expect(store.open).to.equal(0);
  });

  it("stops at the first fault of the structure, and closes the file", async () => {
    const text = zstdCompressSync(Buffer.from(pseudoRandomBytes(24 << 20, 2)));
    await new BeeStore({ url: node.url, batchId: "0".repeat(64) }).write(text);
    const record = { ...file, ...makeRecord("big", text), compression: "zstd", narSize: 24 << 20 } as const;
    expect(await codeOf(() => checkNarOf(record, store))).to.equal("NAR_FILE_INVALID");
    expect(store.bytes).to.be.below(4 << 20);
    await new Promise(setImmediate);
    expect(store.open).to.equal(0);
  });
});
