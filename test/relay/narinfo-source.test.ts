import { expect } from "chai";
import { formatRecord, parseRecord } from "../../src/cat/record.js";
import type { IndexWriter } from "../../src/index/index-writer.js";
import { IndexReader } from "../../src/index/index-reader.js";
import { generateSecretKey } from "../../src/nix/signing-key.js";
import { NarInfoSource } from "../../src/relay/narinfo-source.js";
import { createNarInfoSigner } from "../../src/relay/sign-narinfo.js";
import { codeOf } from "../support/code-of.js";
import { commitBatch, makeRecord, swarmIdOf } from "../support/fill-index.js";
import { followed, makeKeyedMember } from "../support/member-keys.js";
import { openTestIndex, type TestIndex } from "../support/open-test-index.js";

/** How often the index was really read. */
class CountingReader extends IndexReader {
  reads = 0;
  override findMapping(nixId: Uint8Array) {
    this.reads++;
    return super.findMapping(nixId);
  }
}

describe("relay/narinfo-source", () => {
  const alice = makeKeyedMember("alice", 1);
  const key = generateSecretKey("relay-1");
  const record = makeRecord("hello-1", Buffer.from("one"));
  const hashPart = record.storePath.slice(11, 43);
  let index: TestIndex<CountingReader>;
  let writer: IndexWriter;
  let reader: CountingReader;

  beforeEach(async () => {
    index = await openTestIndex(CountingReader);
    ({ writer, reader } = index);
    await commitBatch(writer, record);
  });
  afterEach(() => index.close());

  it("reads the index once, until anything in it changes", async () => {
    const source = new NarInfoSource(reader);
    for (let i = 0; i < 3; i++) expect(source.find(hashPart)?.toString()).to.equal(formatRecord(record));
    expect(reader.reads).to.equal(1);
    await commitBatch(writer, makeRecord("other", Buffer.from("other")));
    expect(source.find(hashPart)?.toString()).to.equal(formatRecord(record));
    expect(reader.reads).to.equal(2);
    writer.replacePendingWithdrawals([{ alarm: 1, target: { seq: 1 }, reason: "" }]);
    expect(source.find(hashPart)).to.equal(undefined);
    writer.replacePendingWithdrawals([]);
    expect(source.find(hashPart)?.toString()).to.equal(formatRecord(record));
  });

  it("notices what its own connection writes, where the follower is in the same process", () => {
    const source = new NarInfoSource(writer);
    expect(source.find(hashPart)).not.to.equal(undefined);
    writer.replacePendingWithdrawals([{ alarm: 1, target: { seq: 1 }, reason: "" }]);
    expect(source.find(hashPart)).to.equal(undefined);
  });

  it("keeps no more than it may, and serves what it cannot keep", () => {
    const source = new NarInfoSource(reader, { maxBytes: 100 });
    for (let i = 0; i < 2; i++) expect(source.find(hashPart)?.toString()).to.equal(formatRecord(record));
    expect(reader.reads).to.equal(2);
  });

  it("adds what members signed, and the relay's own signature first", () => {
    const { keys } = followed(alice);
    writer.signatures.setMembers("ab".repeat(32), [followed(alice)]);
    expect(parseRecord(new NarInfoSource(reader).find(hashPart)!.toString()).sigs).to.deep.equal([]);
    const source = new NarInfoSource(reader, { signer: createNarInfoSigner(key, "/nix/store") });
    source.find(hashPart);
    const [copied, rebuilt] = keys as [string, string];
    for (const text of [rebuilt, copied])
      writer.signatures.save([{ swarmId: swarmIdOf(record), key: text, signature: new Uint8Array(64) }]);
    const namesIn = (text: Buffer | undefined) => parseRecord(text!.toString()).sigs.map((sig) => sig.split(":")[0]);
    expect(namesIn(source.find(hashPart))).to.deep.equal(["alice-copied-1", "alice-rebuilt-1", "relay-1"]);
    expect(namesIn(new NarInfoSource(reader).find(hashPart))).to.deep.equal(["alice-copied-1", "alice-rebuilt-1"]);
    expect(namesIn(new NarInfoSource(reader, { members: false }).find(hashPart))).to.deep.equal([]);
  });

  it("answers nothing from memory once the index cannot be read", async () => {
    const source = new NarInfoSource(reader);
    source.find(hashPart);
    reader.close();
    expect(await codeOf(() => source.find(hashPart))).to.equal("DATABASE_FAILED");
  });
});
