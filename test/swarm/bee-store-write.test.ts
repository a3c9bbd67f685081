import { expect } from "chai";
import { makeChunk } from "../../src/bmt/chunk.js";
import { fileAddress } from "../../src/bmt/file-hasher.js";
import { toHex } from "../../src/encoding/hex.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { codeOf } from "../support/code-of.js";
import { startFaultProxy, type FaultProxy } from "../support/fault-proxy.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { startNode } from "../support/start-node.js";

describe("BeeStore, writing to a faulty endpoint", () => {
  const batchId = "ab".repeat(32);
  const bytes = pseudoRandomBytes(3_000_000, 1);
  const chunk = makeChunk(5, Uint8Array.of(1, 2, 3, 4, 5));
  let node: Awaited<ReturnType<typeof startNode>>;
  let proxy: FaultProxy;
  let once: BeeStore;

  before(async () => {
    node = await startNode();
    proxy = await startFaultProxy(node.url);
    once = new BeeStore({ url: proxy.url, batchId, retries: 0, firstByteMs: 300, idleMs: 300 });
  });
  beforeEach(() => {
    proxy.requests.length = 0;
    proxy.rule = () => undefined;
  });
  after(async () => {
    await proxy.close();
    await node.close();
  });

  /** `total` bytes of zeros, counting how many were asked for. */
  function countingSource(total: number): { pulled: number; stream: AsyncGenerator<Uint8Array, void> } {
    const source = { pulled: 0, stream: undefined as unknown as AsyncGenerator<Uint8Array, void> };
    source.stream = (async function* () {
      for (; source.pulled < total; source.pulled += 65_536) yield await Promise.resolve(new Uint8Array(65_536));
    })();
    return source;
  }

  const statuses: Record<string, number[]> = {
    SWARM_BATCH_FULL: [402],
    SWARM_BATCH_UNUSABLE: [404, 422],
    SWARM_REQUEST_REFUSED: [400, 401, 413],
    SWARM_BUSY: [429, 503],
    SWARM_NODE_FULL: [507],
    SWARM_UPLOAD_FAILED: [500],
  };
  for (const [expected, numbers] of Object.entries(statuses)) {
    it(`takes ${numbers.join(", ")} for ${expected}, also when it comes in the middle of the upload`, async () => {
      for (const status of numbers) {
        proxy.rule = () => ({ kind: "status", status });
        expect(await codeOf(() => once.write(bytes.subarray(0, 1000)))).to.equal(expected);
        expect(await codeOf(() => once.putChunk(chunk.data))).to.equal(expected);
        const source = countingSource(1 << 30);
        expect(await codeOf(() => once.write(source.stream))).to.equal(expected);
        await new Promise((resolve) => setTimeout(resolve, 20));
        expect(source.pulled).to.be.below(32 << 20);
      }
    });
  }

  it("sends what was asked, and at redundancy level 0", async () => {
    const seen: Headers[] = [];
    const spyOn = (deferred: boolean) =>
      new BeeStore({
        ...{ url: node.url, batchId, deferred },
        fetch: (request) => {
          seen.push(request.headers);
          return fetch(request);
        },
      });
    const spy = spyOn(true);
    await spy.write(bytes.subarray(0, 10));
    expect(seen[0]!.get("swarm-postage-batch-id")).to.equal(batchId);
    expect(seen[0]!.get("swarm-redundancy-level")).to.equal("0");
    expect(seen[0]!.get("swarm-deferred-upload")).to.equal("true");
    await spy.putChunk(chunk.data);
    await spy.putChunk(chunk.data);
    expect(seen).to.have.length(4); // one tag for both chunks
    expect(seen[2]!.get("swarm-tag")).to.equal(seen[3]!.get("swarm-tag")).and.to.match(/^\d+$/);
    const direct = spyOn(false);
    await direct.write(bytes.subarray(0, 10));
    expect(seen[4]!.get("swarm-deferred-upload")).to.equal("false");
    await direct.putChunk(chunk.data); // under a tag, a Bee would put it off
    expect([seen.length, seen[5]!.get("swarm-tag")]).to.deep.equal([6, null]);
  });

  it("compares the node's address with its own", async () => {
    const answer = (value: unknown) =>
      new BeeStore({
        url: "http://swarm.invalid",
        batchId,
        retries: 0,
        fetch: () => Response.json(value, { status: 201 }),
      });
    const wrong = { reference: "12".repeat(32), uid: 1 };
    expect(await codeOf(() => answer(wrong).write(bytes))).to.equal("SWARM_UPLOAD_MISMATCH");
    expect(await codeOf(() => answer(wrong).putChunk(chunk.data))).to.equal("SWARM_UPLOAD_MISMATCH");
    for (const odd of [{}, null, [], { reference: 5 }, { reference: "xyz" }, "x".repeat(100_000)]) {
      expect(await codeOf(() => answer(odd).write(bytes))).to.equal("SWARM_ANSWER_INVALID");
    }
  });

  it("gives up on a node that takes nothing, without reading the source ahead", async () => {
    proxy.rule = () => ({ kind: "hang" });
    const source = countingSource(1 << 30);
    expect(await codeOf(() => once.write(source.stream))).to.equal("SWARM_TIMEOUT");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(source.pulled).to.be.below(32 << 20);
  });

  it("has patience with a slow source", async () => {
    async function* slow() {
      for (let at = 0; at < 3; at++) {
        await new Promise((resolve) => setTimeout(resolve, 400));
        yield Uint8Array.of(at);
      }
    }
    expect((await once.write(slow())).address).to.equal(toHex(fileAddress(Uint8Array.of(0, 1, 2))));
  });

  it("passes the source's own error on", async () => {
    const reason = new Error("the disk");
    async function* broken() {
      yield await Promise.resolve(bytes);
      throw reason;
    }
    const failure = await once.write(broken()).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).to.equal(reason);
  });

  it("repeats an upload from memory, never one from a stream", async () => {
    const store = new BeeStore({ url: proxy.url, batchId, retries: 2 });
    let failures = 1;
    proxy.rule = () => (failures-- > 0 ? { kind: "status", status: 503 } : undefined);
    expect((await store.write(bytes)).size).to.equal(bytes.length);
    expect(proxy.requests).to.have.length(2);
    proxy.rule = () => ({ kind: "status", status: 503 });
    proxy.requests.length = 0;
    expect(await codeOf(() => store.write(countingSource(10).stream))).to.equal("SWARM_BUSY");
    expect(proxy.requests).to.have.length(1);
  });

  it("needs a batch, and chunks of plain files", async () => {
    const reader = new BeeStore({ url: node.url });
    expect(await codeOf(() => reader.write(bytes))).to.equal("SWARM_BATCH_MISSING");
    expect(await codeOf(() => reader.putChunk(chunk.data))).to.equal("SWARM_BATCH_MISSING");
    for (const data of [new Uint8Array(7), new Uint8Array(4105), makeChunk(2, Uint8Array.of(1, 2, 3)).data]) {
      expect(await codeOf(() => once.putChunk(data))).to.equal("SWARM_CHUNK_INVALID");
    }
    expect(() => new BeeStore({ url: node.url, batchId: "12" })).to.throw(RangeError);
    expect(() => new BeeStore({ url: "no url" })).to.throw(TypeError);
  });
});
