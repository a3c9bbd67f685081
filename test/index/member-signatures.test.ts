import { expect } from "chai";
import { IndexReader } from "../../src/index/index-reader.js";
import type { IndexWriter } from "../../src/index/index-writer.js";
import type { FollowedMember } from "../../src/index/member-signatures.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { codeOf } from "../support/code-of.js";
import { commitBatch, makeRecord, swarmIdOf } from "../support/fill-index.js";
import { openTestIndex, type TestIndex } from "../support/open-test-index.js";

const recordOf = (name: string) => makeRecord(name, Buffer.from(name));
const [hello, tool] = [recordOf("hello-1"), recordOf("tool-1")];
const key = (name: string) => `${name}:${Buffer.alloc(32, name).toString("base64")}`;
const sig = (byte: number) => new Uint8Array(64).fill(byte);
const memberOf = (name: string, digit: number): FollowedMember => ({
  address: `0x${String(digit).repeat(40)}`,
  name,
  ownedKey: `0x${String(digit + 4).repeat(40)}`,
  keys: [key(`${name}-copied-1`), key(`${name}-rebuilt-1`)],
});
const [alice, bob] = [memberOf("alice", 1), memberOf("bob", 2)];
const CHARTER = "ab".repeat(32);

describe("index/member-signatures", () => {
  let index: TestIndex;
  let writer: IndexWriter;
  let reader: IndexReader;

  beforeEach(async () => {
    index = await openTestIndex(IndexReader);
    ({ writer, reader } = index);
    await commitBatch(writer, hello, tool);
  });
  afterEach(() => index.close());

  const dueOf = ({ address }: FollowedMember, now = 1000) => writer.signatures.dueLists(address, now, 10);

  it("has nothing before a charter", () => {
    expect(writer.signatures.charter()).to.equal(undefined);
    expect(writer.signatures.members()).to.deep.equal([]);
    expect(reader.signatures.progress()).to.deep.equal([]);
    expect(reader.signatures.find(swarmIdOf(hello))).to.deep.equal([]);
  });

  it("keeps members, and gives each signature with its key's name", () => {
    writer.signatures.setMembers(CHARTER, [bob, alice]);
    expect(writer.signatures.charter()).to.equal(CHARTER);
    expect(writer.signatures.members()).to.deep.equal([alice, bob]);
    const signed = [
      { swarmId: swarmIdOf(hello), key: alice.keys[0]!, signature: sig(1) },
      { swarmId: swarmIdOf(hello), key: bob.keys[1]!, signature: sig(2) },
    ];
    writer.signatures.save(signed);
    writer.signatures.save([{ ...signed[0]!, signature: sig(9) }]); // the first one stays
    expect(reader.signatures.find(swarmIdOf(hello)).sort()).to.deep.equal([
      `alice-copied-1:${Buffer.from(sig(1)).toString("base64")}`,
      `bob-rebuilt-1:${Buffer.from(sig(2)).toString("base64")}`,
    ]);
    expect(reader.signatures.find(swarmIdOf(tool))).to.deep.equal([]);
  });

  it("finds the record that a batch set, and whether it is signed", async () => {
    writer.signatures.setMembers(CHARTER, [alice]);
    const { nixId } = parseStorePath(hello.storePath);
    const [copied, rebuilt] = alice.keys as [string, string];
    writer.signatures.save([{ swarmId: swarmIdOf(hello), key: copied, signature: sig(1) }]);
    expect(writer.signatures.findSignable(nixId, 1, copied)).to.include({ isSigned: true });
    expect(writer.signatures.findSignable(nixId, 1, rebuilt)).to.include({ isSigned: false });
    expect(writer.signatures.findSignable(nixId, 2, copied)).to.equal(undefined);
    expect(writer.signatures.findSignable(new Uint8Array(20).fill(1), 1, copied)).to.equal(undefined);
    await commitBatch(writer, makeRecord("hello-1", Buffer.from("another build")));
    expect(writer.signatures.findSignable(nixId, 2, copied)).to.include({ isSigned: false });
    expect(writer.signatures.hasMissingRecords(1)).to.equal(false);
  });

  it("expects a list of each batch from each member, the newest first", async () => {
    await commitBatch(writer, recordOf("late-1"));
    writer.signatures.setMembers(CHARTER, [alice, bob]);
    writer.signatures.expectLists(0, 500);
    expect(dueOf(alice, 499)).to.deep.equal([]);
    expect(dueOf(alice).map(({ seq, rows, read, taken, visits }) => [seq, rows, read, taken, visits])).to.deep.equal([
      [2, 1, undefined, false, 0],
      [1, 2, undefined, false, 0],
    ]);
    expect(dueOf(alice)[0]!.digest).to.equal(writer.findBatch(2)!.digest);
    expect(reader.signatures.progress()).to.deep.equal([
      { name: "alice", batches: 2, missing: 2 },
      { name: "bob", batches: 2, missing: 2 },
    ]);
    writer.signatures.settleLists(alice.address, [
      { seq: 2, read: CHARTER, taken: true, visits: 1, due: 5000.4 },
      { seq: 1, read: undefined, taken: false, visits: 1, due: 700 },
    ]);
    expect(dueOf(alice).map(({ seq, visits }) => [seq, visits])).to.deep.equal([[1, 1]]);
    writer.signatures.expectLists(0, 500); // what is noted stays
    expect(dueOf(alice, 5000)).to.deep.include({
      ...{ seq: 2, digest: writer.findBatch(2)!.digest, rows: 1 },
      ...{ read: CHARTER, taken: true, visits: 1 },
    });
    expect(reader.signatures.progress()[0]).to.deep.equal({ name: "alice", batches: 2, missing: 1 });
    await commitBatch(writer, recordOf("later-1"));
    writer.signatures.expectLists(3, 500);
    expect(dueOf(bob).map(({ seq }) => seq)).to.deep.equal([3, 2, 1]);
  });

  it("drops what a key signed that left the charter, and looks for the lists of whoever has other keys", () => {
    writer.signatures.setMembers(CHARTER, [alice, bob]);
    writer.signatures.expectLists(0, 0);
    const swarmId = swarmIdOf(hello);
    writer.signatures.save(
      [alice, bob].flatMap(({ keys }) => keys).map((text, at) => ({ swarmId, key: text, signature: sig(at) })),
    );
    for (const { address } of [alice, bob])
      writer.signatures.settleLists(address, [{ seq: 1, read: CHARTER, taken: true, visits: 3, due: 1e9 }]);
    const rotated = { ...alice, keys: [alice.keys[0]!, key("alice-rebuilt-2")] };
    writer.signatures.setMembers("cd".repeat(32), [rotated, bob]);
    writer.signatures.expectLists(0, 0);
    const names = () => reader.signatures.find(swarmId).map((text) => text.split(":")[0]);
    expect(names().sort()).to.deep.equal(["alice-copied-1", "bob-copied-1", "bob-rebuilt-1"]);
    expect(dueOf(alice)).to.have.length(1);
    expect(dueOf(bob)).to.deep.equal([]);
    // What was verified under the old charter comes too late.
    writer.signatures.save([{ swarmId, key: alice.keys[1]!, signature: sig(7) }]);
    expect(names()).to.have.length(3);
    writer.signatures.setMembers("00".repeat(32), []);
    expect(names()).to.deep.equal([]);
    expect(reader.signatures.progress()).to.deep.equal([]);
    expect(dueOf(bob)).to.deep.equal([]);
  });

  it("gives a key that another member has now nothing of the old one's", () => {
    writer.signatures.setMembers(CHARTER, [alice]);
    const swarmId = swarmIdOf(hello);
    writer.signatures.save([{ swarmId, key: alice.keys[0]!, signature: sig(1) }]);
    writer.signatures.setMembers("cd".repeat(32), [{ ...bob, keys: [alice.keys[0]!] }]);
    expect(reader.signatures.find(swarmId)).to.deep.equal([]);
  });

  it("says so where the file is gone", async () => {
    reader.close();
    expect(await codeOf(() => reader.signatures.find(swarmIdOf(hello)))).to.equal("DATABASE_FAILED");
  });
});
