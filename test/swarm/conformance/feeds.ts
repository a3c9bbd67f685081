import { randomBytes } from "node:crypto";
import { Bee } from "@ethersphere/bee-js";
import { expect } from "chai";
import { SigningKey } from "ethers";
import { makeChunk } from "../../../src/bmt/chunk.js";
import { fromHex, toHex } from "../../../src/encoding/hex.js";
import { feedId, type FeedUpdate, makeReferenceUpdate, topicOf } from "../../../src/owned/feed.js";
import { ownerOf } from "../../../src/owned/signature.js";
import { readFeed, updateFeed } from "../../../src/swarm/feeds.js";
import { codeOf } from "../../support/code-of.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import { eventually, type OwnedBackend } from "./eventually.js";

/** Feeds: by this project, by bee-js, and resolved by the node. */
export function describeFeeds(backend: OwnedBackend): void {
  describe("feeds", function () {
    this.timeout(400_000);
    // A new owner each time, so that nothing is there yet, wherever this runs.
    const secret = toHex(randomBytes(32));
    const key = new SigningKey(`0x${secret}`);
    const owner = ownerOf(key);
    const write = async (text: string) => fromHex((await backend.writer.write(Buffer.from(text))).address, 32);
    const read = (topic: Uint8Array) => readFeed(backend.reader, { owner, topic });
    const update = (topic: Uint8Array, reference: Uint8Array, index?: number) =>
      updateFeed(backend.writer, key, topic, makeReferenceUpdate(reference, 1_700_000_000), { index });
    const resolve = (topic: Uint8Array, headers: Record<string, string> = {}, url = backend.readUrl) =>
      fetch(`${url}/feeds/${toHex(owner)}/${toHex(topic)}`, { headers });
    const referenceOf = (found: FeedUpdate) => (found.kind === "reference" ? toHex(found.reference) : found.kind);

    it("are empty where nobody wrote one", async () => {
      const topic = topicOf("empty");
      expect(await codeOf(() => read(topic))).to.equal("FEED_EMPTY");
      const response = await resolve(topic);
      expect(response.status).to.equal(404);
      expect(await response.json()).to.include({ code: 404 });
    });

    it("lead to what the last update names", async () => {
      const topic = topicOf("references");
      for (const text of ["first", "second", "third"]) {
        const reference = await write(text);
        // Given, since the node may not find at once what was just written.
        const index = ["first", "second", "third"].indexOf(text);
        expect((await update(topic, reference, index)).index).to.equal(index);
        await eventually(backend, async () => {
          const found = await read(topic);
          expect([found.index, referenceOf(found.update)]).to.deep.equal([index, toHex(reference)]);
        });
        await eventually(backend, async () => {
          const response = await resolve(topic);
          expect([response.status, await response.text()]).to.deep.equal([200, text]);
          const header = (name: string) => response.headers.get(name);
          expect(header("swarm-feed-index")).to.equal(`000000000000000${index}`);
          expect(header("swarm-feed-index-next")).to.equal(`000000000000000${index + 1}`);
          expect(header("swarm-feed-resolved-version")).to.equal("v1");
          expect(header("swarm-soc-signature")).to.equal(toHex((await read(topic)).chunk.signature));
        });
      }
      // Once the node that is written to has found the updates in the network, it has them.
      for (const index of [1, 2]) await eventually(backend, () => backend.writer.getOwned(owner, feedId(topic, index)));
      expect(await codeOf(() => update(topic, new Uint8Array(32), 1))).to.equal("FEED_TAKEN");
      const last = await eventually(backend, () => update(topic, new Uint8Array(32).fill(1)));
      expect(last.index).to.equal(3);
    });

    it("may hold the content itself", async () => {
      const topic = topicOf("content");
      await updateFeed(backend.writer, key, topic, makeChunk(11, Buffer.from("the content")), { index: 0 });
      await eventually(backend, async () => {
        const response = await resolve(topic);
        expect([response.status, await response.text()]).to.deep.equal([200, "the content"]);
        expect(response.headers.get("swarm-feed-resolved-version")).to.equal("v2");
      });
      const { update } = await read(topic);
      expect(update.kind === "content" && Buffer.from(update.root.data.subarray(8)).toString()).to.equal("the content");
      const root = await resolve(topic, { "swarm-only-root-chunk": "true" });
      expect(Buffer.from(await root.bytes()).toString("hex")).to.equal(
        `0b00000000000000${Buffer.from("the content").toString("hex")}`,
      );
    });

    it("may hold the root of a longer file", async () => {
      const topic = topicOf("file");
      const bytes = pseudoRandomBytes(9000, 1);
      const { address } = await backend.writer.write(bytes);
      const data = await backend.writer.getChunk(address);
      await updateFeed(backend.writer, key, topic, { address: fromHex(address, 32), data }, { index: 0 });
      await eventually(backend, async () => {
        const response = await resolve(topic);
        expect([response.status, Buffer.compare(await response.bytes(), bytes)]).to.deep.equal([200, 0]);
      });
    });

    it("of bee-js are read here, and those written here by bee-js", async () => {
      const topic = topicOf("bee-js");
      const [writer, reader] = [new Bee(backend.url), new Bee(backend.readUrl)];
      const [theirs, ours] = [await write("theirs"), await write("ours")];
      const deferred = !backend.capabilities.peers;
      await writer.makeFeedWriter(topic, secret).uploadReference(backend.batchId, theirs, { deferred });
      const found = await eventually(backend, () => read(topic));
      expect([found.index, referenceOf(found.update)]).to.deep.equal([0, toHex(theirs)]);
      await update(topic, ours, 1);
      await eventually(backend, async () => {
        const { payload, feedIndex } = await reader.fetchLatestFeedUpdate(topic, owner);
        expect([feedIndex.toBigInt(), payload.toUtf8()]).to.deep.equal([1n, "ours"]);
        const named = await reader.makeFeedReader(topic, owner).downloadReference({ index: 1 });
        expect(named.reference.toHex()).to.equal(toHex(ours));
      });
    });

    it("of many updates are found", async function () {
      const topic = topicOf("many");
      const reference = await write("many");
      const length = 20;
      for (let index = 0; index < length; index++) await update(topic, reference, index);
      await eventually(backend, async () => {
        expect((await read(topic)).index).to.equal(length - 1);
        const header = (await resolve(topic)).headers.get("swarm-feed-index");
        expect(header).to.equal(encodeIndex(length - 1));
      });
    });

    it("are refused where owner or topic are none", async () => {
      for (const path of [`${"12".repeat(20)}/xyz`, `xyz/${"12".repeat(32)}`])
        expect((await fetch(`${backend.url}/feeds/${path}`)).status, path).to.equal(400);
    });
  });
}

function encodeIndex(index: number): string {
  return index.toString(16).padStart(16, "0");
}
