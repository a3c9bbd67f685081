import { MantarayNode } from "@ethersphere/bee-js";
import { expect } from "chai";
import fc from "fast-check";
import { fileAddress } from "../../src/bmt/file-hasher.js";
import { toHex } from "../../src/encoding/hex.js";
import { ManifestBuilder } from "../../src/mantaray/build-manifest.js";
import { ManifestReader } from "../../src/mantaray/manifest-reader.js";
import { buildFeedManifest, METADATA, readFeedMetadata, ROOT_PATH } from "../../src/mantaray/site-metadata.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";

/** Files in memory by address. */
function memory() {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    write: (bytes: Uint8Array) => {
      const address = fileAddress(bytes);
      files.set(toHex(address), bytes);
      return Promise.resolve(address);
    },
    load: (address: Uint8Array) => Promise.resolve(files.get(toHex(address))!),
  };
}

type File = readonly [path: string, content: string, type: string];

async function addressOfSite(files: readonly File[], documents: Record<string, string> = {}): Promise<string> {
  const manifest = new ManifestBuilder();
  for (const [path, content, type] of files) {
    const metadata = { [METADATA.contentType]: type, [METADATA.fileName]: path.split("/").at(-1)! };
    manifest.add(path, { reference: fileAddress(Buffer.from(content)), metadata });
  }
  if (Object.keys(documents).length > 0) manifest.add(ROOT_PATH, { metadata: documents });
  return toHex(await manifest.save(memory().write));
}

describe("a manifest", () => {
  // ethersphere/bee v2.8.1, pkg/api/dirs_test.go and bzz_test.go: directories that are uploaded, and their addresses
  const html = "text/html; charset=utf-8";
  const index = ["index.html", "<h1>Swarm", html] as const;
  const text = "text/plain; charset=utf-8";
  for (const [name, files, documents, address] of [
    [
      "files without extension",
      [
        ["file1", "first file data", ""],
        ["file2", "second file data", ""],
      ],
      {},
      "f3312af64715d26b5e1a3dc90f012d2c9cc74a167899dab1d07cdee8c107f939",
    ],
    [
      "nested files",
      [
        ["robots.txt", "robots text", text],
        ["img/1.png", "image 1", "image/png"],
        ["img/2.png", "image 2", "image/png"],
      ],
      {},
      "4c9c76d63856102e54092c38a7cd227d769752d768b7adc8c3542e3dd9fcf295",
    ],
    ["no index", [index], {}, "9e178dbd1ed4b748379e25144e28dfb29c07a4b5114896ef454480115a56b237"],
    [
      "an index",
      [index],
      { [METADATA.indexDocument]: "index.html" },
      "a58484e3d77bbdb40323ddc9020c6e96e5eb5deb52015d3e0f63cce629ac1aa6",
    ],
    [
      "a nested index",
      [["dir/index.html", "<h1>Swarm", html]],
      { [METADATA.indexDocument]: "index.html" },
      "3e2f008a578c435efa7a1fce146e21c4ae8c20b80fbb4c4e0c1c87ca08fef414",
    ],
    [
      "an index and an error document",
      [index, ["error.html", "<h2>404", html]],
      { [METADATA.indexDocument]: "index.html", [METADATA.errorDocument]: "error.html" },
      "2cd9a6ac11eefbb71b372fb97c3ef64109c409955964a294fdc183c1014b3844",
    ],
  ] as [string, File[], Record<string, string>, string][])
    it(`has Bee's address: ${name}`, async () => {
      expect(await addressOfSite(files, documents)).to.equal(address);
    });

  const byte = fc.constantFrom(..."abcé/-._0123456789".split(""));
  const path = fc
    .array(byte, { minLength: 1, maxLength: 90 })
    .map((characters) => characters.join(""))
    .filter((text) => text !== ROOT_PATH);
  const reference = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter((bytes) => bytes.some((one) => one !== 0));
  const metadata = fc.dictionary(fc.string({ minLength: 1, maxLength: 12 }), fc.string({ maxLength: 200 }), {
    maxKeys: 3,
    noNullPrototype: true,
  });

  it("gives for each path what was added for it, and nothing for others", async () => {
    const entries = fc.uniqueArray(fc.tuple(path, reference, metadata), { maxLength: 25, selector: ([one]) => one });
    await fc.assert(
      fc.asyncProperty(entries, path, async (all, other) => {
        const { write, load } = memory();
        const manifest = new ManifestBuilder();
        for (const [path, reference, metadata] of all) manifest.add(path, { reference, metadata });
        const reader = new ManifestReader(await manifest.save(write), load);
        for (const [path, reference, metadata] of all) {
          const found = (await reader.find(path))!;
          expect(toHex(found.reference!)).to.equal(toHex(reference));
          expect({ ...found.metadata }).to.deep.equal({ ...metadata });
          expect(await reader.hasPrefix(path.slice(0, 1 + path.length / 2))).to.equal(true);
        }
        if (!all.some(([path]) => path === other)) expect(await reader.find(other)).to.equal(undefined);
        expect(await reader.hasPrefix(other)).to.equal(all.some(([path]) => bytesBegin(path, other)));
      }),
      { numRuns: 60 },
    );
  });

  it("is read by bee-js", async () => {
    const paths = Array.from({ length: 60 }, (_, at) => `dir-${at % 7}/${"long".repeat(at % 20)}file-${at}.html`);
    const { files, write } = memory();
    const manifest = new ManifestBuilder();
    paths.forEach((path, at) =>
      manifest.add(path, { reference: pseudoRandomBytes(32, at), metadata: { "Content-Type": "text/html" } }),
    );
    const root = await manifest.save(write);
    const open = (address: Uint8Array) => {
      const node = MantarayNode.unmarshalFromData(files.get(toHex(address))!, address);
      for (const [, fork] of node.forks) {
        const below = open(fork.node.selfAddress!);
        fork.node.targetAddress = below.targetAddress;
        fork.node.forks = below.forks;
        for (const [, next] of below.forks) next.node.parent = fork.node;
      }
      return node;
    };
    const expected = Object.fromEntries(paths.map((path, at) => [path, toHex(pseudoRandomBytes(32, at))]));
    expect(open(root).collectAndMap()).to.deep.equal(expected);
  });

  it("of bee-js is read here", async () => {
    const theirs = new MantarayNode();
    // No folder that parts from a longer name: bee-js writes "a/b/c" beside "a/bc" so that no Bee reads it.
    const paths = ["index.html", "a/b/c.txt", "a/b/d.txt", "a/c", "x".repeat(70)];
    paths.forEach((path, at) => theirs.addFork(path, pseudoRandomBytes(32, at), { Filename: path }));
    const { write, load } = memory();
    const save = async (node: MantarayNode): Promise<Uint8Array> => {
      for (const fork of node.forks.values()) await save(fork.node);
      node.selfAddress = await write(await node.marshal());
      return node.selfAddress;
    };
    const reader = new ManifestReader(await save(theirs), load);
    for (const [at, path] of paths.entries()) {
      const found = await reader.find(path);
      expect(toHex(found!.reference!)).to.equal(toHex(pseudoRandomBytes(32, at)));
      expect(found!.metadata["Filename"]).to.equal(path);
    }
    expect(await reader.find("a/b")).to.equal(undefined);
    expect(await reader.hasPrefix("a/b")).to.equal(true);
  });

  it("may stand for a feed", async () => {
    const feed = { owner: pseudoRandomBytes(20, 1), topic: pseudoRandomBytes(32, 2) };
    const { write, load } = memory();
    const reader = new ManifestReader(await buildFeedManifest(feed).save(write), load);
    const { metadata, reference } = (await reader.find(ROOT_PATH))!;
    expect(reference).to.equal(undefined);
    expect(readFeedMetadata(metadata)).to.deep.equal(feed);
    for (const change of [
      { "swarm-feed-owner": "12" },
      { "swarm-feed-topic": "" },
      { "swarm-feed-type": "Epoch" },
      { "swarm-feed-owner": `0y${toHex(feed.owner)}` },
    ])
      expect(readFeedMetadata({ ...metadata, ...change })).to.equal(undefined);
    expect(readFeedMetadata({})).to.equal(undefined);
  });

  it("takes no entry without a path, and no other references", () => {
    const manifest = new ManifestBuilder();
    expect(() => manifest.add("", {})).to.throw(RangeError);
    expect(() => manifest.add("a", { reference: new Uint8Array(64) })).to.throw(RangeError);
  });

  it("takes no metadata beyond 65,535 bytes", async () => {
    const manifest = new ManifestBuilder();
    manifest.add("a", { metadata: { long: "x".repeat(70_000) } });
    const failure: unknown = await manifest.save(memory().write).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(RangeError);
  });
});

function bytesBegin(text: string, start: string): boolean {
  return Buffer.from(text).subarray(0, Buffer.from(start).length).equals(Buffer.from(start));
}
