import { expect } from "chai";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { fileAddress } from "../../src/bmt/file-hasher.js";
import { decodeRecord, formatRecord, MAX_RECORD_SIZE } from "../../src/cat/record.js";
import { toHex } from "../../src/encoding/hex.js";
import { ZstdFrameWalker } from "../../src/encoding/zstd-frame.js";
import { isCatnixError } from "../../src/errors/catnix-error.js";
import { formatNixSha256, parseNixSha256 } from "../../src/nix/nix-hash.js";
import { removeTree } from "../../src/nix/remove-tree.js";
import { openNixStore } from "../../src/nixdb/nix-store.js";
import { Journal } from "../../src/publisher/journal.js";
import type { PublishEvent } from "../../src/publisher/publish-closure.js";
import type { PublishResult } from "../../src/publisher/publish-result.js";
import { codeOf } from "../support/code-of.js";
import { listingOf } from "../support/nar-listing.js";
import { makeTree } from "../support/nar-tree.js";
import { setUpRealNix, type RealNix } from "../support/real-nix.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { addSmallClosure, type SmallClosure } from "./support/published-store.js";
import { startPublisher, type TestPublisher } from "./support/start-publisher.js";

const namesOf = ({ records }: PublishResult) => records.map(({ record }) => record.storePath.slice(44));

/** A stock Nix of this machine; skipped without one, but never under `CI=true`. */
describe("publishClosure", function () {
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

  it("uploads what nix-store --dump writes, and records that say what Nix says", async () => {
    const result = await publisher.publish([added.top, added.tree]);
    expect(namesOf(result).sort()).to.deep.equal(["data", "middle", "top", "tree-1"]);
    expect(result).to.deep.include({ alreadyListed: 0, reused: 0 });
    expect(result.uploaded.paths).to.equal(4);
    expect(result.uploaded.chunksNew).to.be.within(170, result.uploaded.chunksTotal!);
    using store = openNixStore({ root: nix.root });
    for (const { record, swarmId, nixId } of result.records) {
      const text = await publisher.store.readAll(toHex(swarmId), MAX_RECORD_SIZE);
      expect(decodeRecord(text, nixId)).to.deep.equal(record);
      const file = await publisher.store.readAll(record.narAddress, 1e7);
      const dump = nix.run("nix-store", "--dump", join(nix.root, record.storePath));
      expect(Buffer.compare(zstdDecompressSync(file), dump)).to.equal(0);
      expect(new ZstdFrameWalker().advance(file), "one frame").to.equal(file.length); // none has more than one piece
      const info = store.queryPathInfo(record.storePath)!;
      expect(record).to.deep.equal({
        storePath: info.storePath,
        narAddress: record.narAddress,
        compression: "zstd",
        fileHash: formatNixSha256(createHash("sha256").update(file).digest()),
        fileSize: file.length,
        narHash: formatNixSha256(createHash("sha256").update(dump).digest()),
        narSize: dump.length,
        references: info.references.map((path) => path.slice("/nix/store/".length)),
        ca: info.ca,
        listing: record.listing,
        sigs: info.sigs,
      });
      expect(await publisher.store.readAll(record.listing!, 1e7)).to.deep.equal(new Uint8Array(listingOf(dump)!));
    }
    const sums = result.records.map(({ record }) => [record.narSize, record.fileSize] as const);
    expect(result.narBytes).to.equal(sums.reduce((sum, [nar]) => sum + nar, 0));
    expect(result.fileBytes).to.equal(sums.reduce((sum, [, file]) => sum + file, 0));
    const top = result.records.find(({ record }) => record.storePath === added.top)!;
    expect(top.record.references).to.have.length(2);
    expect(top.record.sigs[0]).to.match(/^builder-1:/);
  });

  it("lists references before what refers to them, each path once", async () => {
    const result = await publisher.publish([added.top, added.top]);
    expect(namesOf(result)).to.deep.equal(["data", "middle", "top"]);
  });

  it("uploads nothing the second time, and says so", async () => {
    const first = await publisher.publish([added.top, added.tree]);
    publisher.proxy.requests.length = 0;
    const second = await publisher.publish([added.top, added.tree]);
    expect(second.uploaded).to.deep.equal({ paths: 0, bytes: 0, chunksNew: 0, chunksTotal: 0 });
    expect(second.reused).to.equal(4);
    expect(second.records).to.deep.equal(first.records);
    expect(publisher.proxy.requests.every((request) => request.startsWith("HEAD "))).to.equal(true);
  });

  it("makes the same again where only the journal is lost", async () => {
    const first = await publisher.publish([added.top, added.tree]);
    const files = [publisher.journalFile, `${publisher.journalFile}-wal`, `${publisher.journalFile}-shm`];
    for (const file of files) removeTree(file);
    const second = await publisher.publish([added.top, added.tree]);
    expect(second.records).to.deep.equal(first.records);
    expect([second.uploaded.paths, second.uploaded.chunksNew]).to.deep.equal([4, 0]);
  });

  it("uploads again what the store has lost, to another store as well", async () => {
    const first = await publisher.publish([added.tree]);
    publisher.proxy.rule = ({ method, url }) =>
      method === "HEAD" && url!.includes(first.records[0]!.record.narAddress)
        ? { kind: "status", status: 404 }
        : undefined;
    expect((await publisher.publish([added.tree])).uploaded.paths).to.equal(1);
    publisher.proxy.rule = ({ method, url }) =>
      method === "HEAD" && url!.includes(toHex(first.records[0]!.swarmId))
        ? { kind: "status", status: 404 }
        : undefined;
    const { uploaded, records } = await publisher.publish([added.tree]);
    expect(uploaded).to.deep.include({ paths: 1, chunksTotal: 1 }); // the record alone
    expect(records).to.deep.equal(first.records);
  });

  it("uploads a listing again that the store has lost, and not the NAR", async () => {
    const first = await publisher.publish([added.tree]);
    publisher.proxy.rule = ({ method, url }) =>
      method === "HEAD" && url!.includes(first.records[0]!.record.listing!)
        ? { kind: "status", status: 404 }
        : undefined;
    const { uploaded, records } = await publisher.publish([added.tree]);
    expect(uploaded).to.deep.include({ paths: 1, chunksTotal: 2, chunksNew: 0 }); // the listing and the record
    expect(records).to.deep.equal(first.records);
  });

  it("adds the listing to what a version without listings uploaded, and does not send the NAR again", async () => {
    const first = await publisher.publish([added.tree]);
    const [{ record, nixId }] = first.records as [PublishResult["records"][number]];
    const { listing, ...old } = record;
    using journal = new Journal(publisher.journalFile);
    const narHash = parseNixSha256(record.narHash);
    const text = formatRecord(old);
    await journal.keep({ nixId, narHash, format: "stable-zstd/1-9" }, text, toHex(fileAddress(Buffer.from(text))));
    const { uploaded, records } = await publisher.publish([added.tree]);
    expect(uploaded).to.deep.include({ paths: 1, chunksTotal: 2, chunksNew: 0 });
    expect(records).to.deep.equal(first.records);
    expect(listing).to.be.a("string");
    expect((await publisher.publish([added.tree])).reused).to.equal(1);
  });

  it("makes no listing of a NAR with names that are not UTF-8", async () => {
    const source = join(folder, "latin1");
    makeTree(Buffer.from(source), { type: "directory", entries: [["caf\xe9", { type: "symlink", target: "x" }]] });
    const path = nix.run("nix-store", "--add", source).toString().trim();
    const first = await publisher.publish([path]);
    expect(first.records[0]!.record).to.not.have.any.keys("listing");
    expect(await publisher.publish([path])).to.deep.include({ reused: 1, records: first.records });
  });

  it("uploads a listing of several pieces, again after a fault that passes", async () => {
    const source = join(folder, "many");
    mkdirSync(source);
    for (let at = 0; at < 3000; at++) writeFileSync(join(source, `file-${at}`), "");
    const path = nix.run("nix-store", "--add", source).toString().trim();
    let uploads = 0;
    publisher.proxy.rule = ({ method }) =>
      method === "POST" && ++uploads === 2 ? { kind: "status", status: 500 } : undefined;
    const { records } = await publisher.publish([path], { retries: 1 });
    expect(uploads).to.equal(4); // the NAR, the listing twice, the record
    const listing = listingOf(nix.run("nix-store", "--dump", join(nix.root, path)))!;
    expect(listing.length).to.be.above(150_000);
    expect(records[0]!.record.listing).to.equal(toHex(fileAddress(listing)));
  });

  it("leaves out what is listed, unless it is another build", async () => {
    const { records } = await publisher.publish([added.top, added.tree]);
    const listed = new Map(records.map((one) => [Buffer.from(one.nixId).toString("hex"), one]));
    const live = (change: object) => (nixId: Uint8Array) => {
      const { record, swarmId } = listed.get(Buffer.from(nixId).toString("hex"))!;
      const row = { nixId, seq: 1, swarmId };
      return Promise.resolve({ row, record: { ...record, ...change } });
    };
    // Another file, deriver or signature is no reason to set the mapping again.
    const same = await publisher.publish([added.top, added.tree], { live: live({ fileSize: 1, sigs: [] }) });
    expect(same).to.deep.include({ records: [], alreadyListed: 4, reused: 0, narBytes: 0 });
    const others = [{ narHash: formatNixSha256(new Uint8Array(32)) }, { narSize: 1 }, { references: ["x"] }];
    for (const other of others)
      expect((await publisher.publish([added.top], { live: live(other) })).alreadyListed).to.equal(0);
  });

  it("makes the record anew, and only that, when a signature came to the database", async () => {
    const other = addSmallClosure(nix, folder, 7);
    const first = await publisher.publish([other.tree]);
    const secret = join(folder, "later.sec");
    nix.run("nix-store", "--generate-binary-cache-key", "another", secret, join(folder, "later.pub"));
    nix.run("nix", "store", "sign", "--key-file", secret, other.tree);
    const second = await publisher.publish([other.tree]);
    expect(second.uploaded).to.deep.include({ paths: 1, chunksTotal: 1, chunksNew: 1 });
    expect(second.records[0]!.record.narAddress).to.equal(first.records[0]!.record.narAddress);
    expect(second.records[0]!.record.sigs.map((sig) => sig.split(":")[0])).to.deep.equal(["another", "builder-7"]);
  });

  it("refuses a store path that was modified on disk, and notes nothing of it", async () => {
    const other = addSmallClosure(nix, folder, 3);
    const file = join(nix.root, other.tree, "data");
    const bytes = readFileSync(file);
    bytes[350_000]! ^= 1;
    chmodSync(file, 0o644);
    writeFileSync(file, bytes);
    chmodSync(file, 0o444);
    for (let run = 0; run < 2; run++) {
      try {
        await publisher.publish([other.tree]);
        expect.fail("it was published");
      } catch (error) {
        if (!isCatnixError(error, "STORE_PATH_MODIFIED")) throw error;
        expect(error.details.path).to.equal(other.tree);
      }
    }
    // The right NAR never became a file of Swarm, nor did a wrong one: a NAR of one piece is compared before the first byte goes.
    expect(publisher.proxy.requests.filter((request) => request.startsWith("POST "))).to.have.length(0);
  });

  it("names the path and goes on from there when Swarm failed in the middle", async () => {
    let uploads = 0;
    publisher.proxy.rule = ({ method }) =>
      method === "POST" && ++uploads > 3 ? { kind: "status", status: 500 } : undefined;
    try {
      await publisher.publish([added.top, added.tree], { parallel: 1 });
      expect.fail("it was published");
    } catch (error) {
      if (!isCatnixError(error, "PUBLISH_FAILED")) throw error;
      expect(isCatnixError(error.cause, "SWARM_UPLOAD_FAILED")).to.equal(true);
      expect(error.details.path).to.match(/^\/nix\/store\//);
    }
    publisher.proxy.rule = () => undefined;
    const result = await publisher.publish([added.top, added.tree]);
    expect([result.reused, result.uploaded.paths]).to.deep.equal([1, 3]);
  });

  it("sends a NAR again by itself after a fault that passes", async () => {
    let uploads = 0;
    publisher.proxy.rule = ({ method }) =>
      method === "POST" && ++uploads === 1 ? { kind: "status", status: 500 } : undefined;
    const events: PublishEvent[] = [];
    const onProgress = (event: PublishEvent) => void events.push(event);
    const result = await publisher.publish([added.tree], { retries: 1, onProgress });
    expect(result.uploaded.paths).to.equal(1);
    const read = events.reduce((sum, event) => (event.kind === "bytes" ? sum + event.narBytes : sum), 0);
    expect(read).to.equal(result.narBytes);
    expect(events[0]).to.deep.equal({ kind: "closure", paths: 1, narBytes: result.narBytes });
    const done = events.at(-1) as Extract<PublishEvent, { kind: "done" }>;
    expect(done).to.include({ kind: "done", storePath: added.tree, outcome: "uploaded" });
    expect(done.files.map(({ size }) => size).reduce((sum, size) => sum + size)).to.equal(result.uploaded.bytes);
    const retried = events.filter((event) => event.kind === "retry");
    expect(retried.map(({ storePath, error }) => [storePath, error.code])).to.deep.equal([
      [added.tree, "SWARM_UPLOAD_FAILED"],
    ]);
  });

  it("stops at its signal, with its reason", async () => {
    const stop = new AbortController();
    publisher.proxy.rule = ({ method }) => {
      if (method === "POST") setTimeout(() => stop.abort(new RangeError("enough")), 20);
      return method === "POST" ? { kind: "hang" } : undefined;
    };
    const running = publisher.publish([added.top, added.tree], { signal: stop.signal });
    expect(await running.catch((error: unknown) => error)).to.be.instanceOf(RangeError);
  });

  it("refuses what the store does not have, other store folders and levels beyond what readers accept", async () => {
    const unknown = `/nix/store/${"0".repeat(31)}1-unknown`;
    expect(await codeOf(() => publisher.publish([unknown]))).to.equal("STORE_PATH_NOT_VALID");
    expect(await codeOf(() => publisher.publish([folder]))).to.equal("STORE_PATH_NOT_FOUND");
    expect(await codeOf(() => publisher.publish([added.top], { storeDir: "/gnu/store" }))).to.equal(
      "STORE_PATH_INVALID",
    );
    for (const level of [0, 20, 1.5]) {
      const failed = await publisher.publish([added.top], { level }).catch((error: unknown) => error);
      expect(failed).to.be.instanceOf(RangeError);
    }
    expect(publisher.proxy.requests).to.deep.equal([]);
  });
});
