import { expect } from "chai";
import { join } from "node:path";
import type { Batch } from "../../src/cat/batch.js";
import type { CatRecord } from "../../src/cat/record.js";
import { fromHex } from "../../src/encoding/hex.js";
import { IndexWriter } from "../../src/index/index-writer.js";
import type { DueList } from "../../src/index/member-signatures.js";
import { findSignatureList, takeSignatures, type TakeSignaturesOptions } from "../../src/indexer/take-signatures.js";
import type { SignatureListHead } from "../../src/members/signature-list.js";
import { parseRecord, formatRecord } from "../../src/cat/record.js";
import { formatRecordFingerprint } from "../../src/cat/record-fingerprint.js";
import { verifySignature } from "../../src/nix/signature.js";
import { parsePublicKey } from "../../src/nix/signing-key.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { codeOf } from "../support/code-of.js";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.js";
import { makeBatch, makeRecord, swarmIdOf, testRegistry } from "../support/fill-index.js";
import { followed, type Kind, makeKeyedMember, makeList, putList, putPayload } from "../support/member-keys.js";
import { startNode } from "../support/start-node.js";
import { makeTempFolder } from "../support/temp-folder.js";

const recordOf = (name: string) => makeRecord(name, Buffer.from(name));
const records = Array.from({ length: 60 }, (_, at) => recordOf(`pkg-${at}`));
const [hello, tool] = [records[0]!, records[1]!];
const all: [CatRecord, Kind][] = records.map((record, at) => [record, at % 2 === 0 ? "rebuilt" : "copied"]);

describe("indexer/take-signatures", () => {
  const alice = makeKeyedMember("alice", 1);
  const bob = makeKeyedMember("bob", 2);
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let node: Awaited<ReturnType<typeof startNode>>;
  let proxy: FaultProxy;
  let uploads: BeeStore;
  let index: IndexWriter;
  let batch: Batch;
  let due: DueList;
  let options: TakeSignaturesOptions;

  beforeEach(async () => {
    folder = await makeTempFolder();
    node = await startNode();
    proxy = await startFaultProxy(node.url);
    uploads = new BeeStore({ url: node.url, batchId: "0".repeat(64) });
    index = new IndexWriter(join(folder.path, "index.db"), testRegistry, "/nix/store");
    const made = await makeBatch(index, records);
    batch = made.batch.batch;
    index.commit(undefined, { batches: [made.batch], withdrawals: [], cursor: made.cursor });
    index.signatures.setMembers("ab".repeat(32), [followed(alice), followed(bob)]);
    index.signatures.expectLists(0, 0);
    due = index.signatures.dueLists(alice.entry.address, 1, 1)[0]!;
    const store = new BeeStore({ url: proxy.url, retries: 0 });
    const { signal } = new AbortController();
    const run = <T>(work: () => Promise<T>) => work();
    options = {
      ...{ registry: testRegistry, storeDir: "/nix/store", signatures: index.signatures },
      ...{ store, owned: store, inTurn: run, signal },
    };
  });
  afterEach(async () => {
    index.close();
    await proxy.close();
    await node.close();
    await folder.remove();
  });

  const namesOf = (record: CatRecord) =>
    index.signatures.find(swarmIdOf(record)).map((text) => text.slice(0, text.indexOf(":")));
  const listOf = (signed: [CatRecord, Kind][], overrides: Partial<SignatureListHead> = {}, member = alice) =>
    makeList(member, testRegistry, batch, signed, overrides);
  const take = async (list: Uint8Array) =>
    takeSignatures(followed(alice), due, await putList(uploads, alice, testRegistry, 1, list), options);

  it("finds the list that a member names, and takes in what its keys signed", async () => {
    const address = await putList(uploads, alice, testRegistry, 1, listOf(all));
    expect(await findSignatureList(followed(alice), 1, options)).to.equal(address);
    expect(await takeSignatures(followed(alice), due, address, options)).to.equal(60);
    for (const [record, kind] of all) {
      const [text, ...others] = index.signatures.find(swarmIdOf(record));
      expect(others).to.deep.equal([]);
      const key = parsePublicKey(alice.entry.nixKeys[kind]!);
      const fingerprint = formatRecordFingerprint(parseRecord(formatRecord(record)), "/nix/store");
      expect(verifySignature(text!, fingerprint, [key])).to.equal(key);
    }
    // Once more: nothing is new, and nothing is verified again.
    expect(await takeSignatures(followed(alice), due, address, options)).to.equal(0);
  });

  it("leaves out paths that the batch did not set", async () => {
    expect(
      await take(
        listOf([
          [hello, "rebuilt"],
          [recordOf("strange-1"), "rebuilt"],
        ]),
      ),
    ).to.equal(1);
    expect(namesOf(hello)).to.deep.equal(["alice-rebuilt-1"]);
  });

  it("says that there is no list yet", async () => {
    expect(await codeOf(() => findSignatureList(followed(bob), 1, options))).to.equal("SWARM_NOT_FOUND");
    await putPayload(uploads, bob.ownedKey, testRegistry, 1, fromHex("ab".repeat(32), 32));
    const address = await findSignatureList(followed(bob), 1, options);
    expect(await codeOf(() => takeSignatures(followed(bob), due, address, options))).to.equal("SWARM_NOT_FOUND");
  });

  it("refuses an owned chunk that names no list", async () => {
    for (const size of [0, 31, 33, 4096]) {
      await putPayload(uploads, alice.ownedKey, testRegistry, 1, new Uint8Array(size));
      expect(await codeOf(() => findSignatureList(followed(alice), 1, options))).to.equal("SIGNATURE_LIST_INVALID");
    }
  });

  const other = `0x${"12".repeat(32)}`;
  const refused: Record<string, [Partial<SignatureListHead>, string]> = {
    "another registry": [{ registry: alice.entry.address }, "SIGNATURE_LIST_OF_ANOTHER"],
    "another chain": [{ chainId: 1 }, "SIGNATURE_LIST_OF_ANOTHER"],
    "another draft of the batch": [{ digest: other }, "SIGNATURE_LIST_OF_ANOTHER"],
    "another member": [{ member: bob.entry.address }, "SIGNATURE_LIST_OF_ANOTHER"],
    "another member's key": [{ keys: [bob.entry.nixKeys.rebuilt!] }, "SIGNATURE_LIST_OF_ANOTHER"],
  };
  for (const [what, [overrides, code]] of Object.entries(refused))
    it(`refuses a list of ${what}`, async () => {
      expect(await codeOf(() => take(listOf([[hello, "rebuilt"]], overrides)))).to.equal(code);
      expect(namesOf(hello)).to.deep.equal([]);
    });

  it("refuses a list with more signatures than the batch has rows, before it reads them", async () => {
    const more = Array.from({ length: 100 }, (_, at): [CatRecord, Kind] => [recordOf(`strange-${at}`), "copied"]);
    expect(await codeOf(() => take(listOf(more)))).to.equal("SWARM_TOO_LARGE");
    const some = [...all, [recordOf("strange-1"), "copied"] as [CatRecord, Kind]];
    expect(await codeOf(() => take(listOf(some)))).to.equal("SIGNATURE_LIST_INVALID");
    expect(namesOf(hello)).to.deep.equal([]);
  });

  it("ends at a signature that the key did not make, and keeps those before it", async () => {
    const list = listOf(all).slice();
    const [, ...lines] = Buffer.from(list).toString().split("\n");
    const lied = lines[40]!;
    const at = Buffer.from(list).indexOf(lied) + 40;
    list[at] = list[at] === 65 ? 66 : 65;
    expect(await codeOf(() => take(list))).to.equal("SIGNATURE_WRONG");
    const signed = records.filter((record) => namesOf(record).length > 0);
    expect(signed.length).to.be.at.most(40);
  });

  it("takes nothing of a rebuilt path under the copied key's signature", async () => {
    const keys = [alice.entry.nixKeys.rebuilt!];
    expect(await codeOf(() => take(listOf([[hello, "copied"]], { keys })))).to.equal("SIGNATURE_WRONG");
    expect(namesOf(hello)).to.deep.equal([]);
  });

  it("takes no byte from a Swarm that lies", async () => {
    const list = listOf(all);
    proxy.rule = ({ url }) => (url!.startsWith("/bytes/") ? { kind: "flip", at: 3000 } : undefined);
    expect(await codeOf(() => take(list))).to.equal("SWARM_MISMATCH");
    proxy.rule = ({ url }) =>
      url!.startsWith("/bytes/") ? { kind: "truncate", after: 5000, framing: "length" } : undefined;
    expect(await codeOf(() => take(list))).to.match(/^SWARM_/);
    proxy.rule = ({ url }) => (url!.startsWith("/bytes/") ? { kind: "endless" } : undefined);
    expect(await codeOf(() => take(list))).to.match(/^SWARM_/);
    proxy.rule = () => undefined;
    await take(list);
    for (const record of [hello, tool]) expect(namesOf(record)).to.have.length(1);
  });

  it("stops when it is told to", async () => {
    const stop = new AbortController();
    proxy.rule = ({ url }) => (url!.startsWith("/bytes/") ? { kind: "stall", after: 5000 } : undefined);
    const address = await putList(uploads, alice, testRegistry, 1, listOf(all));
    const taking = takeSignatures(followed(alice), due, address, { ...options, signal: stop.signal });
    const reason = new Error("enough");
    setTimeout(() => stop.abort(reason), 100);
    expect(await taking.catch((error: unknown) => error)).to.equal(reason);
  });
});
