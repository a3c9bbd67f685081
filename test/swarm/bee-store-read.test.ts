import { expect } from "chai";
import { fileAddress } from "../../src/bmt/file-hasher.js";
import { toHex } from "../../src/encoding/hex.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { codeOf } from "../support/code-of.js";
import { collect } from "../support/collect.js";
import { startFaultProxy, type Fault, type FaultProxy } from "../support/fault-proxy.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { startNode } from "../support/start-node.js";

describe("BeeStore, reading from a faulty endpoint", () => {
  const SIZE = 100_000;
  const bytes = pseudoRandomBytes(SIZE, 1);
  const address = toHex(fileAddress(bytes));
  const twin = pseudoRandomBytes(SIZE, 2);
  const other = pseudoRandomBytes(4000, 3);
  let node: Awaited<ReturnType<typeof startNode>>;
  let proxy: FaultProxy;
  let store: BeeStore;
  /** One attempt, so that a fault is seen as it is. */
  let once: BeeStore;

  before(async () => {
    node = await startNode();
    proxy = await startFaultProxy(node.url);
    const direct = new BeeStore({ url: node.url, batchId: "00".repeat(32) });
    for (const file of [bytes, twin, other]) await direct.write(file);
    once = new BeeStore({ url: proxy.url, retries: 0, firstByteMs: 300, idleMs: 300 });
    store = new BeeStore({ url: proxy.url, retries: 2, firstByteMs: 300, idleMs: 300 });
  });
  beforeEach(() => {
    proxy.requests.length = 0;
    proxy.rule = () => undefined;
  });
  after(async () => {
    await proxy.close();
    await node.close();
  });

  /** The fault hits files; chunks, which the client may ask for to learn a size, come as they are. */
  const onFiles = (fault: Fault) => (proxy.rule = ({ url }) => (url!.startsWith("/bytes/") ? fault : undefined));
  const onChunks = (fault: Fault) => (proxy.rule = ({ url }) => (url!.startsWith("/chunks/") ? fault : undefined));
  /** Reads the file, counting what came out before the error. */
  const readCounting = async (options: { size?: number } = {}) => {
    let received = 0;
    const code = await codeOf(async () => {
      for await (const piece of (await once.read(address, options)).body) {
        expect(Buffer.compare(piece, bytes.subarray(received, received + piece.length))).to.equal(0);
        received += piece.length;
      }
    });
    return { code, received };
  };

  const path = (file: Uint8Array) => `/bytes/${toHex(fileAddress(file))}`;
  const cases: [string, Fault, { size?: number }, string | undefined][] = [
    ["the last byte flipped", { kind: "flip", at: -1 }, {}, "SWARM_MISMATCH"],
    [
      "an early end with a fitting length",
      { kind: "truncate", after: 50_000, framing: "length" },
      {},
      "SWARM_MISMATCH",
    ],
    [
      "that where the size is known",
      { kind: "truncate", after: 50_000, framing: "length" },
      { size: SIZE },
      "SWARM_SIZE_MISMATCH",
    ],
    [
      "a clean early end without a length",
      { kind: "truncate", after: 50_000, framing: "chunked" },
      {},
      "SWARM_TRUNCATED",
    ],
    [
      "the same, one byte short",
      { kind: "truncate", after: SIZE - 1, framing: "chunked" },
      { size: SIZE },
      "SWARM_TRUNCATED",
    ],
    ["nothing at all", { kind: "truncate", after: 0, framing: "chunked" }, { size: SIZE }, "SWARM_TRUNCATED"],
    ["a cut connection", { kind: "reset", after: 50_000 }, {}, "SWARM_TRUNCATED"],
    ["a pause without end", { kind: "stall", after: 50_000 }, {}, "SWARM_TIMEOUT"],
    ["no answer", { kind: "hang" }, {}, "SWARM_TIMEOUT"],
    ["a body without end", { kind: "endless" }, {}, "SWARM_MISMATCH"],
    ["another size than asked for", { kind: "instead", path: path(other) }, { size: SIZE }, "SWARM_SIZE_MISMATCH"],
    ["the right content without a length", { kind: "no-length" }, {}, undefined],
    ["the right content, slowly", { kind: "drip", bytes: 20_000, everyMs: 40 }, {}, undefined],
  ];
  for (const [name, fault, options, expected] of cases) {
    it(`meets ${name}: ${expected ?? "reads it"}`, async () => {
      onFiles(fault);
      const { code, received } = await readCounting(options);
      expect(code).to.equal(expected);
      if (expected === undefined) expect(received).to.equal(SIZE);
      else expect(received).to.be.at.most(SIZE - 4096);
    });
  }

  it("gives no last bytes of content that was altered, or is another's", async () => {
    for (const fault of [
      { kind: "flip", at: 0 },
      { kind: "flip", at: 60_000 },
      { kind: "instead", path: path(twin) },
    ] as const) {
      onFiles(fault);
      let received = 0;
      const code = await codeOf(async () => {
        for await (const piece of (await once.read(address)).body) received += piece.length;
      });
      expect(code).to.equal("SWARM_MISMATCH");
      expect(received).to.be.at.most(SIZE - 4096);
    }
  });

  const statuses = {
    SWARM_NOT_FOUND: [404, 500],
    SWARM_BUSY: [429, 502, 503, 504],
    SWARM_REQUEST_REFUSED: [400, 401, 403],
    SWARM_ANSWER_INVALID: [501],
  };
  for (const [expected, numbers] of Object.entries(statuses)) {
    it(`takes ${numbers.join(", ")} for ${expected}`, async () => {
      for (const status of numbers) {
        proxy.rule = () => ({ kind: "status", status });
        expect(await codeOf(() => once.read(address))).to.equal(expected);
        expect(await codeOf(() => once.getChunk(address))).to.equal(expected);
        const missing = expected === "SWARM_NOT_FOUND";
        expect(await codeOf(() => once.has(address))).to.equal(missing ? undefined : expected);
      }
    });
  }

  it("keeps to the bounds of its caller", async () => {
    expect(await codeOf(() => store.read(address, { maxBytes: SIZE - 1 }))).to.equal("SWARM_TOO_LARGE");
    expect(await codeOf(() => store.readAll(address, SIZE - 1))).to.equal("SWARM_TOO_LARGE");
    expect(await codeOf(() => store.read(address, { size: SIZE, maxBytes: SIZE - 1 }))).to.equal("SWARM_TOO_LARGE");
    expect(await codeOf(() => collect(store.readRange(address, { start: 0, end: SIZE + 1 })))).to.equal(
      "SWARM_RANGE_INVALID",
    );
    for (const nonsense of ["", "xyz", address.toUpperCase(), `${address}00`]) {
      await store.read(nonsense).then(
        () => expect.fail("read"),
        (error: unknown) => expect(error).to.be.instanceOf(RangeError),
      );
    }
  });

  it("tries again what may pass, and only that", async () => {
    let failures = 2;
    proxy.rule = () => (failures-- > 0 ? { kind: "reset", after: 10_000 } : undefined);
    expect(Buffer.compare(await store.readAll(address, SIZE), bytes)).to.equal(0);
    expect(proxy.requests).to.have.length(3);
    proxy.requests.length = 0;
    proxy.rule = () => ({ kind: "status", status: 404 });
    expect(await codeOf(() => store.readAll(address, SIZE))).to.equal("SWARM_NOT_FOUND");
    expect(proxy.requests).to.have.length(1);
    proxy.requests.length = 0;
    proxy.rule = () => ({ kind: "status", status: 503 });
    expect(await codeOf(() => store.readAll(address, SIZE))).to.equal("SWARM_BUSY");
    expect(proxy.requests).to.have.length(3);
  });

  it("verifies every chunk of a range", async () => {
    const range = { start: 5000, end: 60_000 };
    expect(Buffer.compare(await collect(once.readRange(address, range)), bytes.subarray(5000, 60_000))).to.equal(0);
    for (const [fault, expected] of [
      [{ kind: "flip", at: 8 }, "SWARM_MISMATCH"],
      [{ kind: "flip", at: 0 }, "SWARM_MISMATCH"],
      [{ kind: "instead", path: path(bytes).replace("bytes", "chunks") }, "SWARM_MISMATCH"],
      [{ kind: "truncate", after: 3, framing: "length" }, "SWARM_CHUNK_INVALID"],
      [{ kind: "endless" }, "SWARM_CHUNK_INVALID"],
      [{ kind: "status", status: 500 }, "SWARM_NOT_FOUND"],
    ] as [Fault, string][]) {
      proxy.rule = ({ url }) => (url!.startsWith("/chunks/") && !url!.endsWith(address) ? fault : undefined);
      expect(await codeOf(() => collect(once.readRange(address, range)))).to.equal(expected);
    }
    onChunks({ kind: "flip", at: -1 });
    expect(await codeOf(() => once.getChunk(address))).to.equal("SWARM_MISMATCH");
  });

  it("stops for a signal, before and in the middle", async () => {
    const reason = new Error("enough");
    const failureOf = (run: () => Promise<unknown>) =>
      run().then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(await failureOf(() => store.read(address, { signal: AbortSignal.abort(reason) }))).to.equal(reason);
    onFiles({ kind: "stall", after: 50_000 });
    const stop = new AbortController();
    const failure = await failureOf(async () => {
      const { body } = await store.read(address, { signal: stop.signal });
      for await (const piece of body) if (piece.length > 0) stop.abort(reason);
    });
    expect(failure).to.equal(reason);
  });

  it("says so where nobody listens", async () => {
    const gone = await startFaultProxy(node.url);
    await gone.close();
    const lost = new BeeStore({ url: gone.url, retries: 0 });
    expect(await codeOf(() => lost.read(address))).to.equal("SWARM_UNREACHABLE");
    expect(await codeOf(() => lost.has(address))).to.equal("SWARM_UNREACHABLE");
  });

  it("works in one process, without a socket", async () => {
    const local = new BeeStore({ url: "http://swarm.invalid", fetch: (request) => node.node.fetch(request) });
    expect(Buffer.compare(await local.readAll(address, SIZE), bytes)).to.equal(0);
    expect(
      Buffer.compare(await collect(local.readRange(address, { start: 3, end: 70_000 })), bytes.subarray(3, 70_000)),
    ).to.equal(0);
    expect(await local.has("12".repeat(32))).to.equal(false);
  });
});
