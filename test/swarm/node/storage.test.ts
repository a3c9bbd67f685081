import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect } from "chai";
import { fileAddress } from "../../../src/bmt/file-hasher.js";
import { toHex } from "../../../src/encoding/hex.js";
import { BeeStore } from "../../../src/swarm/bee-store.js";
import { createSwarmNode } from "../../../src/swarm/node/create-swarm-node.js";
import { listen } from "../../../src/swarm/node/listen.js";
import { codeOf } from "../../support/code-of.js";
import { collect } from "../../support/collect.js";
import { damageChunk } from "../../support/damage-chunk.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import { startNode } from "../../support/start-node.js";
import { makeTempFolder } from "../../support/temp-folder.js";

describe("the embedded node's storage", () => {
  const batchId = "00".repeat(32);
  const bytes = pseudoRandomBytes(100_000, 1);
  const address = toHex(fileAddress(bytes));
  const chunkAt = (at: number) => fileAddress(bytes.subarray(4096 * at, 4096 * (at + 1)));
  let node: Awaited<ReturnType<typeof startNode>>;
  let store: BeeStore;

  beforeEach(async () => {
    node = await startNode();
    store = new BeeStore({ url: node.url, batchId, retries: 0 });
  });
  afterEach(() => node.close());

  it("counts what is new", async () => {
    expect((await store.write(bytes)).chunks).to.deep.equal({ total: 26, new: 26 });
    expect((await store.write(bytes)).chunks).to.deep.equal({ total: 26, new: 0 });
    const longer = new Uint8Array(110_000);
    longer.set(bytes); // its first 24 chunks are the same
    expect((await store.write(longer)).chunks).to.deep.equal({ total: 28, new: 4 });
    expect(node.node.stats()).to.include({ chunks: 30, newChunks: 30 });
    expect(await (await fetch(`${node.url}/status`)).json()).to.deep.equal(node.node.stats());
  });

  it("takes a damaged root for a missing one, until someone brings it again", async () => {
    await store.write(bytes);
    damageChunk(node.file, fileAddress(bytes));
    expect(await store.has(address)).to.equal(false);
    expect(await codeOf(() => store.read(address))).to.equal("SWARM_NOT_FOUND");
    expect((await store.write(bytes)).chunks).to.deep.equal({ total: 26, new: 1 });
    expect(Buffer.compare(await store.readAll(address, 1e6), bytes)).to.equal(0);
  });

  it("breaks the connection where a chunk in the middle is damaged or missing", async () => {
    await store.write(bytes);
    damageChunk(node.file, chunkAt(20));
    const { body } = await store.read(address);
    let received = 0;
    const code = await codeOf(async () => {
      for await (const piece of body) received += piece.length;
    });
    expect(code).to.equal("SWARM_TRUNCATED");
    expect(received).to.be.at.most(20 * 4096);
    const response = await fetch(`${node.url}/bytes/${address}`);
    expect(
      await response.bytes().then(
        () => "ended",
        () => "broke",
      ),
    ).to.equal("broke");
    expect(
      Buffer.compare(await collect(store.readRange(address, { start: 0, end: 80_000 })), bytes.subarray(0, 80_000)),
    ).to.equal(0);
    expect(await codeOf(() => collect(store.readRange(address, { start: 0, end: 90_000 })))).to.equal(
      "SWARM_NOT_FOUND",
    );
    const local = new BeeStore({
      url: "http://swarm.invalid",
      fetch: (request) => node.node.fetch(request),
      retries: 0,
    });
    expect(await codeOf(() => local.readAll(address, 1e6))).to.equal("SWARM_TRUNCATED");
  });

  it("says at once that a short file is incomplete", async () => {
    await store.write(bytes.subarray(0, 20_000));
    damageChunk(node.file, chunkAt(2));
    expect(await codeOf(() => store.read(toHex(fileAddress(bytes.subarray(0, 20_000)))))).to.equal("SWARM_NOT_FOUND");
  });

  it("refuses erasure coding, encryption and access control, which would change addresses", async () => {
    for (const header of [
      "swarm-redundancy-level: 1",
      "swarm-redundancy-level: 4",
      "swarm-encrypt: true",
      "swarm-act: true",
    ]) {
      const [name, value] = header.split(": ") as [string, string];
      const headers = { "swarm-postage-batch-id": batchId, [name]: value };
      expect((await fetch(`${node.url}/bytes`, { method: "POST", headers, body: "x" })).status).to.equal(400);
    }
    const headers = { "swarm-postage-batch-id": batchId, "swarm-redundancy-level": "0", "swarm-encrypt": "false" };
    expect((await fetch(`${node.url}/bytes`, { method: "POST", headers, body: "x" })).status).to.equal(201);
  });

  it("outlives a client that breaks off", async () => {
    const stop = new AbortController();
    async function* endless() {
      for (let at = 0; ; at++) {
        if (at === 40) stop.abort(new Error("gone"));
        yield await Promise.resolve(pseudoRandomBytes(65_536, at));
      }
    }
    const failure = await store.write(endless(), { signal: stop.signal }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).to.equal(stop.signal.reason);
    const reading = new AbortController();
    await store.write(pseudoRandomBytes(5_000_000, 7));
    const { body } = await store.read(toHex(fileAddress(pseudoRandomBytes(5_000_000, 7))), { signal: reading.signal });
    for await (const piece of body) if (piece.length > 0) break;
    expect((await store.write(bytes)).address).to.equal(address);
    expect(Buffer.compare(await store.readAll(address, 1e6), bytes)).to.equal(0);
  });
});

describe("the embedded node's disk", () => {
  const batchId = "00".repeat(32);
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  beforeEach(async () => (folder = await makeTempFolder()));
  afterEach(() => folder.remove());

  it("may be full: 507, nothing half-written, what was there stays", async () => {
    const node = await startNode({ maxBytes: 3 << 20 });
    try {
      const store = new BeeStore({ url: node.url, batchId, retries: 0 });
      const kept = pseudoRandomBytes(1_000_000, 1);
      const large = pseudoRandomBytes(8_000_000, 2);
      const { address } = await store.write(kept);
      expect(await codeOf(() => store.write(large))).to.equal("SWARM_NODE_FULL");
      expect(await codeOf(() => store.write(ReadableStream.from([large])))).to.equal("SWARM_NODE_FULL");
      expect(await store.has(toHex(fileAddress(large)))).to.equal(false);
      expect(Buffer.compare(await store.readAll(address, 1e6), kept)).to.equal(0);
      expect((await store.write(kept)).chunks?.new).to.equal(0);
    } finally {
      await node.close();
    }
  });

  it("keeps everything over a restart", async () => {
    const file = join(folder.path, "deep", "chunks.db");
    const bytes = pseudoRandomBytes(50_000, 1);
    for (let run = 0; run < 2; run++) {
      const node = createSwarmNode({ file });
      const store = new BeeStore({ url: "http://swarm.invalid", batchId, fetch: (request) => node.fetch(request) });
      if (run === 0) await store.write(bytes);
      expect(Buffer.compare(await store.readAll(toHex(fileAddress(bytes)), 1e6), bytes)).to.equal(0);
      expect(node.stats().chunks).to.equal(14);
      node.close();
    }
  });

  it("may hold something that is no chunk database", async () => {
    const text = join(folder.path, "text");
    await writeFile(text, "no database at all, but long enough to be looked at as one".repeat(20));
    expect(await codeOf(() => createSwarmNode({ file: text }))).to.equal("SWARM_NODE_STORAGE");
    const foreign = join(folder.path, "foreign.db");
    const other = new DatabaseSync(foreign);
    other.exec("CREATE TABLE chunks (x)");
    other.close();
    expect(await codeOf(() => createSwarmNode({ file: foreign }))).to.equal("SWARM_NODE_STORAGE");
    expect(await codeOf(() => createSwarmNode({ file: folder.path }))).to.equal("SWARM_NODE_STORAGE");
  });

  it("does not matter to a port that is taken", async () => {
    const node = createSwarmNode({ file: join(folder.path, "chunks.db") });
    const first = await listen(node);
    expect(await codeOf(() => listen(node, { port: Number(new URL(first.url).port) }))).to.equal(
      "SWARM_NODE_CANNOT_LISTEN",
    );
    await first.close();
    node.close();
  });
});
