import { expect } from "chai";
import fc from "fast-check";
import { verifyChunk } from "../../../src/bmt/chunk.js";
import { FileHasher } from "../../../src/bmt/file-hasher.js";
import { fromHex, toHex } from "../../../src/encoding/hex.js";
import { CatnixError } from "../../../src/errors/catnix-error.js";
import { BeeStore } from "../../../src/swarm/bee-store.js";
import type { Endpoint, EndpointReader } from "../../../src/swarm/failover/endpoint.js";
import { EndpointHealth } from "../../../src/swarm/failover/endpoint-health.js";
import { FailoverStore } from "../../../src/swarm/failover/failover-store.js";
import { codeOf } from "../../support/code-of.js";
import { collect } from "../../support/collect.js";
import { startFaultProxy } from "../../support/fault-proxy.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import { startNode } from "../../support/start-node.js";
import { makeStore } from "../faults/fault-world.js";

const FILE = pseudoRandomBytes(140 * 4096 + 99, 3);
const chunks = new Map<string, Uint8Array>();
const ADDRESS = toHex(
  new FileHasher(({ address, data }) => chunks.set(toHex(address), data)).update(FILE).digest().address,
);

/** How the streams of one node go wrong: where, after so many bytes of each stream, and how. */
interface Trouble {
  readonly after: number;
  readonly kind: "cut" | "wrong" | "short" | "none";
  /** Bytes that come at a time. */
  readonly piece: number;
  /** Every so-many-th chunk is one that it does not have. */
  readonly lost: number;
}

/** A node in memory, with faults: each of its chunks is right or not there, its streams are whatever `trouble` makes of them. */
function makeReader(trouble: Trouble, own: number): EndpointReader {
  const names = [...chunks.keys()];
  const getChunk = (address: string) => {
    const data = chunks.get(address);
    const isLost = trouble.lost > 0 && names.indexOf(address) % trouble.lost === own % trouble.lost;
    if (data === undefined || isLost) return Promise.reject(new CatnixError("SWARM_NOT_FOUND", { address }));
    return Promise.resolve(verifyChunk(fromHex(address, 32), data));
  };
  async function* stream(start: number, end: number): AsyncGenerator<Uint8Array, void> {
    const bytes = Buffer.from(FILE.subarray(start, end));
    if (trouble.kind === "wrong" && trouble.after < bytes.length) bytes[trouble.after]! ^= 1;
    const stop = trouble.kind === "cut" || trouble.kind === "short" ? trouble.after : bytes.length;
    for (let at = 0; at < Math.min(stop, bytes.length); at += trouble.piece) {
      await Promise.resolve();
      yield bytes.subarray(at, Math.min(at + trouble.piece, stop));
    }
    if (trouble.kind === "cut") throw new CatnixError("SWARM_UNREACHABLE", { url: "http://x", reason: "reset" });
  }
  return {
    getChunk,
    has: (address) => Promise.resolve(chunks.has(address)),
    readAll: () => Promise.reject(new CatnixError("SWARM_NOT_FOUND", { address: ADDRESS })),
    openBytes: (_address, { start, end }) => Promise.resolve(stream(start, end)),
  };
}

describe("FailoverStore", () => {
  const nobody = new BeeStore({ url: "http://127.0.0.1:9" });
  const storeOf = (troubles: readonly Trouble[]) => {
    const endpoints = troubles.map((trouble, at): Endpoint => ({
      reader: makeReader(trouble, at),
      health: new EndpointHealth(`http://${at}`),
    }));
    return new FailoverStore(endpoints, nobody, { retries: 0 });
  };
  const trouble = (lost: fc.Arbitrary<number>) =>
    fc.record<Trouble>({
      after: fc.nat(FILE.length),
      kind: fc.constantFrom("cut", "wrong", "short", "none"),
      piece: fc.constantFrom(100, 4096, 5000, 65_536),
      lost,
    });
  const edge = fc.oneof(fc.nat(FILE.length), fc.constantFrom(0, 4096, 128 * 4096, FILE.length));

  it("gives every range right, whatever goes wrong with the streams, as long as somebody has each chunk", async () => {
    // Of three nodes each lost another third of the chunks.
    const three = fc.tuple(...[0, 1, 2].map(() => trouble(fc.constantFrom(0, 3))));
    await fc.assert(
      fc.asyncProperty(three, edge, edge, async (troubles, a, b) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        const got = await collect(storeOf(troubles).readRange(ADDRESS, { start, end }));
        expect(Buffer.compare(got, FILE.subarray(start, end))).to.equal(0);
      }),
      { numRuns: 60 },
    );
  });

  it("never passes a wrong byte on, and never ends short without an error", async () => {
    const some = fc.array(trouble(fc.constantFrom(0, 1, 2, 50)), { minLength: 1, maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(some, async (troubles) => {
        let received = 0;
        const code = await codeOf(async () => {
          for await (const piece of (await storeOf(troubles).read(ADDRESS)).body) {
            expect(Buffer.compare(piece, FILE.subarray(received, received + piece.length))).to.equal(0);
            received += piece.length;
          }
        });
        if (code === undefined) expect(received).to.equal(FILE.length);
        else expect(code).to.equal("SWARM_NOT_FOUND");
      }),
      { numRuns: 60 },
    );
  });

  it("keeps to the bounds of its caller, by what the root chunk says", async () => {
    const store = storeOf([{ after: 0, kind: "none", piece: 65_536, lost: 0 }]);
    const size = FILE.length;
    expect((await store.read(ADDRESS)).size).to.equal(size);
    expect(await codeOf(() => store.read(ADDRESS, { size: size + 1 }))).to.equal("SWARM_SIZE_MISMATCH");
    expect(await codeOf(() => store.read(ADDRESS, { maxBytes: size - 1 }))).to.equal("SWARM_TOO_LARGE");
    expect(await codeOf(() => store.read(ADDRESS, { size, maxBytes: size - 1 }))).to.equal("SWARM_TOO_LARGE");
    expect(await codeOf(() => store.readAll(ADDRESS, size + 1))).to.equal("SWARM_NOT_FOUND");
    for (const range of [
      { start: 0, end: size + 1 },
      { start: -1, end: 5 },
      { start: 9, end: 5 },
      { start: 0.5, end: size },
    ])
      expect(await codeOf(() => collect(store.readRange(ADDRESS, range)))).to.equal("SWARM_RANGE_INVALID");
    for (const nonsense of ["", "xyz", ADDRESS.toUpperCase()])
      expect(await store.read(nonsense).catch((error: unknown) => error)).to.be.instanceOf(RangeError);
    expect(() => new FailoverStore([], nobody)).to.throw(TypeError);
  });

  it("believes no node that a file is too long, and looks at its root chunk", async () => {
    const honest = makeReader({ after: 0, kind: "none", piece: 65_536, lost: 0 }, 0);
    const size = FILE.length;
    const lying: EndpointReader = {
      ...honest,
      readAll: (address, maxBytes) =>
        Promise.reject(new CatnixError("SWARM_TOO_LARGE", { address, size: 1e12, maxBytes })),
    };
    const store = new FailoverStore([{ reader: lying, health: new EndpointHealth("http://0") }], nobody);
    expect(Buffer.compare(await store.readAll(ADDRESS, size), FILE)).to.equal(0);
    expect(await codeOf(() => store.readAll(ADDRESS, size - 1))).to.equal("SWARM_TOO_LARGE");
  });

  it("says of content that nobody was asked for nothing that was said of other content", async () => {
    const wrong = () => Promise.reject(new CatnixError("SWARM_MISMATCH", { address: ADDRESS, actual: "other" }));
    const reader: EndpointReader = { getChunk: wrong, readAll: wrong, has: wrong, openBytes: wrong };
    const health = new EndpointHealth("http://0", { now: () => 0 });
    const store = new FailoverStore([{ reader, health }], nobody, { retries: 0 });
    for (let times = 0; times < 5; times++)
      expect(await codeOf(() => store.getChunk(ADDRESS))).to.equal("SWARM_MISMATCH");
    expect(health.isResting).to.equal(true);
    expect(await codeOf(() => store.getChunk("ab".repeat(32)))).to.equal("SWARM_UNREACHABLE");
  });

  it("leaves a connection to the next request where a file ended well, and none open where its reader left", async () => {
    const node = await startNode();
    const proxy = await startFaultProxy(node.url);
    try {
      await new BeeStore({ url: node.url, batchId: "0".repeat(64) }).write(FILE);
      const store = makeStore([proxy.url]);
      for (let times = 0; times < 2; times++) {
        const { body } = await store.read(ADDRESS);
        expect(Buffer.compare(await collect(body), FILE)).to.equal(0);
      }
      proxy.rule = ({ url }) => (url!.startsWith("/bytes/") ? { kind: "endless" } : undefined);
      for await (const piece of (await store.read(ADDRESS)).body) if (piece.length > 0) break;
      const left = new AbortController();
      const reason = new Error("left");
      const reading = collect((await store.read(ADDRESS, { signal: left.signal })).body);
      left.abort(reason);
      expect(await reading.catch((error: unknown) => error)).to.equal(reason);
    } finally {
      await proxy.close();
      await node.close();
    }
  });
});
