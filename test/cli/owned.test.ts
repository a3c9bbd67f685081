import { Bee } from "@ethersphere/bee-js";
import { expect } from "chai";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { computeAddress, getBytes } from "ethers";
import { fileAddress } from "../../src/bmt/file-hasher.js";
import { toHex } from "../../src/encoding/hex.js";
import { createKeystore } from "../../src/keys/keystore.js";
import { feedId, topicOf } from "../../src/owned/feed.js";
import { ownedAddress } from "../../src/owned/owned-chunk.js";
import { startFaultProxy } from "../support/fault-proxy.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { startNode } from "../support/start-node.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { wellKnownKey } from "../support/well-known-key.js";
import { errorCodeOf, runHere } from "./support/run-cli.js";

describe("catnix soc and catnix feed", function () {
  this.timeout(60_000);
  const id = "5c".repeat(32);
  const owner = computeAddress(wellKnownKey(1));
  const batchId = "00".repeat(32);
  let node: Awaited<ReturnType<typeof startNode>>;
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  const file = (name: string) => join(folder.path, name);
  const key = () => ["--key", file("key.json"), "--password-file", file("password")];
  const run = (...args: string[]) => runHere([...args, "--config", file("catnix.json")]);
  const runJson = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args, "--json");
    expect([code, stderr]).to.deep.equal([0, ""]);
    expect(stdout).to.match(/^\{[^\n]*\}\n$/);
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  const writeConfig = (swarm: object) => writeFile(file("catnix.json"), JSON.stringify({ swarm }));

  before(async () => {
    node = await startNode();
    folder = await makeTempFolder();
    await createKeystore(file("key.json"), "password", { privateKey: wellKnownKey(1), fast: true });
    await writeFile(file("password"), "password\n", { mode: 0o600 });
    await writeFile(file("payload"), pseudoRandomBytes(4096, 1));
  });
  beforeEach(() => writeConfig({ url: node.url, postageBatch: batchId }));
  after(async () => {
    await node.close();
    await folder.remove();
  });

  it("soc put: signs a file, and soc get reads it, for people and for programs", async () => {
    const put = await runJson("soc", "put", id, file("payload"), ...key());
    expect(put).to.include({ owner, id, span: 4096, wrapped: toHex(fileAddress(pseudoRandomBytes(4096, 1))) });
    const got = await runJson("soc", "get", owner, id);
    expect(got).to.deep.equal({ ...put, payload: toHex(pseudoRandomBytes(4096, 1)) });
    const written = await runJson("soc", "get", owner, `0x${id.toUpperCase()}`, "--out", file("out"));
    expect(written).to.deep.equal({ ...put, file: file("out") });
    expect(Buffer.compare(await readFile(file("out")), pseudoRandomBytes(4096, 1))).to.equal(0);
    expect((await run("soc", "put", id, file("payload"), ...key())).stdout).to.equal(`${String(put["address"])}\n`);
    expect((await run("soc", "get", owner.toLowerCase(), id)).stdout).to.equal(`${String(got["payload"])}\n`);
    const theirs = await new Bee(node.url).makeSOCReader(owner).download(id);
    expect(theirs.address.toHex()).to.equal(put["address"]);
  });

  it("soc put: refuses what does not fit: OWNED_PAYLOAD_TOO_LONG", async () => {
    await writeFile(file("long"), new Uint8Array(4097));
    const result = await run("soc", "put", id, file("long"), ...key(), "--json");
    expect([result.code, errorCodeOf(result)]).to.deep.equal([1, "OWNED_PAYLOAD_TOO_LONG"]);
    const absent = await run("soc", "put", id, file("absent"), ...key(), "--json");
    expect(errorCodeOf(absent)).to.equal("FILE_UNREADABLE");
  });

  it("feed update: names content from now on, and feed get reads it", async () => {
    const references: string[] = [];
    for (const text of ["one", "two"])
      references.push((await new Bee(node.url).uploadFile(batchId, text, "page.txt")).reference.toHex());
    for (const [index, reference] of references.entries()) {
      const update = await runJson("feed", "update", reference, "--topic", "site", ...key());
      expect(update).to.include({ index, reference, owner, topic: toHex(topicOf("site")) });
      const { time, ...got } = await runJson("feed", "get", owner, "--topic", "site");
      expect(got).to.deep.equal({ ...update, kind: "reference" });
      expect(time).to.be.closeTo(Date.now() / 1000, 60);
      const response = await fetch(`${node.url}/bzz/${String(update["manifest"])}/`);
      expect(response.headers.get("swarm-feed-index")).to.equal(`000000000000000${index}`);
      expect(await response.text()).to.equal(["one", "two"][index]);
    }
    const { stdout } = await run("feed", "get", owner, "--topic-hex", toHex(topicOf("site")));
    expect(stdout).to.match(/^update 1, of 2\d{3}-.*Z: [0-9a-f]{64}\nname [0-9a-f]{64}\n$/);
    const taken = await run("feed", "update", id, "--topic", "site", "--index", "1", ...key(), "--json");
    expect([taken.code, errorCodeOf(taken)]).to.deep.equal([1, "FEED_TAKEN"]);
    expect((await runJson("feed", "update", id, "--topic", "site", "--index", "2", ...key()))["index"]).to.equal(2);
  });

  it("feed update: does not take a number again that the node has forgotten", async () => {
    const update = (reference: string) => runJson("feed", "update", reference, "--topic", "forgotten", ...key());
    const proxy = await startFaultProxy(node.url);
    try {
      await writeConfig({ url: proxy.url, postageBatch: batchId });
      await update("01".repeat(32));
      // As a Bee does for a minute after it was asked for what was not there yet.
      const first = toHex(ownedAddress(getBytes(owner), feedId(topicOf("forgotten"), 0)));
      proxy.rule = ({ url }) => (url?.includes(first) ? { kind: "status", status: 404 } : undefined);
      expect(errorCodeOf(await run("feed", "get", owner, "--topic", "forgotten", "--json"))).to.equal("FEED_EMPTY");
      expect((await update("02".repeat(32)))["index"]).to.equal(1);
      proxy.rule = () => undefined;
      const got = await runJson("feed", "get", owner, "--topic", "forgotten");
      expect(got).to.include({ index: 1, reference: "02".repeat(32) });
    } finally {
      await proxy.close();
    }
  });

  it("feed get: reads what holds its content itself", async () => {
    await new Bee(node.url).makeFeedWriter(topicOf("content"), wellKnownKey(1)).uploadPayload(batchId, "hello");
    const got = await runJson("feed", "get", owner, "--topic", "content");
    expect(got).to.include({ index: 0, kind: "content", reference: toHex(fileAddress(Buffer.from("hello"))) });
    expect((await run("feed", "get", owner, "--topic", "content")).stdout).to.include("its content in the update");
  });

  it("say what is not there: SWARM_NOT_FOUND, FEED_EMPTY", async () => {
    expect(errorCodeOf(await run("soc", "get", owner, "12".repeat(32), "--json"))).to.equal("SWARM_NOT_FOUND");
    expect(errorCodeOf(await run("feed", "get", owner, "--topic", "none", "--json"))).to.equal("FEED_EMPTY");
  });

  it("write nothing that was altered on the way: SWARM_MISMATCH, OWNED_CHUNK_INVALID", async () => {
    await run("soc", "put", id, file("payload"), ...key());
    const proxy = await startFaultProxy(node.url);
    try {
      await writeConfig({ url: proxy.url });
      for (const [at, code] of [
        [200, "SWARM_MISMATCH"],
        [97, "OWNED_CHUNK_INVALID"],
      ] as const) {
        proxy.rule = () => ({ kind: "flip", at });
        const result = await run("soc", "get", owner, id, "--out", file("never"), "--json");
        expect([result.code, errorCodeOf(result)]).to.deep.equal([1, code]);
      }
      expect(await readFile(file("never")).catch(() => "absent")).to.equal("absent");
      for (const [status, code] of [
        [401, "SWARM_REQUEST_REFUSED"],
        [402, "SWARM_BATCH_FULL"],
      ] as const) {
        proxy.rule = () => ({ kind: "status", status });
        const result = await run("soc", "put", id, file("payload"), ...key(), "--json");
        expect([result.code, errorCodeOf(result)]).to.deep.equal([1, code]);
      }
    } finally {
      await proxy.close();
    }
  });

  for (const args of [
    ["soc", "get", "0x12", id],
    ["soc", "get", `${owner.slice(0, -1)}9`, id],
    ["soc", "get", owner, "xyz"],
    ["soc", "put", id, "--key", "x"],
    ["soc", "put", "5c", "payload", "--key", "x"],
    ["feed", "get", owner],
    ["feed", "get", owner, "--topic", "a", "--topic-hex", id],
    ["feed", "get", owner, "--topic-hex", "a"],
    ["feed", "update", id, "--key", "x"],
    ["feed", "update", "xyz", "--topic", "a", "--key", "x"],
    ["feed", "update", id, "--topic", "a", "--index", "-1", "--key", "x"],
    ["feed", "update", id, "--topic", "a", "--index", "1e3", "--key", "x"],
  ])
    it(`${args.join(" ").slice(0, 60)}: is refused before anything is asked`, async () => {
      const result = await run(...args, "--json");
      expect([result.code, errorCodeOf(result)]).to.deep.equal([64, "USAGE"]);
    });
});
