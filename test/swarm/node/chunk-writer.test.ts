import { expect } from "chai";
import { join } from "node:path";
import { makeChunk } from "../../../src/bmt/chunk.js";
import { isCatnixError } from "../../../src/errors/catnix-error.js";
import { ChunkDatabase } from "../../../src/swarm/node/chunk-database.js";
import { ChunkWriter } from "../../../src/swarm/node/chunk-writer.js";
import { codeOf } from "../../support/code-of.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import { makeTempFolder } from "../../support/temp-folder.js";

const chunkOf = (seed: number) => makeChunk(4096, pseudoRandomBytes(4096, seed));

/** Counts transactions, which are what uploads wait for. */
class CountingDatabase extends ChunkDatabase {
  transactions = 0;

  override transaction<T>(work: () => T): T {
    this.transactions++;
    return super.transaction(work);
  }
}

describe("ChunkWriter", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let database: CountingDatabase;
  const open = (maxBytes?: number) => (database = new CountingDatabase(join(folder.path, "chunks.db"), maxBytes));
  beforeEach(async () => (folder = await makeTempFolder()));
  afterEach(async () => {
    database.close();
    await folder.remove();
  });

  it("stores uploads of the same moment in one transaction, and tells each what was new of its own", async () => {
    const writer = new ChunkWriter(open());
    const [a, b, c] = [chunkOf(1), chunkOf(2), chunkOf(3)];
    const counts = await Promise.all([writer.put([a, b]), writer.put([b, c]), writer.put([]), writer.put([a])]);
    expect(counts).to.deep.equal([2, 1, 0, 0]);
    expect(database.transactions).to.equal(1);
    expect(database.totals().chunks).to.equal(3);
    expect(await writer.put([chunkOf(4)])).to.equal(1);
    expect(database.transactions).to.equal(2);
  });

  it("stores the others where one does not fit: SWARM_NODE_FULL", async () => {
    const writer = new ChunkWriter(open(60 * 4096));
    const large = Array.from({ length: 100 }, (_, seed) => chunkOf(100 + seed));
    const results = await Promise.allSettled([writer.put([chunkOf(1)]), writer.put(large), writer.put([chunkOf(2)])]);
    const codes = results.map((one) => {
      if (one.status === "fulfilled") return one.value;
      return isCatnixError(one.reason) ? one.reason.code : String(one.reason);
    });
    expect(codes).to.deep.equal([1, "SWARM_NODE_FULL", 1]);
    expect(database.get(chunkOf(2).address)).to.deep.equal(chunkOf(2).data);
    expect(database.totals().chunks).to.equal(2);
  });

  it("refuses the upload whose postage batch is full, and stores the others: SWARM_BATCH_FULL", async () => {
    const writer = new ChunkWriter(open());
    const order = { depth: 17, amount: 1n, label: "", immutable: true }; // two chunks a bucket
    const batch = database.withStamps((stamps) => stamps.buy(order));
    const { address } = chunkOf(1);
    const alike = [1, 2, 3].map((at) => ({
      address: Buffer.concat([address.subarray(0, 31), Buffer.of(at)]),
      data: chunkOf(at).data,
    }));
    const results = await Promise.allSettled([writer.put(alike, batch), writer.put([chunkOf(4)], batch)]);
    expect(results.map(({ status }) => status)).to.deep.equal(["rejected", "fulfilled"]);
    expect(await codeOf(() => writer.put(alike, batch))).to.equal("SWARM_BATCH_FULL");
    expect(database.totals().chunks).to.equal(1);
    expect(await writer.put(alike)).to.equal(3); // another batch pays
  });

  it("says what is wrong with the storage: SWARM_NODE_STORAGE", async () => {
    const writer = new ChunkWriter(open());
    const failed = writer.put([chunkOf(1)]);
    database.close();
    expect(await failed.catch((error: unknown) => isCatnixError(error) && error.code)).to.equal("SWARM_NODE_STORAGE");
  });
});
