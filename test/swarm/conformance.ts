import { expect } from "chai";
import { makeChunk } from "../../src/bmt/chunk.js";
import { fileAddress } from "../../src/bmt/file-hasher.js";
import { toHex } from "../../src/encoding/hex.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { codeOf } from "../support/code-of.js";
import { collect } from "../support/collect.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";

/** An endpoint under test. */
export interface Endpoint {
  readonly url: string;
  /** A batch that uploads may use; one that any embedded node takes where not given. */
  readonly batchId?: string;
  close(): Promise<void>;
}

/** What catnix needs of a Swarm endpoint, a Bee or the embedded node: over HTTP as it is, and through BeeStore. */
export function describeConformance(name: string, start: () => Promise<Endpoint>): void {
  describe(`Swarm endpoint: ${name}`, () => {
    let endpoint: Endpoint;
    let store: BeeStore;
    let batchId: string;
    const big = pseudoRandomBytes(700_001, 5);
    const address = toHex(fileAddress(big));
    const absent = "12".repeat(32);
    const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
      fetch(`${endpoint.url}/${path}`, { method, headers });
    const upload = (path: string, headers: Record<string, string>, body: Uint8Array<ArrayBuffer> = new Uint8Array(9)) =>
      fetch(`${endpoint.url}/${path}`, { method: "POST", headers, body });

    before(async () => {
      endpoint = await start();
      batchId = endpoint.batchId ?? "00".repeat(32);
      store = new BeeStore({ url: endpoint.url, batchId, retrievalSeconds: 2 });
      await store.write(big);
    });
    after(() => endpoint.close());

    for (const size of [0, 1, 4096, 4097, 128 * 4096, 128 * 4096 + 1, (3 << 20) + 17]) {
      it(`keeps a file of ${size} bytes`, async () => {
        const bytes = pseudoRandomBytes(size, size + 1);
        const written = await store.write(bytes);
        expect(written).to.include({ address: toHex(fileAddress(bytes)), size });
        expect(await store.has(written.address)).to.equal(true);
        const { size: stated, body } = await store.read(written.address, { size });
        expect(stated).to.equal(size);
        expect(Buffer.compare(await collect(body), bytes)).to.equal(0);
        expect(Buffer.compare(await store.readAll(written.address, size), bytes)).to.equal(0);
      });
    }

    it("takes a stream", async () => {
      const pieces = Array.from({ length: 50 }, (_, at) => pseudoRandomBytes(at * 997, at + 1));
      const written = await store.write(ReadableStream.from(pieces));
      const bytes = Buffer.concat(pieces);
      expect(written).to.include({ address: toHex(fileAddress(bytes)), size: bytes.length });
      expect(Buffer.compare(await store.readAll(written.address, bytes.length), bytes)).to.equal(0);
    });

    it("gives ranges, chunk by chunk and as HTTP has them", async () => {
      for (const [start, end] of [
        [0, 0],
        [0, 1],
        [4095, 4097],
        [524_287, 524_289],
        [699_999, 700_001],
        [0, 700_001],
      ] as const) {
        const got = await collect(store.readRange(address, { start, end }));
        expect(Buffer.compare(got, big.subarray(start, end))).to.equal(0);
      }
      for (const [range, start, end] of [
        ["5-9", 5, 10],
        ["700000-", 700_000, 700_001],
        ["-3", 699_998, 700_001],
        ["0-9999999", 0, 700_001],
      ] as const) {
        const response = await get(`bytes/${address}`, { range: `bytes=${range}` });
        expect(response.status).to.equal(206);
        expect(response.headers.get("content-range")).to.equal(`bytes ${start}-${end - 1}/700001`);
        expect(response.headers.get("content-length")).to.equal(String(end - start));
        expect(Buffer.compare(await response.bytes(), big.subarray(start, end))).to.equal(0);
      }
      const beyond = await get(`bytes/${address}`, { range: "bytes=700001-" });
      expect(beyond.status).to.equal(416);
      expect(beyond.headers.get("content-range")).to.equal("bytes */700001");
    });

    it("knows its entity tags", async () => {
      const etag = `"${address}"`;
      const whole = await get(`bytes/${address}`);
      expect(whole.headers.get("etag")).to.equal(etag);
      expect(whole.headers.get("content-length")).to.equal("700001");
      expect(whole.headers.get("accept-ranges")).to.equal("bytes");
      await whole.body?.cancel();
      expect((await get(`bytes/${address}`, { "if-none-match": etag })).status).to.equal(304);
      const same = await get(`bytes/${address}`, { range: "bytes=0-4", "if-range": etag });
      expect([same.status, (await same.bytes()).length]).to.deep.equal([206, 5]);
      const other = await get(`bytes/${address}`, { range: "bytes=0-4", "if-range": `"${absent}"` });
      expect(other.status).to.equal(200);
      await other.body?.cancel();
    });

    it("answers HEAD with the length and no body", async () => {
      const head = await get(`bytes/${address}`, {}, "HEAD");
      expect(head.status).to.equal(200);
      expect(head.headers.get("content-length")).to.equal("700001");
      expect((await head.bytes()).length).to.equal(0);
    });

    it("keeps single chunks", async () => {
      const chunk = makeChunk(300, pseudoRandomBytes(300, 9));
      expect(await store.putChunk(chunk.data)).to.equal(toHex(chunk.address));
      expect(Buffer.compare(await store.getChunk(toHex(chunk.address)), chunk.data)).to.equal(0);
    });

    it("says what it does not have", async () => {
      expect(await store.has(absent)).to.equal(false);
      expect(await codeOf(() => store.read(absent))).to.equal("SWARM_NOT_FOUND");
      expect(await codeOf(() => store.readAll(absent, 10))).to.equal("SWARM_NOT_FOUND");
      expect(await codeOf(() => store.getChunk(absent))).to.equal("SWARM_NOT_FOUND");
      expect(await codeOf(() => collect(store.readRange(absent, { start: 0, end: 1 })))).to.equal("SWARM_NOT_FOUND");
      const response = await get(`bytes/${absent}`);
      expect(response.status).to.equal(404);
      expect(await response.json()).to.include({ code: 404 });
    });

    it("refuses what is no address and what is no upload", async () => {
      expect((await get("bytes/xyz")).status).to.equal(400);
      expect((await get("chunks/xyz")).status).to.equal(400);
      expect((await upload("bytes", {})).status).to.equal(400);
      expect((await upload("bytes", { "swarm-postage-batch-id": "12" })).status).to.equal(400);
      const tag = (await (await fetch(`${endpoint.url}/tags`, { method: "POST" })).json()) as { uid: number };
      const headers = { "swarm-postage-batch-id": batchId, "swarm-tag": String(tag.uid) };
      expect((await upload("chunks", headers, new Uint8Array(7))).status).to.equal(400);
      expect((await upload("chunks", headers, new Uint8Array(4105))).status).to.be.oneOf([400, 413, 500]);
    });

    it("is healthy", async () => {
      expect(await (await get("health")).json()).to.include({ status: "ok" });
    });
  });
}
