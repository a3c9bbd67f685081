import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { BeeStore } from "../../../src/swarm/bee-store.js";
import { CachedStore } from "../../../src/swarm/cache/cached-store.js";
import { DiskCache } from "../../../src/swarm/cache/disk-cache.js";
import type { FailoverStore } from "../../../src/swarm/failover/failover-store.js";
import { codeOf } from "../../support/code-of.js";
import { collect } from "../../support/collect.js";
import { startFaultProxy, type FaultProxy } from "../../support/fault-proxy.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import { mountSmallDisk } from "../../support/small-disk.js";
import { startNode } from "../../support/start-node.js";
import { startProgram } from "../../support/start-program.js";
import { makeTempFolder } from "../../support/temp-folder.js";
import { makeStore } from "../faults/fault-world.js";

describe("CachedStore", function () {
  this.timeout(60_000);
  let node: Awaited<ReturnType<typeof startNode>>;
  let proxy: FaultProxy;
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let inner: FailoverStore;
  let logged: { code?: string; msg: string }[];
  const log = pino(
    { level: "warn" },
    { write: (line) => void logged.push(JSON.parse(line) as (typeof logged)[number]) },
  );
  /** Of a chunk, of two levels, of three. */
  const files = [1000, 300_000, 1_200_000].map((size) => ({ bytes: pseudoRandomBytes(size, size), address: "" }));
  const [small, middle, large] = files as [(typeof files)[0], (typeof files)[0], (typeof files)[0]];

  before(async () => {
    node = await startNode();
    proxy = await startFaultProxy(node.url);
    const uploads = new BeeStore({ url: node.url, batchId: "0".repeat(64) });
    for (const file of files) file.address = (await uploads.write(file.bytes)).address;
  });
  beforeEach(async () => {
    folder = await makeTempFolder();
    inner = makeStore([proxy.url]);
    logged = [];
    proxy.requests.length = 0;
    proxy.rule = () => undefined;
  });
  afterEach(() => folder.remove());
  after(async () => {
    await proxy.close();
    await node.close();
  });

  function open(maxBytes = 1e9, path = folder.path) {
    const cache = new DiskCache({ folder: path, maxBytes, log });
    return Object.assign(new CachedStore(inner, cache, 0), { cache });
  }
  const fileOf = (address: string) => join(folder.path, address.slice(0, 2), address);
  const isThere = (address: string) =>
    stat(fileOf(address)).then(
      () => true,
      () => false,
    );
  const readWhole = async (store: CachedStore, { address }: { address: string }) =>
    collect((await store.read(address)).body);
  const fill = async (store: CachedStore, ...which: typeof files) => {
    for (const file of which) await readWhole(store, file);
    await store.settle();
  };
  const upload = async (size: number, seed: number) => {
    const bytes = pseudoRandomBytes(size, seed);
    return { bytes, ...(await new BeeStore({ url: node.url, batchId: "0".repeat(64) }).write(bytes)) };
  };
  const expectBytes = (got: Uint8Array, bytes: Uint8Array) => expect(Buffer.compare(got, bytes)).to.equal(0);

  it("asks the network once for what is read twice, whatever its size", async () => {
    const store = open();
    await fill(store, ...files);
    proxy.rule = () => ({ kind: "status", status: 503 });
    proxy.requests.length = 0;
    for (const file of files) {
      const { address, bytes } = file;
      expectBytes(await readWhole(store, file), bytes);
      expectBytes(await store.readAll(address, bytes.length), bytes);
      for (const [start, end] of [
        [0, 0],
        [0, 1],
        [500, bytes.length],
        [Math.min(4095, bytes.length - 1), Math.min(4097, bytes.length)],
        [bytes.length - 1, bytes.length],
      ] as const)
        expectBytes(await collect(store.readRange(address, { start, end })), bytes.subarray(start, end));
      expect((await store.getChunk(address)).length).to.be.above(8);
    }
    expect(proxy.requests).to.deep.equal([]);
    expect(logged).to.deep.equal([]);
    expect(await readdir(join(folder.path, "tmp"))).to.deep.equal([]);
  });

  it("serves another process, and a later one, what it kept", async () => {
    const first = open();
    await fill(first, large);
    proxy.rule = () => ({ kind: "status", status: 503 });
    expectBytes(await readWhole(open(), large), large.bytes);
  });

  it("keeps to what its reader allows", async () => {
    const store = open();
    await fill(store, middle);
    const { address, bytes } = middle;
    const size = bytes.length;
    expect(await codeOf(() => store.read(address, { size: size - 1 }))).to.equal("SWARM_SIZE_MISMATCH");
    expect(await codeOf(() => store.read(address, { maxBytes: size - 1 }))).to.equal("SWARM_TOO_LARGE");
    expect(await codeOf(() => store.readAll(address, size - 1))).to.equal("SWARM_TOO_LARGE");
    expect(await codeOf(() => collect(store.readRange(address, { start: 0, end: size + 1 })))).to.equal(
      "SWARM_RANGE_INVALID",
    );
    expect(await codeOf(() => store.read(large.address, { size: 7 }))).to.equal("SWARM_SIZE_MISMATCH");
    expect(await codeOf(() => store.read("12".repeat(32)))).to.equal("SWARM_NOT_FOUND");
  });

  it("makes no room for what its reader does not take", async () => {
    const store = open(2_450_000);
    await fill(store, large, middle);
    const other = await upload(1_200_000, 79);
    expect(await codeOf(() => store.read(other.address, { size: 7 }))).to.equal("SWARM_SIZE_MISMATCH");
    expect([await isThere(large.address), await isThere(middle.address)]).to.deep.equal([true, true]);
    const refused = codeOf(() => store.read(other.address, { maxBytes: 1000 }));
    const taken = store.read(other.address);
    expect(await refused).to.equal("SWARM_TOO_LARGE");
    expectBytes(await collect((await taken).body), other.bytes);
    await store.settle();
  });

  it("lets all readers of a file follow one download, each at its own speed", async () => {
    const store = open();
    const readers = await Promise.all(Array.from({ length: 5 }, () => store.read(large.address)));
    const slow = readers.pop()!.body[Symbol.asyncIterator]();
    const first = (await slow.next()).value as Uint8Array;
    for (const got of await Promise.all(readers.map(({ body }) => collect(body)))) expectBytes(got, large.bytes);
    const rest = await collect({ [Symbol.asyncIterator]: () => slow });
    expectBytes(Buffer.concat([first, rest]), large.bytes);
    expect(proxy.requests.filter((request) => request === `GET /bytes/${large.address}`)).to.have.length(1);
    await store.settle();
    expect(await isThere(large.address)).to.equal(true);
  });

  it("ends a download that nobody reads any more, and keeps nothing of it", async () => {
    const store = open();
    proxy.rule = ({ url }) =>
      url === `/bytes/${large.address}` ? { kind: "drip", bytes: 65_536, everyMs: 50 } : undefined;
    for await (const piece of (await store.read(large.address)).body) if (piece.length > 0) break;
    await store.settle();
    await sleep(20);
    await store.settle();
    expect(await readdir(join(folder.path, "tmp"))).to.deep.equal([]);
    expect(await isThere(large.address)).to.equal(false);
    const left = new AbortController();
    const reason = new Error("left");
    const { body } = await store.read(large.address, { signal: left.signal });
    left.abort(reason);
    expect(await collect(body).catch((error: unknown) => error)).to.equal(reason);
  });

  it("keeps nothing of what failed, and says to every reader why", async () => {
    const store = open();
    proxy.rule = ({ url }) =>
      url!.startsWith("/bytes/") || !url!.endsWith(large.address) ? { kind: "status", status: 404 } : undefined;
    const codes = await Promise.all([1, 2].map(() => codeOf(() => readWhole(store, large))));
    expect(codes).to.deep.equal(["SWARM_NOT_FOUND", "SWARM_NOT_FOUND"]);
    await store.settle();
    expect(await isThere(large.address)).to.equal(false);
    expect(await readdir(join(folder.path, "tmp"))).to.deep.equal([]);
  });

  describe("a damaged file", () => {
    const { length } = large.bytes;
    const damages: [what: string, change: (entry: Buffer) => Buffer][] = [
      ["one bit of its first chunk", (entry) => flip(entry, 3)],
      ["one bit in the middle", (entry) => flip(entry, 700_000)],
      ["one bit of its last byte", (entry) => flip(entry, length - 1)],
      ["one bit of its tree", (entry) => flip(entry, length + 100)],
      ["one bit of its root", (entry) => flip(entry, entry.length - 32 - 4 * 40 - 20)],
      ["one bit of its index", (entry) => flip(entry, entry.length - 32 - 20)],
      ["one bit of its magic", (entry) => flip(entry, entry.length - 30)],
      ["another size", (entry) => flip(entry, entry.length - 16)],
      ["a count beyond all bounds", (entry) => flip(entry, entry.length - 2)],
      ["cut off", (entry) => entry.subarray(0, 500_000)],
      ["empty", () => Buffer.alloc(0)],
      ["another file", () => Buffer.from("x".repeat(5000))],
    ];
    for (const [what, change] of damages)
      it(`is noticed, removed and made up for by the network: ${what}`, async () => {
        const store = open();
        await fill(store, large);
        await writeFile(fileOf(large.address), change(await readFile(fileOf(large.address))));
        expectBytes(await readWhole(store, large), large.bytes);
        await store.settle();
        expect(logged.map(({ code, msg }) => [code, msg.includes("damaged")])).to.deep.equal([
          ["SWARM_MISMATCH", true],
        ]);
        await fill(store, large);
        expectBytes(await readWhole(store, large), large.bytes);
        expect(store.cache.report()).to.include({ failures: 1 });
      });

    function flip(entry: Buffer, at: number): Buffer {
      entry[at]! ^= 1;
      return entry;
    }
  });

  describe("its size", () => {
    const wanted = Array.from({ length: 6 }, (_, at) => ({ bytes: pseudoRandomBytes(100_000, at + 50), address: "" }));
    before(async () => {
      const uploads = new BeeStore({ url: node.url, batchId: "0".repeat(64) });
      for (const file of wanted) file.address = (await uploads.write(file.bytes)).address;
    });
    const present = async () => Promise.all(wanted.map(({ address }) => isThere(address)));
    const age = (file: { address: string }, seconds: number) => {
      const then = new Date(Date.now() - 1000 * seconds);
      return utimes(fileOf(file.address), then, then);
    };

    it("is bounded: what was not read for longest goes, and its readers read on", async () => {
      const store = open(350_000);
      await fill(store, wanted[0]!, wanted[1]!, wanted[2]!);
      for (const [at, seconds] of [300, 200, 100].entries()) await age(wanted[at]!, seconds);
      const reader = (await store.read(wanted[0]!.address)).body[Symbol.asyncIterator](); // used: now the newest
      const first = (await reader.next()).value as Uint8Array;
      await fill(store, wanted[3]!);
      expect(await present()).to.deep.equal([true, false, true, true, false, false]);
      await age(wanted[0]!, 400);
      await fill(store, wanted[4]!);
      expect(await present()).to.deep.equal([false, false, true, true, true, false]);
      proxy.rule = () => ({ kind: "status", status: 503 });
      const rest = await collect({ [Symbol.asyncIterator]: () => reader });
      expectBytes(Buffer.concat([first, rest]), wanted[0]!.bytes);
      expect(store.cache.report().evictions).to.equal(2);
    });

    it("counts what another process put there, too", async () => {
      await fill(open(350_000), wanted[0]!, wanted[1]!, wanted[2]!);
      for (const [at, seconds] of [300, 200, 100].entries()) await age(wanted[at]!, seconds);
      await fill(open(350_000), wanted[3]!);
      expect(await present()).to.deep.equal([false, true, true, true, false, false]);
    });

    it("is bounded for files that come at the same time, too", async () => {
      const store = open(250_000);
      const got = await Promise.all(wanted.map((file) => readWhole(store, file)));
      for (const [at, { bytes }] of wanted.entries()) expectBytes(got[at]!, bytes);
      await store.settle();
      expect((await present()).filter(Boolean).length).to.be.within(1, 2);
      expect(logged).to.deep.equal([]);
    });

    it("leaves out what would take more than half of it", async () => {
      const store = open(150_000);
      expectBytes(await readWhole(store, wanted[0]!), wanted[0]!.bytes);
      await store.settle();
      expect(await isThere(wanted[0]!.address)).to.equal(false);
      expect(logged).to.deep.equal([]);
    });
  });

  describe("its folder", () => {
    const machine = createHash("sha256").update(hostname()).digest("hex").slice(0, 12);

    it("loses what killed processes left there, and nothing of those that live", async () => {
      const program = startProgram(new URL("./sleep.ts", import.meta.url).pathname, []);
      await program.nextLine();
      const tmp = join(folder.path, "tmp");
      await mkdir(tmp);
      const random = "ab".repeat(8);
      const names = {
        living: `${machine}-${program.pid}-${random}`,
        elsewhere: `${"0".repeat(12)}-1-${random}`,
        old: `${"0".repeat(12)}-2-${random}`,
      };
      for (const name of Object.values(names)) await writeFile(join(tmp, name), "x");
      await utimes(join(tmp, names.old), 1, 1);
      await fill(open(), small);
      expect((await readdir(tmp)).sort()).to.deep.equal([names.living, names.elsewhere].sort());
      await program.kill();
      await fill(open(), middle);
      expect(await readdir(tmp)).to.deep.equal([names.elsewhere]);
    });

    it("survives a kill in the middle of a download: nothing half comes to be used", async () => {
      const program = startProgram(new URL("./fill-cache.ts", import.meta.url).pathname, [
        ...[proxy.url, folder.path, large.address],
      ]);
      proxy.rule = ({ url }) => (url === `/bytes/${large.address}` ? { kind: "stall", after: 400_000 } : undefined);
      expect(await program.nextLine()).to.equal("reading");
      await program.kill();
      expect(await readdir(join(folder.path, "tmp"))).to.have.length(1);
      expect(await isThere(large.address)).to.equal(false);
      proxy.rule = () => undefined;
      await fill(open(), large);
      expect(await readdir(join(folder.path, "tmp"))).to.deep.equal([]);
      proxy.rule = () => ({ kind: "status", status: 503 });
      expectBytes(await readWhole(open(), large), large.bytes);
    });

    it("is not needed: without it files are served, and the log says so", async () => {
      const store = open(1e9, "/sys/catnix/cache");
      expectBytes(await readWhole(store, large), large.bytes);
      expect(logged[0]).to.include({ code: "FILE_UNWRITABLE" });
    });

    it("waits for nothing that is no file", async () => {
      const store = open();
      await fill(store, large);
      await rm(fileOf(large.address));
      execFileSync("mkfifo", [fileOf(large.address)]);
      expectBytes(await readWhole(store, large), large.bytes);
      await store.settle();
      expect((await stat(fileOf(large.address))).isFile()).to.equal(true);
    });

    it("goes on where others put into it what does not belong there", async () => {
      await fill(open(), middle);
      await utimes(fileOf(middle.address), 2, 2);
      for (const path of [fileOf("ab".repeat(32)), join(folder.path, "tmp", "folder")]) {
        await mkdir(path, { recursive: true });
        await utimes(path, 1, 1);
      }
      await writeFile(join(folder.path, "cd"), "no folder");
      const store = open(700_000);
      const others = [await upload(300_000, 77), await upload(300_000, 78)];
      await fill(store, ...others);
      const there = [middle, ...others].map(({ address }) => isThere(address));
      expect(await Promise.all(there)).to.deep.equal([false, true, true]);
    });

    it("may be removed while it is used", async () => {
      const store = open();
      await fill(store, small);
      await rm(folder.path, { recursive: true });
      for (const file of [small, middle, large]) expectBytes(await readWhole(store, file), file.bytes);
      await store.settle();
      expectBytes(await readWhole(store, large), large.bytes);
    });

    it("may be full: files are served, whole, and the log says so", async function () {
      const disk = await mountSmallDisk(this, 2 << 20);
      try {
        const store = open(1e9, disk.path);
        await fill(store, small);
        disk.fill(200_000);
        for (const file of [large, middle]) expectBytes(await readWhole(store, file), file.bytes);
        await store.settle();
        expect(logged[0]).to.include({ code: "DISK_FULL" });
        expect(await readdir(join(disk.path, "tmp"))).to.deep.equal([]);
        disk.makeRoom();
        await fill(store, large);
        proxy.rule = () => ({ kind: "status", status: 503 });
        expectBytes(await readWhole(store, large), large.bytes);
      } finally {
        await disk.remove();
      }
    });
  });

  it("writes through, and asks the network what it has", async () => {
    const store = new CachedStore(
      new BeeStore({ url: node.url, batchId: "0".repeat(64) }),
      new DiskCache({ folder: folder.path, maxBytes: 1e9, log }),
    );
    const bytes = pseudoRandomBytes(5000, 99);
    const { address } = await store.write(bytes);
    expect([await store.has(address), await store.has("12".repeat(32))]).to.deep.equal([true, false]);
    expectBytes(await collect((await store.read(address)).body), bytes);
    const data = await store.getChunk(address);
    expect(await store.putChunk(data)).to.equal(address);
    await store.settle();
  });
});
