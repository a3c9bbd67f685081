import { expect } from "chai";
import { collect } from "../../support/collect.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import type { BackendUnderTest } from "./backend.js";

const SIZE = 700_001;

/** Parts of a file, entity tags and HEAD: what a relay passes on to Nix. */
export function describeRanges(backend: BackendUnderTest): void {
  describe("ranges and entity tags", () => {
    const bytes = pseudoRandomBytes(SIZE, 5);
    let address: string;
    const get = (headers: Record<string, string> = {}, method = "GET") =>
      fetch(`${backend.readUrl}/bytes/${address}`, { method, headers });

    before(async () => {
      ({ address } = await backend.writer.write(bytes));
    });

    it("gives ranges chunk by chunk", async () => {
      for (const [start, end] of [
        [0, 0],
        [0, 1],
        [4095, 4097],
        [524_287, 524_289],
        [699_999, SIZE],
        [0, SIZE],
      ] as const) {
        const got = await collect(backend.reader.readRange(address, { start, end }));
        expect(Buffer.compare(got, bytes.subarray(start, end))).to.equal(0);
      }
    });

    it("gives ranges as HTTP has them", async () => {
      for (const [range, start, end] of [
        ["5-9", 5, 10],
        ["524287-524288", 524_287, 524_289],
        ["700000-", 700_000, SIZE],
        ["-3", 699_998, SIZE],
        ["0-9999999", 0, SIZE],
      ] as const) {
        const response = await get({ range: `bytes=${range}` });
        expect(response.status, range).to.equal(206);
        expect(response.headers.get("content-range")).to.equal(`bytes ${start}-${end - 1}/${SIZE}`);
        expect(response.headers.get("content-length")).to.equal(String(end - start));
        expect(Buffer.compare(await response.bytes(), bytes.subarray(start, end))).to.equal(0);
      }
      const beyond = await get({ range: `bytes=${SIZE}-` });
      expect(beyond.status).to.equal(416);
      expect(beyond.headers.get("content-range")).to.equal(`bytes */${SIZE}`);
      await beyond.body?.cancel();
    });

    it("knows its entity tags", async () => {
      const etag = `"${address}"`;
      const whole = await get();
      expect(whole.headers.get("etag")).to.equal(etag);
      expect(whole.headers.get("content-length")).to.equal(String(SIZE));
      expect(whole.headers.get("accept-ranges")).to.equal("bytes");
      expect(whole.headers.get("content-encoding")).to.equal(null);
      await whole.body?.cancel();
      expect((await get({ "if-none-match": etag })).status).to.equal(304);
      const same = await get({ range: "bytes=0-4", "if-range": etag });
      expect([same.status, (await same.bytes()).length]).to.deep.equal([206, 5]);
      const other = await get({ range: "bytes=0-4", "if-range": `"${"12".repeat(32)}"` });
      expect(other.status).to.equal(200);
      await other.body?.cancel();
    });

    it("answers HEAD with the length and no body", async () => {
      const head = await get({}, "HEAD");
      expect(head.status).to.equal(200);
      expect(head.headers.get("content-length")).to.equal(String(SIZE));
      expect((await head.bytes()).length).to.equal(0);
    });
  });
}
