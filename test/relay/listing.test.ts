import { expect } from "chai";
import { request } from "node:http";
import { Registry } from "prom-client";
import { makeChunk } from "../../src/bmt/chunk.js";
import { fileAddress } from "../../src/bmt/file-hasher.js";
import { toHex } from "../../src/encoding/hex.js";
import { MAX_LISTING_SIZE } from "../../src/nix/listing-encoder.js";
import type { Fault } from "../support/fault-proxy.js";
import { commitBatch, commitWithdrawal, makeRecord, swarmIdOf } from "../support/fill-index.js";
import { httpGet } from "../support/http-get.js";
import { listingOf } from "../support/nar-listing.js";
import { encodeNar, type NarTree } from "../support/nar-tree.js";
import { readNixVectorBytes } from "../support/nix-vector.js";
import { startRelay, type TestRelay } from "../support/start-relay.js";

const empty: NarTree = { type: "regular", executable: false, contents: Buffer.alloc(0) };
const names = Array.from({ length: 3000 }, (_, at): [string, NarTree] => [String(at + 1000), empty]);
/** One of one chunk, and one of several. */
const [small, large] = [readNixVectorBytes("listed.nar"), encodeNar({ type: "directory", entries: names })].map(
  (nar) => ({
    nar,
    listing: listingOf(nar)!,
  }),
) as [Listed, Listed];
interface Listed {
  nar: Buffer;
  listing: Buffer;
}
const recordOf = (name: string, { nar, listing }: Listed) =>
  makeRecord(name, nar, { listing: toHex(fileAddress(listing)) });
const records = { small: recordOf("small", small), large: recordOf("large", large) };
const pathOf = (of: { storePath: string }) => `/${of.storePath.slice(11, 43)}.ls`;

describe("relay, asked for a listing", () => {
  let relay: TestRelay;
  let metrics: Registry;
  const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
    httpGet(relay.url + path, { method, headers });
  const statusOf = async (of: { storePath: string }) => (await get(pathOf(of))).status;
  const failures = async () => {
    const { values } = await metrics.getSingleMetric("catnix_relay_listing_failures_total")!.get();
    return values.map(({ labels, value }) => [labels["code"], value]);
  };

  beforeEach(async () => {
    metrics = new Registry();
    relay = await startRelay({ metrics });
    for (const { listing } of [small, large]) await relay.uploads.write(listing);
    await commitBatch(relay.writer, records.small, records.large);
  });
  afterEach(() => relay.close());

  for (const [name, { listing }] of Object.entries({ small, large }))
    it(`sends that of a ${name} one with what caches need`, async () => {
      const { status, headers, body, complete } = await get(pathOf(records[name as keyof typeof records]));
      expect([status, complete, body.equals(listing)]).to.deep.equal([200, true, true]);
      expect(headers).to.include({
        "content-type": "application/json",
        "content-length": String(listing.length),
        "cache-control": "public, max-age=30",
        etag: `"${toHex(fileAddress(listing))}"`,
      });
      expect(headers).not.to.have.any.keys("content-encoding", "transfer-encoding");
    });

  it("answers HEAD like GET, for one chunk of Swarm", async () => {
    const byGet = await get(pathOf(records.large));
    relay.proxy.requests.length = 0;
    const byHead = await get(pathOf(records.large), {}, "HEAD");
    expect([byHead.status, byHead.body.length]).to.deep.equal([200, 0]);
    expect({ ...byHead.headers, date: "" }).to.deep.equal({ ...byGet.headers, date: "" });
    expect(relay.proxy.requests).to.have.length(1);
  });

  it("asks Swarm for nothing where the client has it", async () => {
    relay.proxy.requests.length = 0;
    const { status, headers } = await get(pathOf(records.large), { "if-none-match": `"${records.large.listing}"` });
    expect([status, headers.etag]).to.deep.equal([304, `"${records.large.listing}"`]);
    expect(relay.proxy.requests).to.deep.equal([]);
  });

  it("goes on after a break, by range", async () => {
    const { status, body } = await get(pathOf(records.large), { range: "bytes=100000-" });
    expect([status, body.equals(large.listing.subarray(100_000))]).to.deep.equal([206, true]);
  });

  it("answers 404 where there is none", async () => {
    const unlisted = makeRecord("unlisted", Buffer.from("x"));
    await commitBatch(relay.writer, unlisted);
    const hash = records.small.storePath.slice(11, 43);
    for (const path of [
      pathOf(unlisted),
      ...[`/${"0".repeat(31)}1.ls`, `/${"0".repeat(32)}.ls`, `/${"e".repeat(32)}.ls`, "/.ls"],
      ...[`/${hash.toUpperCase()}.ls`, `/${hash.slice(1)}.ls`, `/x/${hash}.ls`, `/${hash}.ls.xz`, `/nar/${hash}.ls`],
    ]) {
      const { status, headers } = await get(path);
      expect([path, status, headers["cache-control"]]).to.deep.equal([path, 404, "no-store"]);
    }
    expect(await failures()).to.deep.equal([]);
  });

  const withdrawals: Record<string, () => unknown> = {
    "a withdrawal of the batch": () => commitWithdrawal(relay.writer, { seq: 1 }),
    "a withdrawal of the build": () =>
      commitWithdrawal(relay.writer, { swarmId: swarmIdOf(records.small), through: 1 }),
    "a tombstone": () => commitBatch(relay.writer, { tombstone: records.small.storePath }),
  };
  for (const [what, withdraw] of Object.entries(withdrawals))
    it(`obeys ${what} at once, also for a client that has it`, async () => {
      expect(await statusOf(records.small)).to.equal(200);
      await withdraw();
      expect(await statusOf(records.small)).to.equal(404);
      expect((await get(pathOf(records.small), { "if-none-match": "*" })).status).to.equal(404);
    });

  it("sends that of the new build where a path was set anew", async () => {
    await commitBatch(relay.writer, recordOf("small", large));
    expect((await get(pathOf(records.small))).body.equals(large.listing)).to.equal(true);
  });

  it("counts listings under their own name", async () => {
    await get(pathOf(records.small));
    const lines = (await get("/metrics")).body.toString().split("\n");
    expect(lines).to.include.members([
      'catnix_relay_requests_total{route="listing",status="200"} 1',
      `catnix_relay_response_bytes_total{route="listing"} ${small.listing.length}`,
    ]);
  });

  it("answers 404 while its index fails", async () => {
    relay.reader.close();
    expect(await statusOf(records.small)).to.equal(404);
  });

  const faults: [what: string, on: RegExp, fault: Fault, code: string][] = [
    ["missing", /^\/(bytes|chunks)\//, { kind: "status", status: 404 }, "SWARM_NOT_FOUND"],
    ["missing below its first chunk", /^\/bytes\//, { kind: "status", status: 404 }, "SWARM_NOT_FOUND"],
    ["altered in its first chunk", /^\/chunks\//, { kind: "flip", at: 0 }, "SWARM_MISMATCH"],
    ["said to be longer", /^\/bytes\//, { kind: "endless" }, "SWARM_MISMATCH"],
    ["silent", /^\/chunks\//, { kind: "hang" }, "SWARM_TIMEOUT"],
  ];
  for (const [what, on, fault, code] of faults)
    it(`answers 404 where Swarm has it ${what}`, async () => {
      relay.proxy.rule = ({ url }) => (on.test(url!) ? fault : undefined);
      const { status, headers } = await get(pathOf(records.small));
      expect([status, headers["cache-control"]]).to.deep.equal([404, "no-store"]);
      expect(await failures()).to.deep.equal([[code, 1]]);
    });

  it("never ends wrong bytes cleanly", async () => {
    relay.proxy.rule = ({ url }) => (url!.startsWith("/bytes/") ? { kind: "flip", at: 9 } : undefined);
    expect(await statusOf(records.small)).to.equal(404);
    const { status, complete } = await get(pathOf(records.large));
    expect([status, complete]).to.deep.equal([200, false]);
    expect(await failures()).to.deep.equal([["SWARM_MISMATCH", 2]]);
  });

  it("answers 404 for what is larger than any listing, and reads no more than its first chunk", async () => {
    // The root of 8,193 chunks has 65 below it.
    const { data } = makeChunk(MAX_LISTING_SIZE + 1, new Uint8Array(65 * 32));
    const address = await relay.uploads.putChunk(data);
    const record = makeRecord("huge", Buffer.from("x"), { listing: address });
    await commitBatch(relay.writer, record);
    relay.proxy.requests.length = 0;
    expect(await statusOf(record)).to.equal(404);
    expect(relay.proxy.requests).to.deep.equal([`GET /chunks/${address}`]);
    expect(await failures()).to.deep.equal([["SWARM_TOO_LARGE", 1]]);
  });

  it("reads no further for a client that left", async () => {
    relay.proxy.rule = ({ url }) => (url!.startsWith("/chunks/") ? { kind: "hang" } : undefined);
    relay.proxy.requests.length = 0;
    const asked = request(relay.url + pathOf(records.small), { agent: false });
    asked.on("error", () => undefined);
    asked.end();
    while (relay.proxy.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    asked.destroy();
    const counted = async () => (await get("/metrics")).body.toString();
    while (!(await counted()).includes('route="listing",status="499"} 1'))
      await new Promise((resolve) => setTimeout(resolve, 5));
    expect(relay.proxy.requests).to.have.length(1);
    expect(await failures()).to.deep.equal([]);
  });

  it("answers HEAD without a socket too", async () => {
    const answer = await relay.app.request(pathOf(records.large), { method: "HEAD" });
    expect([answer.status, answer.headers.get("content-length")]).to.deep.equal([200, String(large.listing.length)]);
  });
});
