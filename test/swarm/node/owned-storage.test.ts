import { join } from "node:path";
import { expect } from "chai";
import { SigningKey } from "ethers";
import { makeChunk } from "../../../src/bmt/chunk.js";
import { toHex } from "../../../src/encoding/hex.js";
import { makeReferenceUpdate, topicOf } from "../../../src/owned/feed.js";
import { makeOwnedChunk } from "../../../src/owned/owned-chunk.js";
import { ownerOf } from "../../../src/owned/signature.js";
import { BeeStore } from "../../../src/swarm/bee-store.js";
import { readFeed, updateFeed } from "../../../src/swarm/feeds.js";
import { createSwarmNode } from "../../../src/swarm/node/create-swarm-node.js";
import { codeOf } from "../../support/code-of.js";
import { damageChunk } from "../../support/damage-chunk.js";
import { startFaultProxy } from "../../support/fault-proxy.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import { startNode } from "../../support/start-node.js";
import { makeTempFolder } from "../../support/temp-folder.js";
import { wellKnownKey } from "../../support/well-known-key.js";

const batchId = "00".repeat(32);
const key = new SigningKey(wellKnownKey(1));
const owner = ownerOf(key);
const id = pseudoRandomBytes(32, 1);
const sign = (size: number) => makeOwnedChunk(key, id, makeChunk(size, pseudoRandomBytes(size, size)));

describe("owned chunks in the embedded node", () => {
  let node: Awaited<ReturnType<typeof startNode>>;
  let store: BeeStore;
  beforeEach(async () => {
    node = await startNode();
    store = new BeeStore({ url: node.url, batchId, retries: 0 });
  });
  afterEach(() => node.close());

  it("take the room of the one that is there", async () => {
    for (const size of [4000, 10, 300]) {
      await store.putOwned(sign(size));
      expect(node.node.stats()).to.include({ chunks: 1, bytes: 105 + size });
    }
    expect(node.node.stats().newChunks).to.equal(3);
    await store.putOwned(sign(300));
    expect(node.node.stats()).to.include({ chunks: 1, bytes: 405, newChunks: 3 });
  });

  it("stay over a restart", async () => {
    const folder = await makeTempFolder();
    try {
      const file = join(folder.path, "chunks.db");
      for (let run = 0; run < 2; run++) {
        const own = createSwarmNode({ file });
        const local = new BeeStore({ url: "http://swarm.invalid", batchId, fetch: (asked) => own.fetch(asked) });
        if (run === 0) await local.putOwned(sign(50));
        expect(toHex((await local.getOwned(owner, id)).data)).to.equal(toHex(sign(50).data));
        own.close();
      }
    } finally {
      await folder.remove();
    }
  });

  it("are missing where the disk damaged them, until someone brings them again", async () => {
    const chunk = sign(500);
    await store.putOwned(chunk);
    damageChunk(node.file, chunk.address);
    expect(await codeOf(() => store.getOwned(owner, id))).to.equal("SWARM_NOT_FOUND");
    await store.putOwned(chunk);
    expect(toHex((await store.getOwned(owner, id)).data)).to.equal(toHex(chunk.data));
  });

  it("are no files", async () => {
    const address = await store.putOwned(sign(50));
    expect(await codeOf(() => store.read(address))).to.equal("SWARM_NOT_FOUND");
    expect(await store.has(address)).to.equal(false);
    for (const path of ["bytes", "bzz"])
      expect(
        (await fetch(`${node.url}/${path}/${address}/`.replace(/\/$/, path === "bzz" ? "/" : ""))).status,
      ).to.equal(404);
  });

  it("of two writers at once leave one whole", async () => {
    const sizes = [100, 200, 300, 400];
    await Promise.all(sizes.map((size) => store.putOwned(sign(size))));
    const { data } = await store.getOwned(owner, id);
    expect(sizes.map((size) => toHex(sign(size).data))).to.include(toHex(data));
    expect(node.node.stats()).to.include({ chunks: 1, bytes: data.length });
  });

  it("come from peers, each time anew, and are not believed", async () => {
    const proxy = await startFaultProxy(node.url);
    const reader = await startNode({ peers: [proxy.url] });
    try {
      const far = new BeeStore({ url: reader.url, retries: 0 });
      for (const size of [100, 200]) {
        await store.putOwned(sign(size));
        expect((await far.getOwned(owner, id)).wrapped.data).to.have.length(8 + size);
      }
      await new Promise((resolve) => setTimeout(resolve, 80));
      expect(reader.node.stats().chunks).to.equal(0);
      proxy.rule = () => ({ kind: "flip", at: 150 });
      expect(await codeOf(() => far.getOwned(owner, id))).to.equal("SWARM_NOT_FOUND");
    } finally {
      await reader.close();
      await proxy.close();
    }
  });

  it("of a feed come from peers, too", async () => {
    const reader = await startNode({ peers: [node.url] });
    try {
      const feed = { owner, topic: topicOf("far") };
      const { address } = await store.write(Buffer.from("far away"));
      await updateFeed(store, key, feed.topic, makeReferenceUpdate(Buffer.from(address, "hex"), 1));
      expect((await readFeed(new BeeStore({ url: reader.url }), feed)).index).to.equal(0);
      const response = await fetch(`${reader.url}/feeds/${toHex(owner)}/${toHex(feed.topic)}`);
      expect([response.status, await response.text()]).to.deep.equal([200, "far away"]);
    } finally {
      await reader.close();
    }
  });

  it("of a feed hold content, where what 40 bytes would name is nowhere", async () => {
    const topic = topicOf("forty");
    await updateFeed(store, key, topic, makeReferenceUpdate(pseudoRandomBytes(32, 9), 7));
    const response = await fetch(`${node.url}/feeds/${toHex(owner)}/${toHex(topic)}`);
    expect([response.status, (await response.bytes()).length]).to.deep.equal([200, 40]);
    expect(response.headers.get("swarm-feed-resolved-version")).to.equal("v2");
  });

  it("are stored by the batch that pays for them", async () => {
    const order = await fetch(`${node.url}/stamps/1/17`, { method: "POST" });
    const { batchID } = (await order.json()) as { batchID: string };
    const payer = new BeeStore({ url: node.url, batchId: batchID });
    await payer.putOwned(sign(10));
    const read = async () =>
      ((await (await fetch(`${node.url}/stamps/${batchID}`)).json()) as { utilization: number }).utilization;
    expect(await read()).to.equal(1);
    await payer.putOwned(sign(20));
    expect(await read()).to.equal(1); // as with a Bee, which stamps it anew in the same place
  });
});
