import { FeedIndex, Topic } from "@ethersphere/bee-js";
import { expect } from "chai";
import fc from "fast-check";
import { makeChunk } from "../../src/bmt/chunk.js";
import { concatBytes } from "../../src/encoding/bytes.js";
import { toHex } from "../../src/encoding/hex.js";
import { keccak256 } from "../../src/encoding/keccak.js";
import { encodeFeedIndex, feedId, makeReferenceUpdate, readFeedUpdate, topicOf } from "../../src/owned/feed.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";

describe("a feed", () => {
  const topic = topicOf("catnix");

  it("has topics and indexes as bee-js has them", () => {
    expect(toHex(topic)).to.equal(Topic.fromString("catnix").toHex());
    expect(toHex(topicOf("site of the café"))).to.equal(Topic.fromString("site of the café").toHex());
    fc.assert(
      fc.property(fc.maxSafeNat(), (index) => {
        const theirs = FeedIndex.fromBigInt(BigInt(index)).toUint8Array();
        expect(toHex(encodeFeedIndex(index))).to.equal(toHex(theirs));
        expect(toHex(feedId(topic, index))).to.equal(toHex(keccak256(topic, theirs)));
      }),
    );
  });

  it("has no other indexes and topics", () => {
    for (const index of [-1, 0.5, 2 ** 53, NaN]) expect(() => feedId(topic, index)).to.throw(RangeError);
    expect(() => feedId(new Uint8Array(31), 0)).to.throw(RangeError);
    expect(() => makeReferenceUpdate(new Uint8Array(31), 1)).to.throw(RangeError);
    expect(() => makeReferenceUpdate(new Uint8Array(32), -1)).to.throw(RangeError);
  });

  it("has updates that name content, and say when", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.maxSafeNat(), (reference, timestamp) => {
        const update = readFeedUpdate(makeReferenceUpdate(reference, timestamp));
        expect(update).to.deep.equal({ kind: "reference", reference, timestamp });
      }),
    );
    const chunk = makeReferenceUpdate(new Uint8Array(32).fill(7), 0x0102_0304);
    expect(toHex(chunk.data)).to.equal(`28000000000000000000000001020304${"07".repeat(32)}`);
  });

  it("has updates that hold content", () => {
    const content = [
      makeChunk(0, new Uint8Array(0)),
      makeChunk(39, pseudoRandomBytes(39, 1)),
      makeChunk(72, pseudoRandomBytes(72, 1)),
      makeChunk(9000, pseudoRandomBytes(96, 1)),
      makeChunk(40, concatBytes(new Uint8Array(8).fill(0xff), new Uint8Array(32))),
    ];
    for (const root of content) expect(readFeedUpdate(root)).to.deep.equal({ kind: "content", root });
  });
});
