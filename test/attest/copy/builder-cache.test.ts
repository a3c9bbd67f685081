import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { BuilderCache } from "../../../src/attest/copy/builder-cache.js";
import { codeOf } from "../../support/code-of.js";
import { collect } from "../../support/collect.js";
import { makeStorePath } from "../../support/fill-index.js";
import { narOf } from "../../consortium/support/consortium.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import { BinaryCache } from "../support/binary-cache.js";

describe("attest/copy/builder-cache", () => {
  let cache: BinaryCache;
  beforeEach(async () => {
    cache = await BinaryCache.start();
  });
  afterEach(() => cache.close());

  const { signal } = new AbortController();
  const open = (url = cache.url, storeDir = "/nix/store") =>
    new BuilderCache(url, { storeDir, silenceMs: 300, retries: 1 });
  const path = makeStorePath("jq-1.7");
  const hashPart = path.slice(11, 43);

  describe("makes sure that it is a cache", () => {
    it("of this store folder", async () => {
      await open().check(signal);
      expect(await codeOf(() => open(cache.url, "/gnu/store").check(signal))).to.equal("BUILDER_ANSWER_INVALID");
    });

    it("and no other server", async () => {
      cache.files.delete("/nix-cache-info");
      expect(await codeOf(() => open().check(signal))).to.equal("BUILDER_ANSWER_INVALID");
      cache.files.set("/nix-cache-info", "<html></html>");
      expect(await codeOf(() => open().check(signal))).to.equal("BUILDER_ANSWER_INVALID");
      cache.files.set("/nix-cache-info", Buffer.alloc(100_000, "a"));
      expect(await codeOf(() => open().check(signal))).to.equal("BUILDER_ANSWER_INVALID");
    });

    it("that answers", async () => {
      cache.intercept = () => true; // never
      expect(await codeOf(() => open().check(signal))).to.equal("BUILDER_UNREACHABLE");
      await cache.close();
      expect(await codeOf(() => open().check(signal))).to.equal("BUILDER_UNREACHABLE");
    });
  });

  it("finds a path, and tells what is missing from what fails", async () => {
    const nar = narOf("jq");
    cache.list(path, nar);
    expect((await open().find(hashPart, signal))?.narSize).to.equal(nar.length);
    for (const status of [404, 403]) {
      cache.answer(status);
      expect(await open().find(hashPart, signal)).to.equal(undefined);
    }
    cache.answer(500);
    expect(await codeOf(() => open().find(hashPart, signal))).to.equal("BUILDER_UNREACHABLE");
  });

  it("asks again where what failed has passed", async () => {
    cache.list(path, narOf("jq"));
    let failures = 1;
    cache.answer(503, () => failures-- > 0);
    expect(await open().find(hashPart, signal)).not.to.equal(undefined);
    expect(cache.asked).to.have.length(2);
  });

  it("refuses a narinfo that is none, is too large, or breaks off", async () => {
    cache.files.set(`/${hashPart}.narinfo`, "hello");
    expect(await codeOf(() => open().find(hashPart, signal))).to.equal("BUILDER_ANSWER_INVALID");
    cache.files.set(`/${hashPart}.narinfo`, Buffer.alloc((1 << 20) + 1, "a"));
    expect(await codeOf(() => open().find(hashPart, signal))).to.equal("BUILDER_ANSWER_INVALID");
    cache.intercept = (_request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("StorePath: ");
      setTimeout(() => response.destroy(), 20);
      return true;
    };
    expect(await codeOf(() => open().find(hashPart, signal))).to.equal("BUILDER_UNREACHABLE");
  });

  it("does not wait for ever for one that comes byte by byte", async () => {
    let dripping: NodeJS.Timeout | undefined;
    cache.intercept = (_request, response) => {
      response.writeHead(200);
      dripping = setInterval(() => response.write("S"), 50);
      response.once("close", () => clearInterval(dripping));
      return true;
    };
    expect(await codeOf(() => open().find(hashPart, signal))).to.equal("BUILDER_UNREACHABLE");
    expect(await codeOf(() => open().check(signal))).to.equal("BUILDER_UNREACHABLE");
  });

  it("sends credentials to the cache itself, and names it without them", async () => {
    const seen: (string | undefined)[] = [];
    cache.intercept = ({ headers }) => {
      seen.push(headers.authorization);
      return false;
    };
    const builder = open(`${cache.url.replace("http://", "http://me:secret@")}/?token=1`);
    expect(builder.name).to.equal(cache.url);
    await builder.check(signal);
    expect(seen).to.deep.equal([`Basic ${Buffer.from("me:secret").toString("base64")}`]);

    const other = await BinaryCache.start();
    other.intercept = cache.intercept;
    const info = cache.list(path, narOf("jq"), { url: `${other.url}/nar/x.nar` });
    other.files.set("/nar/x.nar", narOf("jq"));
    await collect(builder.readNar(info, signal));
    expect(seen.at(-1)).to.equal(undefined);
    await other.close();
  });

  describe("reads a NAR", () => {
    const nar = narOf(pseudoRandomBytes(300_000));
    const program = (name: string) => (bytes: Uint8Array) => execFileSync(name, ["-c"], { input: bytes });
    const compressions: [string, (bytes: Uint8Array) => Uint8Array][] = [
      ["none", (bytes) => bytes],
      ["zstd", (bytes) => zstdCompressSync(bytes)],
      ["gzip", (bytes) => gzipSync(bytes)],
      ["br", (bytes) => brotliCompressSync(bytes)],
      ["xz", program("xz")],
      ["bzip2", program("bzip2")],
    ];
    for (const [compression, compress] of compressions) {
      it(`compressed by ${compression}`, async () => {
        const info = cache.list(path, nar, { compression, file: compress(nar) });
        expect(Buffer.from(await collect(open().readNar(info, signal))).equals(nar)).to.equal(true);
      });

      it(`compressed by ${compression}, that breaks off or is another one`, async () => {
        const read = (file: Uint8Array) =>
          codeOf(() => collect(open().readNar(cache.list(path, nar, { compression, file }), signal)));
        expect(await read(compress(nar).subarray(0, 100_000))).to.equal("BUILDER_ANSWER_INVALID");
        expect(await read(compress(narOf("other")))).to.equal("BUILDER_ANSWER_INVALID");
        expect(await read(compress(Buffer.alloc(3 << 20)))).to.equal("BUILDER_ANSWER_INVALID");
      });
    }

    it("of a compression that is not known, at no URL, that is not there, or whose file has no end", async () => {
      const read = (fields: object) => codeOf(() => collect(open().readNar(cache.list(path, nar, fields), signal)));
      expect(await read({ compression: "lrzip" })).to.equal("BUILDER_ANSWER_INVALID");
      expect(await read({ url: "file:///etc/passwd" })).to.equal("BUILDER_ANSWER_INVALID");
      const info = cache.list(path, nar);
      cache.files.delete(`/${info.url}`);
      expect(await codeOf(() => collect(open().readNar(info, signal)))).to.equal("BUILDER_ANSWER_INVALID");
      expect(await read({ compression: "xz", file: Buffer.alloc(1 << 20) })).to.equal("BUILDER_ANSWER_INVALID");
    });

    it("until it is called off, by its reason", async () => {
      const info = cache.list(path, nar);
      const stop = new AbortController();
      const reason = new Error("enough");
      cache.intercept = (request, response) => {
        if (!request.url!.endsWith(".nar")) return false;
        response.write(nar.subarray(0, 1000));
        setTimeout(() => stop.abort(reason), 20);
        return true;
      };
      const read = collect(open().readNar(info, stop.signal));
      expect(await read.catch((error: unknown) => error)).to.equal(reason);
    });

    it("no longer than the cache is silent", async () => {
      const info = cache.list(path, nar);
      cache.intercept = (_request, response) => response.write(nar.subarray(0, 1000));
      expect(await codeOf(() => collect(open().readNar(info, signal)))).to.equal("BUILDER_UNREACHABLE");
    });
  });
});
