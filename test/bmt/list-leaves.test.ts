import { expect } from "chai";
import { verifyChunk } from "../../src/bmt/chunk.js";
import { fileAddress, FileHasher } from "../../src/bmt/file-hasher.js";
import { parseFileNode } from "../../src/bmt/file-node.js";
import { type Leaf, listLeaves } from "../../src/bmt/list-leaves.js";
import { toHex } from "../../src/encoding/hex.js";
import { codeOf } from "../support/code-of.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";

describe("listLeaves", () => {
  /** The chunks of a file by address, and what was asked for. */
  function split(bytes: Uint8Array) {
    const chunks = new Map<string, Uint8Array>();
    const asked: string[] = [];
    new FileHasher(({ address, data }) => chunks.set(toHex(address), data)).update(bytes).digest();
    const address = fileAddress(bytes);
    const getChunk = (wanted: Uint8Array) => {
      asked.push(toHex(wanted));
      return Promise.resolve(verifyChunk(wanted, chunks.get(toHex(wanted))!));
    };
    const node = parseFileNode(address, chunks.get(toHex(address))!);
    return { chunks, asked, root: { address, node }, getChunk };
  }

  async function list(file: ReturnType<typeof split>, range: { start: number; end: number }): Promise<Leaf[]> {
    const leaves: Leaf[] = [];
    for await (const run of listLeaves(file.root, range, file.getChunk)) {
      expect(run.length).to.be.within(1, 256);
      leaves.push(...run);
    }
    return leaves;
  }

  for (const size of [0, 1, 4096, 4097, 128 * 4096, 128 * 4096 + 1, 129 * 4096, 3 * 128 * 4096 + 5])
    it(`gives the leaves of ${size} bytes in order, each with its address`, async () => {
      const bytes = pseudoRandomBytes(size, size + 3);
      const file = split(bytes);
      let at = 0;
      for (const { address, span, start } of await list(file, { start: 0, end: size })) {
        expect(start).to.equal(at);
        expect(Buffer.compare(fileAddress(bytes.subarray(at, at + span)), address)).to.equal(0);
        at += span;
      }
      expect(at).to.equal(size);
      // The leaves themselves are not asked for.
      for (const asked of file.asked) expect(file.chunks.get(asked)!.length % 32).to.equal(8);
      expect(file.asked.length).to.be.at.most(Math.ceil(size / (128 * 4096)));
    });

  it("gives those that a range touches, and asks for nothing beside them", async () => {
    const bytes = pseudoRandomBytes(5 * 128 * 4096, 1);
    for (const [start, end] of [
      [0, 1],
      [4095, 4097],
      [2 * 128 * 4096, 2 * 128 * 4096 + 1],
      [3 * 128 * 4096 - 1, 3 * 128 * 4096 + 1],
      [7, 7],
    ] as const) {
      const file = split(bytes);
      const leaves = await list(file, { start, end });
      expect(leaves.every((leaf) => leaf.start < end && leaf.start + leaf.span > start)).to.equal(true);
      const [first, last] = [leaves[0], leaves.at(-1)];
      if (start === end) expect(leaves).to.deep.equal([]);
      else expect([first!.start <= start, last!.start + last!.span >= end]).to.deep.equal([true, true]);
      expect(file.asked.length).to.be.at.most(2);
    }
  });

  it("fails where an intermediate chunk is not there, is no such chunk, or the signal says so", async () => {
    const file = split(pseudoRandomBytes(3 * 128 * 4096, 1));
    const range = { start: 0, end: 3 * 128 * 4096 };
    const fail = () => Promise.reject(new RangeError("none"));
    const drain = async (getChunk: typeof file.getChunk, signal?: AbortSignal) => {
      for await (const run of listLeaves(file.root, range, getChunk, signal)) expect(run.length).to.be.above(0);
    };
    expect(await drain(fail).catch((error: unknown) => error)).to.be.instanceOf(RangeError);
    const leaf = [...file.chunks.values()].find(({ length }) => length === 4104)!;
    expect(await codeOf(() => drain(() => Promise.resolve(leaf)))).to.equal("SWARM_CHUNK_INVALID");
    const reason = new Error("left");
    expect(await drain(file.getChunk, AbortSignal.abort(reason)).catch((error: unknown) => error)).to.equal(reason);
  });
});
