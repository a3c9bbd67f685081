import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { SigningKey } from "ethers";
import { makeChunk } from "../../src/bmt/chunk.js";
import { toHex } from "../../src/encoding/hex.js";
import { feedId, makeReferenceUpdate, topicOf } from "../../src/owned/feed.js";
import { makeOwnedChunk, ownedAddress } from "../../src/owned/owned-chunk.js";
import { ownerOf } from "../../src/owned/signature.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { readFeed, updateFeed } from "../../src/swarm/feeds.js";
import { codeOf } from "../support/code-of.js";
import { type Fault, type FaultProxy, startFaultProxy } from "../support/fault-proxy.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { startNode } from "../support/start-node.js";
import { wellKnownKey } from "../support/well-known-key.js";

const batchId = "00".repeat(32);
const key = new SigningKey(wellKnownKey(1));
const owner = ownerOf(key);
const id = pseudoRandomBytes(32, 1);
const chunk = makeOwnedChunk(key, id, makeChunk(500, pseudoRandomBytes(500, 2)));

describe("owned chunks over an endpoint that cannot be trusted", () => {
  let node: Awaited<ReturnType<typeof startNode>>;
  let proxy: FaultProxy;
  let store: BeeStore;
  before(async () => {
    node = await startNode();
    await new BeeStore({ url: node.url, batchId }).putOwned(chunk);
  });
  beforeEach(async () => {
    proxy = await startFaultProxy(node.url);
    store = new BeeStore({ url: proxy.url, batchId, retries: 0, firstByteMs: 1000, idleMs: 1000 });
  });
  afterEach(() => proxy.close());
  after(() => node.close());

  for (const [fault, codes] of [
    [{ kind: "flip", at: 0 }, ["SWARM_MISMATCH"]],
    [{ kind: "flip", at: 40 }, ["SWARM_MISMATCH", "OWNED_CHUNK_INVALID"]],
    [{ kind: "flip", at: 96 }, ["OWNED_CHUNK_INVALID", "SWARM_MISMATCH"]],
    [{ kind: "flip", at: 97 }, ["SWARM_MISMATCH"]],
    [{ kind: "flip", at: 104 }, ["OWNED_CHUNK_INVALID"]],
    [{ kind: "flip", at: -1 }, ["SWARM_MISMATCH"]],
    [{ kind: "truncate", after: 0, framing: "length" }, ["OWNED_CHUNK_INVALID"]],
    [{ kind: "truncate", after: 300, framing: "length" }, ["SWARM_MISMATCH"]],
    [{ kind: "endless" }, ["OWNED_CHUNK_INVALID"]],
    [{ kind: "reset", after: 100 }, ["SWARM_UNREACHABLE"]],
    [{ kind: "stall", after: 100 }, ["SWARM_TIMEOUT"]],
    [{ kind: "hang" }, ["SWARM_TIMEOUT"]],
    [{ kind: "status", status: 404 }, ["SWARM_NOT_FOUND"]],
    [{ kind: "status", status: 500 }, ["SWARM_NOT_FOUND"]],
    [{ kind: "status", status: 429 }, ["SWARM_BUSY"]],
  ] as [Fault, string[]][])
    it(`are not read where ${JSON.stringify(fault)}`, async () => {
      proxy.rule = () => fault;
      expect(await codeOf(() => store.getOwned(owner, id))).to.be.oneOf(codes);
      proxy.rule = () => undefined;
      expect((await store.getOwned(owner, id)).address).to.deep.equal(chunk.address);
    });

  it("are not another owner's, whatever is answered", async () => {
    const other = makeOwnedChunk(new SigningKey(wellKnownKey(2)), id, chunk.wrapped);
    const address = await store.putOwned(other);
    proxy.rule = () => ({ kind: "instead", path: `/chunks/${address}` });
    expect(await codeOf(() => store.getOwned(owner, id))).to.equal("SWARM_MISMATCH");
  });

  it("are not content-addressed ones, nor the other way round", async () => {
    const content = await store.putChunk(makeChunk(400, pseudoRandomBytes(400, 9)).data);
    expect(await codeOf(() => store.getChunk(toHex(chunk.address)))).to.equal("SWARM_MISMATCH");
    proxy.rule = () => ({ kind: "instead", path: `/chunks/${content}` });
    expect(await codeOf(() => store.getOwned(owner, id))).to.be.oneOf(["OWNED_CHUNK_INVALID", "SWARM_MISMATCH"]);
  });

  for (const [status, code] of [
    [401, "SWARM_REQUEST_REFUSED"],
    [402, "SWARM_BATCH_FULL"],
    [422, "SWARM_BATCH_UNUSABLE"],
    [500, "SWARM_UPLOAD_FAILED"],
    [503, "SWARM_BUSY"],
    [507, "SWARM_NODE_FULL"],
  ] as const)
    it(`are not stored where the node answers ${status}: ${code}`, async () => {
      proxy.rule = () => ({ kind: "status", status });
      expect(await codeOf(() => store.putOwned(chunk))).to.equal(code);
    });

  it("are tried again where that may help", async () => {
    let failures = 2;
    proxy.rule = () => (failures-- > 0 ? { kind: "status", status: 503 } : undefined);
    const patient = new BeeStore({ url: proxy.url, batchId, retries: 3 });
    expect(await patient.putOwned(chunk)).to.equal(toHex(chunk.address));
    expect(proxy.requests).to.have.length(3);
  });

  it("are paid for", async () => {
    const reader = new BeeStore({ url: proxy.url });
    expect(await codeOf(() => reader.putOwned(chunk))).to.equal("SWARM_BATCH_MISSING");
    expect(proxy.requests).to.deep.equal([]);
  });
});

describe("what is asked for an owned chunk", () => {
  let server: Server;
  const seen: { method: string; url: string; headers: NodeJS.Dict<string | string[]> }[] = [];
  let answer = toHex(chunk.address);
  before(async () => {
    server = createServer((request, response) => {
      seen.push({ method: request.method!, url: request.url!, headers: request.headers });
      request.resume();
      response.statusCode = 201;
      response.end(JSON.stringify({ reference: answer }));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  it("goes with what a gateway's URL has in its query, and says each time whether it is deferred", async () => {
    for (const deferred of [true, false]) {
      seen.length = 0;
      await new BeeStore({ url: `${url()}/bee?token=abc`, batchId, deferred }).putOwned(chunk);
      expect(seen[0]).to.include({
        method: "POST",
        url: `/bee/soc/${toHex(owner)}/${toHex(id)}?sig=${toHex(chunk.signature)}&token=abc`,
      });
      expect(seen[0]!.headers).to.include({
        "swarm-deferred-upload": String(deferred),
        "swarm-postage-batch-id": batchId,
      });
    }
  });

  it("is refused where the node says that it stored another one: SWARM_UPLOAD_MISMATCH", async () => {
    answer = "12".repeat(32);
    const store = new BeeStore({ url: url(), batchId, retries: 0 });
    expect(await codeOf(() => store.putOwned(chunk))).to.equal("SWARM_UPLOAD_MISMATCH");
  });
});

describe("feeds over an endpoint that cannot be trusted", () => {
  let node: Awaited<ReturnType<typeof startNode>>;
  let proxy: FaultProxy;
  let store: BeeStore;
  const topic = topicOf("a feed");
  const feed = { owner, topic };
  const update = (index?: number) =>
    updateFeed(store, key, topic, makeReferenceUpdate(pseudoRandomBytes(32, 1), 1), { index });
  beforeEach(async () => {
    node = await startNode();
    proxy = await startFaultProxy(node.url);
    store = new BeeStore({ url: proxy.url, batchId, retries: 0, firstByteMs: 2000 });
  });
  afterEach(async () => {
    await proxy.close();
    await node.close();
  });

  it("are empty where nothing is there: FEED_EMPTY; not where nobody answers: SWARM_TIMEOUT", async () => {
    expect(await codeOf(() => readFeed(store, feed))).to.equal("FEED_EMPTY");
    proxy.rule = () => ({ kind: "hang" });
    expect(await codeOf(() => readFeed(store, feed))).to.equal("SWARM_TIMEOUT");
    expect(await codeOf(() => update())).to.equal("SWARM_TIMEOUT");
  });

  it("are read where only what is not there takes too long", async () => {
    for (let index = 0; index < 3; index++) expect((await update()).index).to.equal(index);
    const there = [0, 1, 2].map((index) => `/chunks/${toHex(ownedAddress(owner, feedId(topic, index)))}`);
    proxy.rule = ({ url }) => (there.includes(url!) ? undefined : { kind: "hang" });
    expect((await readFeed(store, feed)).index).to.equal(2);
  });

  it("are not read where an update was altered: SWARM_MISMATCH", async () => {
    await update();
    proxy.rule = () => ({ kind: "flip", at: -1 });
    expect(await codeOf(() => readFeed(store, feed))).to.equal("SWARM_MISMATCH");
  });

  it("are not overwritten: FEED_TAKEN", async () => {
    await update();
    const posts = () => proxy.requests.filter((one) => one.startsWith("POST")).length;
    const before = posts();
    expect(await codeOf(() => update(0))).to.equal("FEED_TAKEN");
    expect(posts()).to.equal(before);
    expect((await update(1)).index).to.equal(1);
  });

  it("are left at once when called off", async () => {
    proxy.rule = () => ({ kind: "hang" });
    const stop = new AbortController();
    const reading = readFeed(store, feed, { signal: stop.signal }).catch((error: unknown) => error);
    stop.abort(new Error("enough"));
    expect(await reading).to.equal(stop.signal.reason);
  });
});
