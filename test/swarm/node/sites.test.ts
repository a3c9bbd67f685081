import { Bee } from "@ethersphere/bee-js";
import { expect } from "chai";
import { mkdir, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { concatBytes } from "../../../src/encoding/bytes.js";
import { fromHex, toHex } from "../../../src/encoding/hex.js";
import { ManifestBuilder } from "../../../src/mantaray/build-manifest.js";
import { encodeManifestNode, MAX_NODE_SIZE, type Metadata, TYPE } from "../../../src/mantaray/manifest-node.js";
import { METADATA, ROOT_PATH } from "../../../src/mantaray/site-metadata.js";
import { BeeStore } from "../../../src/swarm/bee-store.js";
import { makeTar } from "../../support/make-tar.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import { startNode } from "../../support/start-node.js";
import { makeTempFolder } from "../../support/temp-folder.js";

const batchId = "00".repeat(32);

describe("the embedded node's sites", () => {
  let node: Awaited<ReturnType<typeof startNode>>;
  let store: BeeStore;
  before(async () => {
    node = await startNode();
    store = new BeeStore({ url: node.url, batchId });
  });
  after(() => node.close());

  const write = async (bytes: Uint8Array) => fromHex((await store.write(bytes)).address, 32);
  const get = (path: string, init: RequestInit = {}) => fetch(`${node.url}/bzz/${path}`, init);
  const saveOne = async (path: string, metadata: Metadata, documents: Metadata = {}) => {
    const manifest = new ManifestBuilder();
    manifest.add(path, { reference: await write(Buffer.from("content")), metadata });
    manifest.add(ROOT_PATH, { metadata: documents });
    return toHex(await manifest.save(write));
  };
  const post = (body: Uint8Array | string, headers: Record<string, string>, query = "") =>
    fetch(`${node.url}/bzz${query}`, {
      method: "POST",
      headers: { "swarm-postage-batch-id": batchId, ...headers },
      body: body as Uint8Array<ArrayBuffer>,
    });
  const tar = { "swarm-collection": "true", "content-type": "application/x-tar" };

  it("are uploaded by bee-js as a folder", async () => {
    const folder = await makeTempFolder();
    try {
      await mkdir(join(folder.path, "sub"));
      await writeFile(join(folder.path, "index.html"), "home");
      await writeFile(join(folder.path, "sub", "a b%c.json"), "{}");
      const bee = new Bee(node.url);
      const options = { indexDocument: "index.html" };
      const { reference } = await bee.uploadFilesFromDirectory(batchId, folder.path, options);
      expect((await bee.downloadFile(reference)).data.toUtf8()).to.equal("home");
      const other = await get(`${reference.toHex()}/sub/a%20b%25c.json`);
      expect([other.status, other.headers.get("content-type"), await other.text()]).to.deep.equal([
        ...[200, "application/json", "{}"],
      ]);
    } finally {
      await folder.remove();
    }
  });

  it("show what a manifest says only where it can stand in a header", async () => {
    const hostile: [Metadata, type: string, disposition: string | null][] = [
      [{ [METADATA.contentType]: "text/html\r\nset-cookie: a=b" }, "application/octet-stream", null],
      [{ [METADATA.contentType]: "téxt/html" }, "application/octet-stream", null],
      [{ [METADATA.contentType]: "x".repeat(300) }, "application/octet-stream", null],
      [{ [METADATA.contentType]: "" }, "application/octet-stream", null],
      [{ [METADATA.fileName]: 'a"b\r\nc\\dé' }, "application/octet-stream", 'inline; filename="a_b__c_d_"'],
      [{ [METADATA.fileName]: "../../x" }, "application/octet-stream", 'inline; filename="x"'],
    ];
    for (const [metadata, type, disposition] of hostile) {
      const response = await get(`${await saveOne("file", metadata)}/file`);
      expect([response.status, await response.text()]).to.deep.equal([200, "content"]);
      expect(response.headers.get("content-type")).to.equal(type);
      expect(response.headers.get("content-disposition")).to.equal(disposition);
      expect(response.headers.get("set-cookie")).to.equal(null);
    }
  });

  it("keep index and error documents within themselves", async () => {
    for (const documents of [
      { [METADATA.indexDocument]: "../../file" },
      { [METADATA.indexDocument]: "" },
      { [METADATA.errorDocument]: "absent" },
      { [METADATA.indexDocument]: "x".repeat(3000) },
    ]) {
      const address = await saveOne("file", {}, documents);
      for (const path of ["", "nothing"]) expect((await get(`${address}/${path}`)).status).to.equal(404);
    }
  });

  const fork = { type: TYPE.value, prefix: Buffer.from("a"), metadata: {} };
  const nodes: Record<string, () => Promise<Uint8Array>> = {
    "a file that is no manifest": () => write(pseudoRandomBytes(300, 1)),
    "an empty file": () => write(new Uint8Array(0)),
    "a manifest whose next node is missing": () =>
      write(
        encodeManifestNode({
          referenceSize: 32,
          entry: undefined,
          forks: [{ ...fork, reference: pseudoRandomBytes(32, 5) }],
        }),
      ),
    "a manifest whose next node is a file": async () =>
      write(
        encodeManifestNode({
          referenceSize: 32,
          entry: undefined,
          forks: [{ ...fork, reference: await write(Buffer.from("no node")) }],
        }),
      ),
    "a manifest that leads to a file that is missing": async () => {
      const manifest = new ManifestBuilder();
      manifest.add("a", { reference: pseudoRandomBytes(32, 6) });
      return manifest.save(write);
    },
    "a manifest with a node of more than a MiB": async () => {
      const bytes = encodeManifestNode({ referenceSize: 32, entry: undefined, forks: [] });
      return write(concatBytes(bytes, new Uint8Array(MAX_NODE_SIZE)));
    },
    "a root that says it is an exbibyte long": async () => {
      // A chunk of another shape cannot be stored: the address stays unknown.
      const data = concatBytes(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x10), new Uint8Array(64));
      const headers = { "swarm-postage-batch-id": batchId };
      const answer = await fetch(`${node.url}/chunks`, { method: "POST", headers, body: data });
      expect(answer.status).to.equal(400);
      return new Uint8Array(32).fill(0x11);
    },
    "a feed of nobody": async () => {
      const manifest = new ManifestBuilder();
      const metadata = { [METADATA.feedOwner]: "12".repeat(20), [METADATA.feedTopic]: "34".repeat(32) };
      manifest.add(ROOT_PATH, { metadata });
      return manifest.save(write);
    },
  };
  for (const [what, make] of Object.entries(nodes))
    it(`are not there at ${what}: 404`, async () => {
      const address = toHex(await make());
      for (const method of ["GET", "HEAD"]) {
        const response = await get(`${address}/a`, { method });
        expect(response.status).to.equal(404);
        if (method === "GET") expect(await response.json()).to.include({ code: 404 });
      }
      expect((await fetch(`${node.url}/health`)).status).to.equal(200);
    });

  it("have no paths that are too long, or no text", async () => {
    const address = await saveOne("file", {});
    expect((await get(`${address}/${"a".repeat(2049)}`)).status).to.equal(404);
    for (const path of ["%ff", "%", "%zz"]) expect(await statusOfRaw(`/bzz/${address}/${path}`)).to.equal(400);
    expect(await statusOfRaw(`/bzz/${address}/../${address}/file`)).to.be.oneOf([200, 404]);
    expect(await statusOfRaw("/bzz/xyz/")).to.equal(400);
  });

  it("are refused where the upload is none", async () => {
    const site = makeTar([{ path: "a", content: "b" }]);
    for (const [body, headers, query] of [
      [site, { ...tar, "content-type": "multipart/form-data; boundary=x" }],
      [site, { ...tar, "swarm-index-document": "a/b" }],
      [site, { ...tar, "swarm-index-document": "x".repeat(1025) }],
      [site, { ...tar, "swarm-encrypt": "true" }],
      [site, { ...tar, "swarm-redundancy-level": "2" }],
      [site, { ...tar, "swarm-postage-batch-id": "12" }],
      [makeTar([]), tar],
      [pseudoRandomBytes(5000, 1), tar],
      [site.subarray(0, 513), tar],
      ["x", {}, "?name=/etc"],
      ["x", {}, `?name=${"x".repeat(1025)}`],
    ] as [Uint8Array | string, Record<string, string>, string?][]) {
      const response = await post(body, headers, query);
      expect(response.status).to.equal(400);
      expect(await response.json()).to.include({ code: 400 });
    }
  });

  it("name a file by its address where it has no name", async () => {
    const response = await post("nameless", { "content-type": "text/plain" });
    const { reference } = (await response.json()) as { reference: string };
    expect(response.headers.get("etag")).to.equal(`"${reference}"`);
    const { address } = await store.write(Buffer.from("nameless"));
    expect(await (await get(`${reference}/${address}`)).text()).to.equal("nameless");
  });

  it("do not fit into a postage batch that is full: 402", async () => {
    const { batchID } = (await (await fetch(`${node.url}/stamps/1/17`, { method: "POST" })).json()) as {
      batchID: string;
    };
    const large = makeTar([{ path: "large", content: pseudoRandomBytes(16 << 20, 2) }]);
    const response = await post(large, { ...tar, "swarm-postage-batch-id": batchID });
    expect(response.status).to.equal(402);
  });

  it("do not fit onto a disk that is full: 507", async () => {
    const small = await startNode({ maxBytes: 3 << 20 });
    try {
      const headers = { "swarm-postage-batch-id": batchId, ...tar };
      const body = makeTar([{ path: "large", content: pseudoRandomBytes(8 << 20, 3) }]);
      expect((await fetch(`${small.url}/bzz`, { method: "POST", headers, body })).status).to.equal(507);
      expect((await fetch(`${small.url}/health`)).status).to.equal(200);
    } finally {
      await small.close();
    }
  });

  /** Sends a path as it is; `fetch` would tidy it up. */
  function statusOfRaw(path: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(node.url);
      request({ hostname, port, path }, (response) => {
        response.resume();
        resolve(response.statusCode!);
      })
        .on("error", reject)
        .end();
    });
  }
});
