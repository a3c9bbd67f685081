import { expect } from "chai";
import { formatRecord } from "../../src/cat/record.js";
import { fileAddress } from "../../src/bmt/file-hasher.js";
import { toHex } from "../../src/encoding/hex.js";
import type { IndexHealth } from "../../src/index/index-health.js";
import {
  commitBatch,
  commitWithdrawal,
  makeBatch,
  makeRecord,
  makeStorePath,
  swarmIdOf,
} from "../support/fill-index.js";
import { httpGet } from "../support/http-get.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { startRelay, type TestRelay } from "../support/start-relay.js";

const nar = pseudoRandomBytes(300_000);
const record = makeRecord("hello-1", nar);
const narInfoPath = (of: { storePath: string }) => `/${of.storePath.slice(11, 43)}.narinfo`;
const narPath = (of: { narAddress: string; compression: string }) =>
  `/nar/${of.narAddress}.nar${of.compression === "zstd" ? ".zst" : ""}`;

describe("relay", () => {
  let relay: TestRelay;
  let health: IndexHealth;
  const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
    httpGet(relay.url + path, { method, headers });
  const statusOf = async (path: string) => (await get(path)).status;

  beforeEach(async () => {
    health = {};
    relay = await startRelay({ health: () => health });
  });
  afterEach(() => relay.close());

  /** Uploads the NAR and approves its record. */
  const publish = async (...records: (typeof record)[]) => {
    await relay.uploads.write(nar);
    return commitBatch(relay.writer, ...records);
  };

  it("says what cache it is", async () => {
    const { status, headers, body } = await get("/nix-cache-info");
    expect([status, headers["content-type"]]).to.deep.equal([200, "text/x-nix-cache-info"]);
    expect(body.toString()).to.equal("StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 41\n");
  });

  it("answers a narinfo with the record as the quorum approved it", async () => {
    const signed = { ...record, sigs: [`builder-1:${Buffer.alloc(64).toString("base64")}`] };
    await publish(signed);
    const { status, headers, body } = await get(narInfoPath(record));
    expect([status, headers["content-type"]]).to.deep.equal([200, "text/x-nix-narinfo"]);
    expect(body.toString()).to.equal(formatRecord(signed));
  });

  it("sends a NAR with what a client needs to go on after a break", async () => {
    await publish(record);
    const { status, headers, body, complete } = await get(narPath(record));
    expect([status, complete, body.equals(nar)]).to.deep.equal([200, true, true]);
    expect(headers).to.include({
      "content-type": "application/x-nix-nar",
      "content-length": String(nar.length),
      "accept-ranges": "bytes",
      etag: `"${record.narAddress}"`,
    });
    expect(headers).not.to.have.any.keys("content-encoding", "transfer-encoding");
    expect(headers["cache-control"]).to.include("immutable");
  });

  it("sends ranges, and the whole where it was asked for as a range", async () => {
    await publish(record);
    for (const [range, start, end] of [
      ["bytes=100000-", 100_000, nar.length],
      ["bytes=4095-4096", 4095, 4097],
      ["bytes=-1", nar.length - 1, nar.length],
      ["bytes=0-", 0, nar.length],
    ] as const) {
      const { status, headers, body, complete } = await get(narPath(record), {
        range,
        "if-range": `"${record.narAddress}"`,
      });
      expect([status, complete, body.equals(nar.subarray(start, end))]).to.deep.equal([206, true, true], range);
      expect(headers["content-range"]).to.equal(`bytes ${start}-${end - 1}/${nar.length}`);
    }
    const unsatisfiable = await get(narPath(record), { range: `bytes=${nar.length}-` });
    expect([unsatisfiable.status, unsatisfiable.headers["content-range"]]).to.deep.equal([
      416,
      `bytes */${nar.length}`,
    ]);
    const unchanged = await get(narPath(record), { "if-none-match": `"${record.narAddress}"` });
    expect([unchanged.status, unchanged.body.length, unchanged.complete]).to.deep.equal([304, 0, true]);
  });

  it("answers HEAD as GET, without a body and without asking Swarm", async () => {
    await publish(record);
    const unknown = "/00000000000000000000000000000001.narinfo";
    for (const path of ["/nix-cache-info", narInfoPath(record), narPath(record), "/health", "/ready", unknown, "/no"]) {
      const byGet = await get(path);
      const before = relay.proxy.requests.length;
      const byHead = await get(path, { range: "bytes=0-0" }, "HEAD");
      expect(byHead.status, path).to.equal(byGet.status);
      expect({ ...byHead.headers, date: "" }, path).to.deep.equal({ ...byGet.headers, date: "" });
      expect(byHead.body, path).to.have.length(0);
      expect(relay.proxy.requests, path).to.have.length(before);
    }
    expect((await get(narPath(record), { "if-none-match": "*" }, "HEAD")).status).to.equal(304);
  });

  it("says how long each answer may be kept", async () => {
    await publish(record);
    const keepOf = async (path: string, headers = {}, method = "GET") =>
      (await get(path, headers, method)).headers["cache-control"];
    expect(await keepOf("/nix-cache-info")).to.equal("public, max-age=3600");
    expect(await keepOf(narInfoPath(record))).to.equal("public, max-age=30");
    expect(await keepOf(narPath(record))).to.equal("public, max-age=86400, immutable");
    expect(await keepOf(narPath(record), { range: `bytes=${nar.length}-` })).to.equal("no-store");
    for (const path of ["/health", "/ready", "/metrics", "/no", "/00000000000000000000000000000001.narinfo"])
      expect(await keepOf(path), path).to.equal("no-store");
    expect(await keepOf(narPath(record), {}, "PUT")).to.equal("no-store");
  });

  it("answers 404 in plain text to whatever it does not have", async () => {
    await publish(record);
    const [hash, address] = [record.storePath.slice(11, 43), record.narAddress];
    for (const path of [
      ...["/", "/index.html", "/nar", "/nar/", `/nar/${address}`, `/nar/${address}.nar.zst`, `/nar/${address}.nar.xz`],
      ...[
        `/nar/${address.slice(1)}.nar`,
        `/nar/${address.toUpperCase()}.nar`,
        `/nar/x/${address}.nar`,
        `/${address}.nar`,
      ],
      ...[`/nar/${toHex(fileAddress(Buffer.from("unapproved")))}.nar`, `/nar/${"0".repeat(64)}.nar`],
      ...[
        `/${hash}`,
        `/${hash}.ls`,
        `/${hash.slice(1)}.narinfo`,
        `/0${hash}.narinfo`,
        `/${hash.toUpperCase()}.narinfo`,
      ],
      ...[
        `/${"0".repeat(32)}.narinfo`,
        `/${"e".repeat(32)}.narinfo`,
        "/.narinfo",
        `/x/${hash}.narinfo`,
        `//${hash}.narinfo`,
      ],
      ...["/log/x.drv", `/realisations/sha256:${hash}!out.doi`, "/%00.narinfo", "/%ff%fe.narinfo", "/..%2f..%2fetc"],
    ]) {
      const { status, headers } = await get(path);
      expect([path, status]).to.deep.equal([path, 404]);
      expect(headers["content-type"]).to.match(/^text\/plain/);
    }
  });

  it("refuses every other method with 405", async () => {
    await publish(record);
    for (const method of ["PUT", "POST", "DELETE", "PATCH", "OPTIONS"])
      for (const path of [narInfoPath(record), narPath(record), "/nix-cache-info", "/no"]) {
        const { status, headers } = await httpGet(relay.url + path, { method, body: Buffer.alloc(10) });
        expect([status, headers.allow], `${method} ${path}`).to.deep.equal([405, "GET, HEAD"]);
      }
  });

  const withdrawals: Record<string, (seq: number) => unknown> = {
    "a pending withdrawal of the batch": (seq) =>
      relay.writer.replacePendingWithdrawals([{ alarm: 1, target: { seq }, reason: "" }]),
    "a withdrawal of the batch": (seq) => commitWithdrawal(relay.writer, { seq }),
    "a withdrawal of the build": (through) => commitWithdrawal(relay.writer, { swarmId: swarmIdOf(record), through }),
    "a tombstone": () => commitBatch(relay.writer, { tombstone: record.storePath }),
  };
  for (const [what, withdraw] of Object.entries(withdrawals))
    it(`obeys ${what} at once`, async () => {
      const seq = await publish(record);
      const statuses = async () => [await statusOf(narInfoPath(record)), await statusOf(narPath(record))];
      expect(await statuses()).to.deep.equal([200, 200]);
      await withdraw(seq);
      expect(await statuses()).to.deep.equal([404, 404]);
    });

  it("still sends the NAR of a replaced build", async () => {
    await publish(record);
    const next = makeRecord("hello-1", Buffer.from("the next build"));
    await commitBatch(relay.writer, next);
    expect((await get(narInfoPath(record))).body.toString()).to.equal(formatRecord(next));
    expect((await get(narPath(record))).body.equals(nar)).to.equal(true);
  });

  it("sends a NAR that two records share while one of them stands", async () => {
    const other = makeRecord("hello-2", nar);
    const seq = await publish(record, other);
    commitWithdrawal(relay.writer, { swarmId: swarmIdOf(record), through: seq });
    expect(await statusOf(narInfoPath(record))).to.equal(404);
    expect(await statusOf(narInfoPath(other))).to.equal(200);
    expect(await statusOf(narPath(record))).to.equal(200);
  });

  it("answers 404 for a row that leads to the record of another path", async () => {
    await publish(record);
    const { batch, cursor } = await makeBatch(relay.writer, [makeRecord("stray", Buffer.from("stray"))]);
    const row = { ...batch.delta[0]!, swarmId: swarmIdOf(record) };
    const records = new Map([[toHex(row.swarmId), { nar: record.narAddress, text: formatRecord(record) }]]);
    const stray = { ...batch, delta: [row], records };
    relay.writer.commit(relay.writer.cursor(), { batches: [stray], withdrawals: [], cursor });
    expect(await statusOf(narInfoPath({ storePath: makeStorePath("stray") }))).to.equal(404);
    expect(await statusOf(narInfoPath(record))).to.equal(200);
  });

  it("answers 404, never 5xx, to Nix while its index fails", async () => {
    await publish(record);
    expect(await statusOf(narInfoPath(record))).to.equal(200);
    relay.reader.close();
    expect(await statusOf(narInfoPath(record))).to.equal(404);
    expect(await statusOf(narPath(record))).to.equal(404);
    expect(await statusOf("/nix-cache-info")).to.equal(200);
    expect(await statusOf("/health")).to.equal(200);
    expect(await statusOf("/metrics")).to.equal(200);
    const { status, body } = await get("/ready");
    expect([status, JSON.parse(body.toString())]).to.deep.equal([503, { ready: false, reason: "DATABASE_FAILED" }]);
  });

  it("is ready with a complete index that is neither halted nor stale", async () => {
    const ready = async () => {
      const { status, body } = await get("/ready");
      return [status, JSON.parse(body.toString())] as const;
    };
    expect((await ready())[0]).to.equal(503);
    await publish(record);
    const { block, seq, cat } = relay.reader.cursor()!;
    expect(await ready()).to.deep.equal([200, { ready: true, block, seq, root: cat.root, missingRecords: 0 }]);
    health = { chainBlock: block + 5 };
    expect(await ready()).to.deep.equal([200, { ready: true, block, seq, root: cat.root, lag: 5, missingRecords: 0 }]);
    health = { halted: "CAT_ROOT_MISMATCH", stale: "old" };
    expect(await ready()).to.deep.equal([
      503,
      { ready: false, reason: "halted: CAT_ROOT_MISMATCH", block, seq, root: cat.root, missingRecords: 0 },
    ]);
    health = { stale: "no delta" };
    expect((await ready())[0]).to.equal(503);
    expect(await statusOf(narInfoPath(record))).to.equal(200); // the last complete root is still good
  });

  it("counts what it does", async () => {
    await publish(record);
    health = { chainBlock: 10 };
    for (const path of [narInfoPath(record), narInfoPath(record), narPath(record), "/no/such/path", "/other"])
      await get(path);
    const { headers, body } = await get("/metrics");
    expect(headers["content-type"]).to.match(/^text\/plain/);
    const lines = body.toString().split("\n");
    expect(lines).to.include.members([
      'catnix_relay_requests_total{route="narinfo",status="200"} 2',
      'catnix_relay_requests_total{route="nar",status="200"} 1',
      'catnix_relay_requests_total{route="other",status="404"} 2',
      `catnix_relay_response_bytes_total{route="nar"} ${nar.length}`,
      'catnix_relay_request_duration_seconds_count{route="narinfo"} 2',
      "catnix_relay_nar_transfers 0",
      "catnix_index_seq 1",
      "catnix_index_block 1",
      "catnix_index_lag_blocks 9",
      "catnix_relay_ready 1",
    ]);
  });

  it("answers without a socket too, NARs excepted", async () => {
    await publish(record);
    const byRequest = await relay.app.request(narInfoPath(record));
    const bySocket = await get(narInfoPath(record));
    expect(await byRequest.text()).to.equal(bySocket.body.toString());
    expect(byRequest.headers.get("content-length")).to.equal(bySocket.headers["content-length"]);
    expect((await relay.app.request(narPath(record), { method: "HEAD" })).headers.get("etag")).to.equal(
      `"${record.narAddress}"`,
    );
    expect((await relay.app.request("/no")).status).to.equal(404);
  });
});
