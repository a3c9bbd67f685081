import { expect } from "chai";
import { type FileConditions, planFileAnswer } from "../../src/relay/file-answer.js";

const address = "ab".repeat(32);
const etag = `"${address}"`;

/** Status, Content-Range and Content-Length of a file of 1,000 bytes; RFC 9110, sections 13 and 14. */
const table: [FileConditions, number, string | undefined, string | undefined][] = [
  [{}, 200, undefined, "1000"],
  [{ range: "bytes=0-" }, 206, "bytes 0-999/1000", "1000"],
  [{ range: "bytes=0-0" }, 206, "bytes 0-0/1000", "1"],
  [{ range: "bytes=400-499" }, 206, "bytes 400-499/1000", "100"],
  [{ range: "bytes=999-5000" }, 206, "bytes 999-999/1000", "1"],
  [{ range: "bytes=-10" }, 206, "bytes 990-999/1000", "10"],
  [{ range: "bytes=-5000" }, 206, "bytes 0-999/1000", "1000"],
  [{ range: "bytes=1000-" }, 416, "bytes */1000", undefined],
  [{ range: "bytes=-0" }, 416, "bytes */1000", undefined],
  [{ range: "bytes=5-2" }, 200, undefined, "1000"],
  [{ range: "bytes=0-1,5-6" }, 200, undefined, "1000"],
  [{ range: "items=0-1" }, 200, undefined, "1000"],
  [{ range: "bytes=0-1", ifRange: etag }, 206, "bytes 0-1/1000", "2"],
  [{ range: "bytes=0-1", ifRange: `W/${etag}` }, 200, undefined, "1000"],
  [{ range: "bytes=0-1", ifRange: '"other"' }, 200, undefined, "1000"],
  [{ range: "bytes=0-1", ifRange: "Wed, 21 Oct 2015 07:28:00 GMT" }, 200, undefined, "1000"],
  [{ range: "bytes=1000-", ifRange: '"other"' }, 200, undefined, "1000"],
  [{ ifNoneMatch: etag }, 304, undefined, undefined],
  [{ ifNoneMatch: `"other", W/${etag}` }, 304, undefined, undefined],
  [{ ifNoneMatch: "*" }, 304, undefined, undefined],
  [{ ifNoneMatch: etag, range: "bytes=0-1" }, 304, undefined, undefined],
  [{ ifNoneMatch: '"other"', range: "bytes=0-1" }, 206, "bytes 0-1/1000", "2"],
];

const file = { address, size: 1000, contentType: "application/x-nix-nar", cacheControl: "public, max-age=30" };

describe("relay/file-answer", () => {
  for (const [conditions, status, contentRange, contentLength] of table) {
    it(`${JSON.stringify(conditions).replaceAll(address, "…")}: ${status}`, () => {
      const answer = planFileAnswer(file, conditions);
      expect(answer.status).to.equal(status);
      expect(answer.headers["Content-Range"]).to.equal(contentRange);
      expect(answer.headers["Content-Length"]).to.equal(contentLength);
      expect(answer.headers).not.to.have.property("Content-Encoding");
      if (status === 206) expect(String(answer.range.end - answer.range.start)).to.equal(contentLength);
      if (status !== 416) expect(answer.headers).to.include({ ETag: etag, "Cache-Control": file.cacheControl });
      if (status === 200 || status === 206) {
        expect(answer.headers).to.have.property("Accept-Ranges", "bytes");
        expect(answer.headers).to.have.property("Content-Type", "application/x-nix-nar");
      }
    });
  }
});
