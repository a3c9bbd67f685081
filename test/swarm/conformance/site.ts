import { randomBytes } from "node:crypto";
import { Bee, MantarayNode } from "@ethersphere/bee-js";
import { expect } from "chai";
import { SigningKey } from "ethers";
import { fileAddress } from "../../../src/bmt/file-hasher.js";
import { fromHex, toHex } from "../../../src/encoding/hex.js";
import { ManifestBuilder } from "../../../src/mantaray/build-manifest.js";
import { buildFeedManifest, METADATA, ROOT_PATH } from "../../../src/mantaray/site-metadata.js";
import { makeReferenceUpdate, topicOf } from "../../../src/owned/feed.js";
import { ownerOf } from "../../../src/owned/signature.js";
import { updateFeed } from "../../../src/swarm/feeds.js";
import { makeTar } from "../../support/make-tar.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import { eventually, type OwnedBackend } from "./eventually.js";

const HTML = "text/html; charset=utf-8";

/** Mantaray sites: uploaded as an archive, as one file and as nodes made here, and read path by path. */
export function describeSite(backend: OwnedBackend): void {
  describe("a site", function () {
    this.timeout(400_000);
    const deep = `deep/${"long-name/".repeat(8)}page.html`;
    const large = pseudoRandomBytes(20_000, 5);
    const files: [path: string, content: Uint8Array, type: string][] = [
      ["index.html", Buffer.from("<h1>home</h1>"), HTML],
      ["404.html", Buffer.from("<h1>nothing here</h1>"), HTML],
      ["docs/index.html", Buffer.from("<h1>docs</h1>"), HTML],
      ["docs/data.json", Buffer.from("{}"), "application/json"],
      ["image.png", large, "image/png"],
      [deep, Buffer.from("deep"), HTML],
    ];
    const upload = async (body: Uint8Array, headers: Record<string, string>, query = "") => {
      const deferred = String(!backend.capabilities.peers);
      const common = { "swarm-postage-batch-id": backend.batchId, "swarm-deferred-upload": deferred };
      return fetch(`${backend.url}/bzz${query}`, {
        method: "POST",
        headers: { ...common, "swarm-redundancy-level": "0", ...headers },
        body: body as Uint8Array<ArrayBuffer>,
      });
    };
    const tarHeaders = { "content-type": "application/x-tar", "swarm-collection": "true" };
    const referenceOf = async (response: Response) => {
      expect(response.status).to.equal(201);
      return ((await response.json()) as { reference: string }).reference;
    };
    const uploadSite = async (documents: Record<string, string> = {}) =>
      referenceOf(
        await upload(makeTar(files.map(([path, content]) => ({ path, content }))), { ...tarHeaders, ...documents }),
      );
    const get = (path: string, init: RequestInit = {}) =>
      fetch(`${backend.readUrl}/bzz/${path}`, { redirect: "manual", ...init });
    const build = (documents: Record<string, string> = {}) => {
      const manifest = new ManifestBuilder();
      for (const [path, content, type] of files) {
        const metadata = { [METADATA.contentType]: type, [METADATA.fileName]: path.split("/").at(-1)! };
        manifest.add(path, { reference: fileAddress(content), metadata });
      }
      if (Object.keys(documents).length > 0) manifest.add(ROOT_PATH, { metadata: documents });
      return manifest;
    };
    let site: string;
    before(async () => {
      site = await uploadSite({ "swarm-index-document": "index.html", "swarm-error-document": "404.html" });
    });

    it("has the address that this project computes for it", async () => {
      const hash = (bytes: Uint8Array) => Promise.resolve(fileAddress(bytes));
      const documents = { [METADATA.indexDocument]: "index.html", [METADATA.errorDocument]: "404.html" };
      expect(toHex(await build(documents).save(hash))).to.equal(site);
      expect(toHex(await build().save(hash))).to.equal(await uploadSite());
    });

    it("gives its files by their paths", async () => {
      for (const [path, content, type] of files) {
        const response = await eventually(backend, async () => {
          const answer = await get(`${site}/${path}`);
          expect(answer.status, path).to.equal(200);
          return answer;
        });
        expect(Buffer.compare(await response.bytes(), content), path).to.equal(0);
        expect(response.headers.get("content-type")).to.equal(type);
        expect(response.headers.get("content-length")).to.equal(String(content.length));
        expect(response.headers.get("etag")).to.equal(`"${toHex(fileAddress(content))}"`);
        expect(response.headers.get("content-disposition")).to.equal(`inline; filename="${path.split("/").at(-1)}"`);
      }
    });

    it("gives ranges, headers alone, and nothing to whom has it", async () => {
      const range = await get(`${site}/image.png`, { headers: { range: "bytes=4000-4999" } });
      expect([range.status, range.headers.get("content-range")]).to.deep.equal([206, "bytes 4000-4999/20000"]);
      expect(Buffer.compare(await range.bytes(), large.subarray(4000, 5000))).to.equal(0);
      const head = await get(`${site}/image.png`, { method: "HEAD" });
      expect([head.status, head.headers.get("content-length")]).to.deep.equal([200, "20000"]);
      const headers = { "if-none-match": `"${toHex(fileAddress(large))}"` };
      expect((await get(`${site}/image.png`, { headers })).status).to.equal(304);
    });

    it("has an index document, in folders too", async () => {
      for (const [path, text] of [
        ["", "<h1>home</h1>"],
        ["docs/", "<h1>docs</h1>"],
      ]) {
        const response = await get(`${site}/${path}`);
        expect([response.status, await response.text()], path).to.deep.equal([200, text]);
      }
      for (const path of ["", "/docs"]) {
        const response = await get(`${site}${path}`);
        const location = new URL(response.headers.get("location")!, backend.readUrl);
        expect([response.status, location.pathname]).to.deep.equal([308, `/bzz/${site}${path}/`]);
      }
    });

    it("has an error document, else 404", async () => {
      const response = await get(`${site}/no/such/page`);
      expect([response.status, await response.text()]).to.deep.equal([200, "<h1>nothing here</h1>"]);
      const plain = await uploadSite();
      for (const path of ["no/such/page", "docs/", "inde", "index.htmll", ""])
        await eventually(backend, async () => expect((await get(`${plain}/${path}`)).status, path).to.equal(404));
    });

    it("may be one file with a name", async () => {
      const bytes = Buffer.from("a file of its own");
      const response = await upload(bytes, { "content-type": "text/x-own" }, "?name=own.txt");
      const reference = await referenceOf(response);
      const manifest = new ManifestBuilder();
      manifest.add(ROOT_PATH, { metadata: { [METADATA.indexDocument]: "own.txt" } });
      const metadata = { [METADATA.contentType]: "text/x-own", [METADATA.fileName]: "own.txt" };
      manifest.add("own.txt", { reference: fileAddress(bytes), metadata });
      expect(toHex(await manifest.save((node) => Promise.resolve(fileAddress(node))))).to.equal(reference);
      for (const path of ["", "own.txt"]) {
        const read = await eventually(backend, () => get(`${reference}/${path}`));
        expect([read.status, read.headers.get("content-type"), await read.text()]).to.deep.equal([
          ...[200, "text/x-own", "a file of its own"],
        ]);
      }
    });

    it("may be made of nodes that were stored as files", async () => {
      const store = async (bytes: Uint8Array) => fromHex((await backend.writer.write(bytes)).address, 32);
      const own = build({ [METADATA.indexDocument]: "index.html" });
      for (const [, content] of files) await store(content);
      const address = toHex(await own.save(store));
      const response = await eventually(backend, () => get(`${address}/${deep}`));
      expect([response.status, await response.text()]).to.deep.equal([200, "deep"]);
    });

    it("is uploaded and read by bee-js", async () => {
      const bee = new Bee(backend.url);
      const options = { deferred: !backend.capabilities.peers, contentType: HTML };
      const headers = { headers: { "swarm-redundancy-level": "0" } };
      const { reference } = await bee.uploadFile(backend.batchId, "by bee-js", "page.html", options, headers);
      const read = await eventually(backend, () => new Bee(backend.readUrl).downloadFile(reference));
      expect([read.name, read.contentType, read.data.toUtf8()]).to.deep.equal(["page.html", HTML, "by bee-js"]);
      const node = await MantarayNode.unmarshal(new Bee(backend.readUrl), site);
      await node.loadRecursively(new Bee(backend.readUrl));
      expect(Object.keys(node.collectAndMap()).sort()).to.deep.equal(files.map(([path]) => path).sort());
      expect(node.getDocsMetadata()).to.deep.equal({ indexDocument: "index.html", errorDocument: "404.html" });
    });

    it("is shown under the name that a feed gives it", async () => {
      const key = new SigningKey(`0x${toHex(randomBytes(32))}`);
      const feed = { owner: ownerOf(key), topic: topicOf("site") };
      const path = `feeds/${toHex(feed.owner)}/${toHex(feed.topic)}`;
      const deferred = String(!backend.capabilities.peers);
      const headers = { "swarm-postage-batch-id": backend.batchId, "swarm-deferred-upload": deferred };
      const answer = await fetch(`${backend.url}/${path}`, { method: "POST", headers });
      const name = await referenceOf(answer);
      const hash = (bytes: Uint8Array) => Promise.resolve(fileAddress(bytes));
      expect(name).to.equal(toHex(await buildFeedManifest(feed).save(hash)));
      expect((await get(`${name}/index.html`)).status).to.equal(404);
      for (const [index, reference] of [site, await uploadSite()].entries()) {
        await updateFeed(backend.writer, key, feed.topic, makeReferenceUpdate(fromHex(reference, 32), 1), { index });
        await eventually(backend, async () => {
          const response = await get(`${name}/index.html`);
          expect([response.status, await response.text()]).to.deep.equal([200, "<h1>home</h1>"]);
          expect(response.headers.get("swarm-feed-index")).to.equal(`000000000000000${index}`);
        });
      }
    });

    it("is not found where there is none", async () => {
      const [absent, file] = ["12".repeat(32), (await backend.writer.write(pseudoRandomBytes(5000, 3))).address];
      for (const address of [absent, file]) expect((await get(`${address}/index.html`)).status).to.equal(404);
      expect((await get("xyz/index.html")).status).to.be.oneOf([400, 404]);
      for (const headers of [{ ...tarHeaders, "content-type": "other" }, { ...tarHeaders }])
        expect((await upload(new Uint8Array(1024), headers)).status).to.equal(400);
    });
  });
}
