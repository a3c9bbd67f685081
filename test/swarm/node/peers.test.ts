import { expect } from "chai";
import { fileAddress } from "../../../src/bmt/file-hasher.js";
import { toHex } from "../../../src/encoding/hex.js";
import { BeeStore } from "../../../src/swarm/bee-store.js";
import { codeOf } from "../../support/code-of.js";
import { damageChunk } from "../../support/damage-chunk.js";
import { startFaultProxy, type FaultProxy } from "../../support/fault-proxy.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import { startNode } from "../../support/start-node.js";

describe("the embedded node's peers", () => {
  const bytes = pseudoRandomBytes(300_000, 1);
  const address = toHex(fileAddress(bytes));
  const absent = "12".repeat(32);
  const storeOf = (url: string) => new BeeStore({ url, batchId: "00".repeat(32), retries: 0 });
  let writer: Awaited<ReturnType<typeof startNode>>;
  let proxy: FaultProxy;

  beforeEach(async () => {
    writer = await startNode();
    proxy = await startFaultProxy(writer.url);
    await storeOf(writer.url).write(bytes);
  });
  afterEach(async () => {
    await proxy.close();
    await writer.close();
  });

  it("give what is missing here, once", async () => {
    const reader = await startNode({ peers: [proxy.url] });
    try {
      const store = storeOf(reader.url);
      for (let time = 0; time < 2; time++) {
        expect(Buffer.compare(await store.readAll(address, 1e6), bytes)).to.equal(0);
        expect(proxy.requests).to.have.length(75); // 74 leaves and the root
      }
      await new Promise((resolve) => setTimeout(resolve, 80));
      expect(reader.node.stats()).to.include({ chunks: 75, newChunks: 0 });
      proxy.rule = () => ({ kind: "status", status: 500 });
      expect(Buffer.compare(await store.readAll(address, 1e6), bytes)).to.equal(0);
    } finally {
      await reader.close();
    }
  });

  it("give back what the disk damaged", async () => {
    const reader = await startNode({ peers: [proxy.url] });
    try {
      const store = storeOf(reader.url);
      await store.write(bytes);
      for (const chunk of [bytes, bytes.subarray(4096, 8192)]) damageChunk(reader.file, fileAddress(chunk));
      expect(Buffer.compare(await store.readAll(address, 1e6), bytes)).to.equal(0);
      expect(proxy.requests).to.have.length(2);
      await new Promise((resolve) => setTimeout(resolve, 80));
      expect(Buffer.compare(await store.readAll(address, 1e6), bytes)).to.equal(0);
      expect(proxy.requests).to.have.length(2);
    } finally {
      await reader.close();
    }
  });

  it("are asked for what they have themselves, not in circles; what nobody has is remembered for a while", async () => {
    const first = await startNode({ peers: [proxy.url] });
    const second = await startNode({ peers: [first.url, proxy.url] });
    try {
      const store = storeOf(second.url);
      expect(await store.has(absent)).to.equal(false);
      expect(proxy.requests).to.have.length(1); // from the second; the first did not pass it on
      expect(await store.has(absent)).to.equal(false);
      expect(await codeOf(() => store.getChunk(absent))).to.equal("SWARM_NOT_FOUND");
      expect(proxy.requests).to.have.length(1);
    } finally {
      await second.close();
      await first.close();
    }
  });

  it("may lie, fail or be slow: that is like not having it", async () => {
    const liars = [
      { kind: "flip", at: 10 },
      { kind: "flip", at: 0 },
      { kind: "truncate", after: 20, framing: "length" },
      { kind: "endless" },
      { kind: "hang" },
      { kind: "stall", after: 20 },
      { kind: "reset", after: 20 },
      { kind: "status", status: 503 },
    ] as const;
    for (const fault of liars) {
      proxy.rule = () => fault;
      const reader = await startNode({ peers: [proxy.url], peerMs: 150 });
      try {
        expect(await codeOf(() => storeOf(reader.url).read(address)), fault.kind).to.equal("SWARM_NOT_FOUND");
        expect(reader.node.stats().chunks).to.equal(0);
      } finally {
        await reader.close();
      }
    }
  });

  it("do not hold up one another", async () => {
    proxy.rule = () => ({ kind: "hang" });
    const reader = await startNode({ peers: [proxy.url, writer.url] });
    try {
      expect(Buffer.compare(await storeOf(reader.url).readAll(address, 1e6), bytes)).to.equal(0);
    } finally {
      await reader.close();
    }
  });
});
