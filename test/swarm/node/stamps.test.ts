import { Bee } from "@ethersphere/bee-js";
import { expect } from "chai";
import { countChunks } from "../../../src/bmt/count-chunks.js";
import { BeeEndpoint } from "../../../src/swarm/bee-endpoint.js";
import { BeeStore } from "../../../src/swarm/bee-store.js";
import { createSwarmNode } from "../../../src/swarm/node/create-swarm-node.js";
import { readNodeFacts } from "../../../src/swarm/node-facts.js";
import { readBuckets, readStamp } from "../../../src/swarm/postage/stamps.js";
import { codeOf } from "../../support/code-of.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import { startNode } from "../../support/start-node.js";

describe("the embedded node's postage batches", () => {
  let node: Awaited<ReturnType<typeof startNode>>;
  let bee: Bee;
  before(async () => {
    node = await startNode();
    bee = new Bee(node.url);
  });
  after(() => node.close());

  it("are bought and listed by bee-js", async () => {
    const id = await bee.createPostageBatch("600000000", 20, { label: "mine", waitForUsable: true });
    const batch = await bee.getPostageBatch(id);
    expect([batch.depth, batch.label, batch.usable, batch.immutableFlag]).to.deep.equal([20, "mine", true, true]);
    expect(batch.utilization).to.equal(0);
    expect(batch.duration.toSeconds()).to.equal((600_000_000 / 24_000) * 5);
    await bee.createPostageBatch("600000000", 17, { immutableFlag: false });
    const all = await bee.getPostageBatches();
    expect(all.map((one) => [one.depth, one.immutableFlag])).to.deep.equal([
      [20, true],
      [17, false],
    ]);
  });

  it("count what they pay for, and outlive the node", async () => {
    const batchId = (await bee.createPostageBatch("600000000", 20)).toHex();
    const store = new BeeStore({ url: node.url, batchId });
    const endpoint = new BeeEndpoint({ url: node.url });
    await store.write(pseudoRandomBytes(100_000, 1));
    const stamp = await readStamp(endpoint, batchId);
    expect(stamp).to.include({ bucketSize: 16, depth: 20, immutable: true, usable: true });
    expect(stamp!.fullestBucket).to.be.within(1, 3);
    await store.write(pseudoRandomBytes(100_000, 1)); // nothing new
    expect((await readStamp(endpoint, batchId))!.fullestBucket).to.equal(stamp!.fullestBucket);

    const again = createSwarmNode({ file: node.file });
    const other = new BeeEndpoint({ url: "http://swarm.invalid", fetch: (request) => again.fetch(request) });
    expect(await readStamp(other, batchId)).to.deep.equal(stamp);
    again.close();
  });

  it("are full when one bucket is: an immutable one refuses, a mutable one goes on", async () => {
    const bytes = pseudoRandomBytes(16 << 20, 2); // four thousand chunks in 65,536 buckets of two
    const [small, mutable] = [
      await bee.createPostageBatch("600000000", 17),
      await bee.createPostageBatch("600000000", 17, { immutableFlag: false }),
    ];
    const write = (batchId: string) => new BeeStore({ url: node.url, batchId, retries: 0 }).write(bytes);
    expect(await codeOf(() => write(small.toHex()))).to.equal("SWARM_BATCH_FULL");
    await write(mutable.toHex());
    const found = await readStamp(new BeeEndpoint({ url: node.url }), mutable.toHex());
    expect(found).to.include({ fullestBucket: 2, bucketSize: 2, immutable: false });
  });

  it("are topped up, diluted and shown bucket by bucket, by bee-js", async () => {
    const id = await bee.createPostageBatch("600000000", 18);
    await bee.topUpBatch(id, "600000000");
    expect((await bee.getPostageBatch(id)).amount).to.equal("1200000000");
    await bee.diluteBatch(id, 19);
    const diluted = await bee.getPostageBatch(id);
    expect([diluted.depth, diluted.duration.toSeconds()]).to.deep.equal([19, (600_000_000 / 24_000) * 5]);
    await new BeeStore({ url: node.url, batchId: id.toHex() }).write(pseudoRandomBytes(1_000_000, 5));
    const { buckets, bucketUpperBound } = await bee.getPostageBatchBuckets(id);
    const counts = buckets.map(({ collisions }) => collisions);
    expect([buckets.length, bucketUpperBound]).to.deep.equal([65_536, 8]);
    expect(counts.reduce((sum, one) => sum + one)).to.equal(countChunks(1_000_000));
    const seen = await readBuckets(new BeeEndpoint({ url: node.url }), id.toHex());
    expect([seen!.size, [...seen!.used]]).to.deep.equal([8, counts]);
    const patch = async (path: string) => (await fetch(`${node.url}/stamps/${path}`, { method: "PATCH" })).status;
    const hex = id.toHex();
    const unknown = "ab".repeat(32);
    expect([await patch(`dilute/${hex}/19`), await patch(`dilute/${hex}/42`), await patch("topup/x/1")]).to.deep.equal([
      ...[400, 400, 400],
    ]);
    expect([
      await patch(`topup/${hex}/0`),
      await patch(`topup/${unknown}/1`),
      await patch(`dilute/${unknown}/20`),
    ]).to.deep.equal([400, 500, 500]);
    expect(await readBuckets(new BeeEndpoint({ url: node.url }), unknown)).to.equal(undefined);
    for (const path of [`dilute/x/20`, `dilute/${hex}/x`]) expect(await patch(path)).to.equal(400);
    expect((await fetch(`${node.url}/stamps/xyz/buckets`)).status).to.equal(400);
  });

  it("are refused where Swarm has none such, and not found where they are not there", async () => {
    for (const path of ["1/16", "1/42", "0/20", "x/20", "1/x"])
      expect((await fetch(`${node.url}/stamps/${path}`, { method: "POST" })).status, path).to.equal(400);
    expect((await fetch(`${node.url}/stamps/xyz`)).status).to.equal(400);
    expect((await fetch(`${node.url}/stamps/${"ab".repeat(32)}`)).status).to.equal(404);
    expect(await readStamp(new BeeEndpoint({ url: node.url }), "ab".repeat(32))).to.equal(undefined);
  });

  it("are not needed: uploads may name any batch", async () => {
    const store = new BeeStore({ url: node.url, batchId: "cd".repeat(32) });
    expect((await store.write(new Uint8Array(5))).size).to.equal(5);
    expect(await readNodeFacts(new BeeEndpoint({ url: node.url }))).to.include({ version: "catnix", ready: true });
  });
});
