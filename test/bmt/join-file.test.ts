import { expect } from "chai";
import fc from "fast-check";
import { makeChunk, verifyChunk, type Chunk } from "../../src/bmt/chunk.js";
import { fileAddress } from "../../src/bmt/file-hasher.js";
import { joinFile, readRange, type GetChunk } from "../../src/bmt/join-file.js";
import { splitFile } from "../../src/bmt/split-file.js";
import { concatBytes } from "../../src/encoding/bytes.js";
import { toHex } from "../../src/encoding/hex.js";
import { CatnixError } from "../../src/errors/catnix-error.js";
import { codeOf } from "../support/code-of.js";
import { collect } from "../support/collect.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";

/** Chunks in memory, checked on the way out, as GetChunk asks. */
class Chunks {
  readonly byAddress = new Map<string, Uint8Array>();
  readonly asked: string[] = [];
  underWay = 0;
  mostUnderWay = 0;

  add(...chunks: Chunk[]): void {
    for (const { address, data } of chunks) this.byAddress.set(toHex(address), data);
  }

  readonly get: GetChunk = async (address, signal) => {
    const key = toHex(address);
    this.asked.push(key);
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    await new Promise((resolve) => setImmediate(resolve));
    this.underWay--;
    signal.throwIfAborted();
    const data = this.byAddress.get(key);
    if (data === undefined) throw new CatnixError("SWARM_NOT_FOUND", { address: key });
    return verifyChunk(address, data);
  };
}

async function split(bytes: Uint8Array): Promise<{ chunks: Chunks; root: Uint8Array }> {
  const chunks = new Chunks();
  const { address, size } = await splitFile([bytes], (some) => chunks.add(...some));
  expect(size).to.equal(bytes.length);
  expect(toHex(address)).to.equal(toHex(fileAddress(bytes)));
  return { chunks, root: address };
}

describe("splitFile", () => {
  it("hands over bounded lists and waits for each", async () => {
    const lengths: number[] = [];
    let busy = false;
    await splitFile([pseudoRandomBytes(3 << 20), new Uint8Array(0), pseudoRandomBytes(5)], async (chunks) => {
      expect(busy).to.equal(false);
      busy = true;
      await new Promise((resolve) => setImmediate(resolve));
      busy = false;
      lengths.push(chunks.length);
    });
    expect(lengths).to.have.length(4);
    expect(Math.max(...lengths)).to.be.at.most(260);
  });
});

describe("joinFile", () => {
  for (const size of [0, 1, 4096, 4097, 8192, 128 * 4096, 128 * 4096 + 1, 129 * 4096, 300 * 4096 + 5]) {
    it(`gives back ${size} bytes`, async () => {
      const bytes = pseudoRandomBytes(size);
      const { chunks, root } = await split(bytes);
      const file = await joinFile(root, chunks.get);
      expect(file.size).to.equal(size);
      expect(Buffer.compare(await collect(file.read()), bytes)).to.equal(0);
    });
  }

  it("reads any range, and no chunk that the range does not need", async () => {
    const bytes = pseudoRandomBytes(130 * 4096 + 77);
    const { chunks, root } = await split(bytes);
    const edge = fc.oneof(
      fc.nat({ max: bytes.length }),
      fc.constantFrom(0, 4096, 128 * 4096, 129 * 4096, bytes.length),
    );
    await fc.assert(
      fc.asyncProperty(edge, edge, fc.integer({ min: 1, max: 20 }), async (a, b, readAhead) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        chunks.asked.length = 0;
        const got = await collect(readRange(root, { start, end }, chunks.get, { readAhead }));
        expect(Buffer.compare(got, bytes.subarray(start, end))).to.equal(0);
        const leaves = start === end ? 0 : Math.ceil(end / 4096) - Math.floor(start / 4096);
        expect(chunks.asked.length).to.be.at.most(leaves + 3);
        expect(new Set(chunks.asked).size).to.equal(chunks.asked.length);
      }),
      { numRuns: 40 },
    );
  });

  it("fetches several chunks at a time, and no more than it may", async () => {
    const { chunks, root } = await split(pseudoRandomBytes(100 * 4096));
    await collect(readRange(root, { start: 0, end: 100 * 4096 }, chunks.get, { readAhead: 5 }));
    expect(chunks.mostUnderWay).to.equal(5);
  });

  it("refuses ranges outside the file", async () => {
    const { chunks, root } = await split(pseudoRandomBytes(5000));
    for (const [start, end] of [
      [0, 5001],
      [5001, 5001],
      [3, 2],
      [-1, 3],
      [0.5, 3],
    ] as const) {
      expect(await codeOf(() => collect(readRange(root, { start, end }, chunks.get)))).to.equal("SWARM_RANGE_INVALID");
    }
  });

  it("fails where a chunk is missing, after the bytes before it", async () => {
    const bytes = pseudoRandomBytes(20 * 4096);
    const { chunks, root } = await split(bytes);
    chunks.byAddress.delete(toHex(fileAddress(bytes.subarray(10 * 4096, 11 * 4096))));
    let received = 0;
    const code = await codeOf(async () => {
      for await (const piece of (await joinFile(root, chunks.get)).read()) received += piece.length;
    });
    expect(code).to.equal("SWARM_NOT_FOUND");
    expect(received).to.equal(10 * 4096);
  });

  it("stops for a signal, and calls off what is under way when the reader leaves", async () => {
    const { chunks, root } = await split(pseudoRandomBytes(50 * 4096));
    const stop = new AbortController();
    const file = await joinFile(root, chunks.get, { signal: stop.signal });
    let failure: unknown;
    try {
      for await (const piece of file.read()) if (piece.length > 0) stop.abort(new Error("enough"));
    } catch (error) {
      failure = error;
    }
    expect(failure).to.equal(stop.signal.reason);
    const signals = new Set<AbortSignal>();
    const spy: GetChunk = (address, signal) => (signals.add(signal), chunks.get(address, signal));
    for await (const piece of (await joinFile(root, spy)).read()) if (piece.length > 0) break;
    expect([...signals].at(-1)!.aborted).to.equal(true);
  });

  // Chunks that hash right and lie about what is below them. Whoever publishes an address can make these.
  const leaf = (size: number) => makeChunk(size, pseudoRandomBytes(size, size));
  const full = leaf(4096);
  const small = leaf(100);
  const parent = (span: number | bigint, ...children: Chunk[]) =>
    makeChunk(span, concatBytes(...children.map((child) => child.address)));
  const lies: Record<string, Chunk> = {
    "a span longer than its children": parent(4096 + 101, full, small),
    "a span shorter than its children": parent(4096 + 99, full, small),
    "a short child that is not the last": parent(4096 + 100, small, full),
    "a child too many": parent(4096 + 100, full, small, small),
    "a child too few": parent(2 * 4096 + 100, full, small),
    "a lone child": parent(31, full),
    "an address and a half": makeChunk(100 * 4096, new Uint8Array(4096).fill(1, 0, 3201)),
    "a leaf longer than its span": makeChunk(3, new Uint8Array(4).fill(1)),
    "a span beyond 2^53": parent(1n << 53n, ...Array<Chunk>(128).fill(full)),
    "the level mark of an erasure-coded root": parent((0x81n << 56n) + 8192n, full, full),
    "a full tree where one leaf belongs": parent(4096 + 8192, full, parent(8192, full, full)),
  };
  for (const [name, root] of Object.entries(lies)) {
    it(`refuses ${name}`, async () => {
      const chunks = new Chunks();
      chunks.add(root, full, small, parent(8192, full, full));
      expect(await codeOf(async () => collect((await joinFile(root.address, chunks.get)).read()))).to.equal(
        "SWARM_CHUNK_INVALID",
      );
    });
  }
});
