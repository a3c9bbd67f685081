import { expect } from "chai";
import { pino } from "pino";
import { configSchema } from "../../src/config/schema.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { listUrls, openStore, type OpenStoreOptions } from "../../src/swarm/open-store.js";
import { codeOf } from "../support/code-of.js";
import { collect } from "../support/collect.js";
import { startFaultProxy, type FaultProxy } from "../support/fault-proxy.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { startNode } from "../support/start-node.js";
import { makeTempFolder } from "../support/temp-folder.js";

describe("openStore", () => {
  const postageBatch = "0".repeat(64);
  const bytes = pseudoRandomBytes(9000, 4);
  let nodes: Awaited<ReturnType<typeof startNode>>[];
  let proxies: FaultProxy[];
  let logged: { level: number; url: string; msg: string }[];
  const log = pino(
    { level: "info" },
    { write: (line) => void logged.push(JSON.parse(line) as (typeof logged)[number]) },
  );

  beforeEach(async () => {
    logged = [];
    nodes = [await startNode(), await startNode()];
    proxies = [await startFaultProxy(nodes[0]!.url), await startFaultProxy(nodes[1]!.url)];
  });
  afterEach(async () => {
    for (const it of [...proxies, ...nodes]) await it.close();
  });
  const openAll = (swarm: object, options: OpenStoreOptions = { log }) =>
    openStore(configSchema.parse({ swarm: { url: proxies[0]!.url, postageBatch, ...swarm } }).swarm, options);
  const open = () => openAll({ urls: [proxies[1]!.url] }).store;

  it("reads from each, in order, and names each once", async () => {
    expect(listUrls({ url: "http://a", urls: ["http://b", "http://a"] })).to.deep.equal(["http://a", "http://b"]);
    const { address } = await new BeeStore({ url: nodes[1]!.url, batchId: postageBatch }).write(bytes);
    const { store, report } = openAll({ urls: [proxies[1]!.url] });
    expect(Buffer.compare(await store.readAll(address, 10_000), bytes)).to.equal(0);
    expect(await store.has(address)).to.equal(true);
    expect(proxies.map(({ requests }) => requests.length)).to.deep.equal([2, 2]);
    expect(report().endpoints).to.have.length(2);
    expect(report().endpoints[0]).to.deep.include({ state: "up", failures: { SWARM_NOT_FOUND: 2 } });
  });

  it("uploads to the first alone, and finds there what nobody had before", async () => {
    const store = open();
    const { address } = await open().write(bytes);
    proxies[0]!.requests.length = 0;
    const missing = "12".repeat(32);
    expect(await store.has(missing)).to.equal(false);
    expect(await codeOf(() => store.getChunk(missing))).to.equal("SWARM_NOT_FOUND");
    const written = await store.write(bytes);
    expect(written.address).to.equal(address);
    expect(proxies[1]!.requests.filter((request) => request.startsWith("POST"))).to.deep.equal([]);
    expect(Buffer.compare(await store.readAll(address, 10_000), bytes)).to.equal(0);
  });

  it("does not ask again at once for what nobody has, unless something was uploaded", async () => {
    const store = open();
    const address = await new BeeStore({ url: nodes[0]!.url, batchId: postageBatch })
      .write(bytes)
      .then((written) => written.address);
    proxies[0]!.rule = proxies[1]!.rule = () => ({ kind: "status", status: 404 });
    expect(await codeOf(() => store.readAll(address, 10_000))).to.equal("SWARM_NOT_FOUND");
    const asked = () => proxies.flatMap(({ requests }) => requests).length;
    const before = asked();
    expect(await codeOf(() => store.readAll(address, 10_000))).to.equal("SWARM_NOT_FOUND");
    expect(asked()).to.equal(before);
    proxies[0]!.rule = () => undefined;
    await store.write(pseudoRandomBytes(10, 9));
    expect(Buffer.compare(await store.readAll(address, 10_000), bytes)).to.equal(0);
  });

  it("logs when a node begins to rest, without its secrets, and when it is back", async () => {
    const url = `${proxies[0]!.url}/secret`;
    const { store } = openAll({ url });
    proxies[0]!.rule = () => ({ kind: "status", status: 401 });
    for (let count = 0; count < 5; count++)
      expect(await codeOf(() => store.getChunk("12".repeat(32)))).to.equal("SWARM_REQUEST_REFUSED");
    expect(logged.map(({ level }) => level)).to.deep.equal([40]);
    expect(JSON.stringify(logged)).not.to.include("secret");
    // At rest: nobody is asked, and the reason is known.
    const { length } = proxies[0]!.requests;
    expect(await codeOf(() => store.getChunk("12".repeat(32)))).to.equal("SWARM_REQUEST_REFUSED");
    expect(proxies[0]!.requests).to.have.length(length);
  });

  it("ends its requests by its signal", async () => {
    const stop = new AbortController();
    const { store } = openAll({}, { signal: stop.signal });
    const reason = new Error("stop");
    proxies[0]!.rule = () => {
      stop.abort(reason);
      return { kind: "hang" };
    };
    expect(await store.getChunk("12".repeat(32)).catch((error: unknown) => error)).to.equal(reason);
  });

  it("keeps what is read in the cache, but for who asks the network", async () => {
    const folder = await makeTempFolder();
    const { address } = await new BeeStore({ url: nodes[0]!.url, batchId: postageBatch }).write(bytes);
    const opened = openAll({ cacheDir: folder.path });
    for (let count = 0; count < 2; count++) {
      expect(Buffer.compare(await collect((await opened.store.read(address)).body), bytes)).to.equal(0);
      await opened.settle();
    }
    expect(opened.report().cache).to.include({ hits: 1, misses: 1 });
    proxies[0]!.rule = () => ({ kind: "status", status: 404 });
    expect(Buffer.compare(await collect((await opened.store.read(address)).body), bytes)).to.equal(0);
    const { store, report } = openAll({ cacheDir: folder.path }, { cached: false });
    expect(await codeOf(() => store.read(address))).to.equal("SWARM_NOT_FOUND");
    expect(report().cache).to.equal(undefined);
    await folder.remove();
  });
});
