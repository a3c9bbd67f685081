import { expect } from "chai";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeTree } from "../../src/nix/remove-tree.js";
import { openNixStore } from "../../src/nixdb/nix-store.js";
import { boundUpload } from "../../src/publisher/bound-upload.js";
import { checkRoom, reckonUpload, type RoomOptions } from "../../src/publisher/check-room.js";
import type { PublishEvent } from "../../src/publisher/publish-closure.js";
import { BeeEndpoint } from "../../src/swarm/bee-endpoint.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { readBuckets, readStamp } from "../../src/swarm/postage/stamps.js";
import { codeOf } from "../support/code-of.js";
import { setUpRealNix, type RealNix } from "../support/real-nix.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { addSmallClosure, type SmallClosure } from "./support/published-store.js";
import { startPublisher, type TestPublisher } from "./support/start-publisher.js";

const BUCKETS = 1 << 16;

/** A stock Nix of this machine, and an embedded node that counts what its batches pay for. */
describe("checkRoom", function () {
  this.timeout(60_000);
  let folder: string;
  let nix: RealNix;
  let added: SmallClosure;
  let publisher: TestPublisher;
  before(async function () {
    folder = (await makeTempFolder()).path;
    nix = setUpRealNix(this, folder);
    added = addSmallClosure(nix, folder);
  });
  after(() => removeTree(folder));
  beforeEach(async () => {
    publisher = await startPublisher(nix.root);
  });
  afterEach(() => publisher.close());

  const options = (store: RoomOptions["nix"]): RoomOptions => ({
    ...{ nix: store, storeDir: "/nix/store", level: 9, parallel: 2, signal: new AbortController().signal },
    needed: (paths) => Promise.resolve(paths),
  });
  const buyBatch = async (depth: number): Promise<string> => {
    const answer = await fetch(`${publisher.node.url}/stamps/600000000000/${depth}`, { method: "POST" });
    return ((await answer.json()) as { batchID: string }).batchID;
  };
  const endpoint = () => new BeeEndpoint({ url: publisher.node.url });
  const posts = () => publisher.proxy.requests.filter((request) => request.startsWith("POST "));

  it("counts, bucket by bucket, what an upload then pays for", async () => {
    const batch = await buyBatch(24);
    using store = openNixStore({ root: nix.root });
    const closure = store.closure([added.top, added.tree]);
    const before = (await readBuckets(endpoint(), batch))!;
    const reckoned = await reckonUpload(closure, before, options(store));
    const paying = new BeeStore({ url: publisher.proxy.url, batchId: batch });
    const { uploaded, records } = await publisher.publish([added.top, added.tree], { store: paying });
    expect(reckoned.bytes).to.equal(uploaded.bytes);
    const after = (await readBuckets(endpoint(), batch))!.used.reduce((sum, count) => sum + count);
    // The same chunk in two files is paid for once; delta, pack and CAT are bounded.
    expect(after).to.equal(uploaded.chunksNew);
    expect(reckoned.chunks - uploaded.chunksTotal!).to.be.within(1, 10 * records.length);
    expect(boundUpload(closure)).to.be.above(reckoned.chunks);
    expect([reckoned.risk < 1e-6, reckoned.isExact]).to.deep.equal([true, true]);
  });

  it("bounds any upload from sizes alone, one of many empty files as well", async () => {
    const source = join(folder, "empty-files");
    mkdirSync(source);
    for (let at = 0; at < 3000; at++) writeFileSync(join(source, `file-${at}`), "");
    const path = nix.run("nix-store", "--add", source).toString().trim();
    using store = openNixStore({ root: nix.root });
    const closure = store.closure([path]);
    const empty = { size: 256, used: new Uint32Array(BUCKETS) };
    expect(boundUpload(closure)).to.be.above((await reckonUpload(closure, empty, options(store))).chunks);
  });

  it("does not look into files where sizes tell enough", async () => {
    using store = openNixStore({ root: nix.root });
    const needed = () => Promise.reject(new Error("asked"));
    const room = { batch: "ab".repeat(32), buckets: { size: 256, used: new Uint32Array(BUCKETS) } };
    const found = await checkRoom(store.closure([added.tree]), room, { ...options(store), needed });
    expect(found).to.include({ isExact: false, bytes: undefined });
    expect(found.fullest).to.be.within(1, 3);
  });

  it("refuses, before the first byte, what the fullest bucket has no room for", async () => {
    using store = openNixStore({ root: nix.root });
    const closure = store.closure([added.tree]);
    const { used } = { used: new Uint32Array(BUCKETS).fill(2) };
    const room = { batch: "ab".repeat(32), buckets: { size: 2, used } };
    const events: PublishEvent["kind"][] = [];
    const onProgress = ({ kind }: PublishEvent) => void events.push(kind);
    expect(await codeOf(() => publisher.publish([added.tree], { room, onProgress }))).to.equal("STAMP_OVERFLOW");
    expect([posts(), events]).to.deep.equal([[], ["closure", "checked", "reckoned"]]);
    expect(await codeOf(() => checkRoom(closure, room, options(store)))).to.equal("STAMP_OVERFLOW");
  });

  it("lets through what is on Swarm already, and what the CAT lists, whatever room there is", async () => {
    const full = { batch: "ab".repeat(32), buckets: { size: 2, used: new Uint32Array(BUCKETS).fill(2) } };
    const { records } = await publisher.publish([added.tree]);
    expect((await publisher.publish([added.tree], { room: full })).reused).to.equal(1);
    const [{ record, swarmId, nixId }] = records as [(typeof records)[number]];
    const live = () => Promise.resolve({ row: { nixId, seq: 1, swarmId }, record });
    removeTree(publisher.journalFile);
    expect((await publisher.publish([added.tree], { room: full, live })).alreadyListed).to.equal(1);
  });

  it("lets go what fits although a bound from sizes would not", async () => {
    const source = join(folder, "zeros");
    mkdirSync(source);
    writeFileSync(join(source, "zeros"), new Uint8Array(40_000_000));
    chmodSync(source, 0o755);
    const path = nix.run("nix-store", "--add", source).toString().trim();
    const batch = await buyBatch(17);
    const room = { batch, buckets: (await readBuckets(endpoint(), batch))! };
    const store = new BeeStore({ url: publisher.proxy.url, batchId: batch });
    const events: PublishEvent["kind"][] = [];
    const onProgress = ({ kind }: PublishEvent) => void events.push(kind);
    expect((await publisher.publish([path], { room, store, onProgress })).uploaded.paths).to.equal(1);
    expect(events).to.include("reckoned");
    expect((await readStamp(endpoint(), batch))!.fullestBucket).to.be.within(1, 2);
  });
});
