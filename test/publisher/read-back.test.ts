import { expect } from "chai";
import { countChunks } from "../../src/bmt/count-chunks.js";
import { splitFile } from "../../src/bmt/split-file.js";
import { toHex } from "../../src/encoding/hex.js";
import { chooseLeaves, readBack, type ReadbackOptions } from "../../src/publisher/read-back.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { codeOf } from "../support/code-of.js";
import { damageChunk } from "../support/damage-chunk.js";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { startNode } from "../support/start-node.js";

describe("readBack", () => {
  let node: Awaited<ReturnType<typeof startNode>>;
  let other: Awaited<ReturnType<typeof startNode>>;
  let proxy: FaultProxy;
  beforeEach(async () => {
    node = await startNode();
    other = await startNode({ peers: [node.url] });
    proxy = await startFaultProxy(other.url);
  });
  afterEach(async () => {
    await proxy.close();
    await other.close();
    await node.close();
  });

  const bytes = pseudoRandomBytes(3_000_000, 21);
  const write = (content: Uint8Array) => new BeeStore({ url: node.url, batchId: "0".repeat(64) }).write(content);
  const back = (options: Partial<ReadbackOptions>) =>
    readBack({
      ...{ store: new BeeStore({ url: proxy.url, retries: 0 }), url: proxy.url, roots: [], files: [] },
      ...{ samples: 40, seed: "1", patienceMs: 0, ...options },
    });

  it("reads every root, and random leaves with all that is above them", async () => {
    const [large, small] = [await write(bytes), await write(bytes.subarray(0, 100))];
    const reads: number[] = [];
    const result = await back({
      roots: [large.address, small.address, large.address],
      files: [large, small],
      onRead: (read, of) => reads.push(read, of),
    });
    expect(result).to.deep.equal({ roots: 2, samples: 40 });
    expect(reads.slice(-2)).to.deep.equal([42, 42]);
    const asked = new Set(proxy.requests);
    expect(asked.size).to.be.within(30, 2 + 40 * 2);
    expect([...asked].every((request) => request.startsWith("GET /chunks/"))).to.equal(true);
  });

  it("chooses the same for the same seed, and by size", () => {
    const files = [
      { address: "aa".repeat(32), size: 900_000 },
      { address: "bb".repeat(32), size: 100_000 },
      { address: "cc".repeat(32), size: 4096 },
    ];
    const leaves = chooseLeaves(files, 1000, "seed");
    expect(chooseLeaves(files, 1000, "seed")).to.deep.equal(leaves);
    expect(chooseLeaves(files, 1000, "other")).not.to.deep.equal(leaves);
    const count = (at: number) => leaves.filter(({ address }) => address === files[at]!.address).length;
    expect(count(0)).to.be.within(850, 950);
    expect(count(0) + count(1)).to.equal(1000); // the third is its own root
    for (const { address, offset } of leaves)
      expect(offset).to.be.within(0, files.find((file) => file.address === address)!.size - 1);
    expect(chooseLeaves(files.slice(2), 5, "seed")).to.deep.equal([]);
  });

  it("finds a file of which something is missing", async () => {
    const { address, size } = await write(bytes);
    const addresses: Uint8Array[] = [];
    await splitFile([bytes], (chunks) => void addresses.push(...chunks.map((chunk) => chunk.address)));
    expect(addresses).to.have.length(countChunks(size));
    for (const leaf of addresses.filter((_, at) => at % 10 === 0)) damageChunk(node.file, leaf);
    expect(await codeOf(() => back({ files: [{ address, size }] }))).to.equal("READBACK_FAILED");
    expect(await codeOf(() => back({ roots: ["ab".repeat(32)] }))).to.equal("READBACK_FAILED");
  });

  it("does not take wrong bytes for content", async () => {
    const { address } = await write(bytes.subarray(0, 1000));
    proxy.rule = () => ({ kind: "flip", at: 500 });
    expect(await codeOf(() => back({ roots: [address] }))).to.equal("READBACK_FAILED");
  });

  it("asks again for what is on its way", async () => {
    const { address, size } = await write(bytes);
    proxy.rule = () => (proxy.requests.length < 10 ? { kind: "status", status: 404 } : undefined);
    const missing: number[] = [];
    const result = await back({
      ...{ roots: [address], files: [{ address, size }], patienceMs: 30_000 },
      onMissing: (count) => missing.push(count),
    });
    expect(result).to.deep.equal({ roots: 1, samples: 40 });
    expect(missing[0]).to.be.within(1, 9);
  });

  it("stops at its signal, with its reason", async () => {
    const stop = new AbortController();
    proxy.rule = () => {
      stop.abort(new RangeError("enough"));
      return { kind: "hang" };
    };
    const failed = await back({ roots: [toHex(new Uint8Array(32))], signal: stop.signal }).catch(
      (error: unknown) => error,
    );
    expect(failed).to.be.instanceOf(RangeError);
  });
});
