import { expect } from "chai";
import type { Batch } from "../../src/cat/batch.js";
import { batchDigest } from "../../src/cat/batch.js";
import type { CatRecord } from "../../src/cat/record.js";
import { formatRecordFingerprint } from "../../src/cat/record-fingerprint.js";
import type { Row } from "../../src/cat/row.js";
import { toHex } from "../../src/encoding/hex.js";
import type { Attestation, AttestationRow } from "../../src/members/attestation.js";
import {
  type CheckedHow,
  judgeByAttestations,
  judgeByBuilders,
  PathSigner,
  type PublishedSignature,
  sortNixKeys,
} from "../../src/members/path-signer.js";
import { type ListedSignature, readSignatureList, type SignatureListHead } from "../../src/members/signature-list.js";
import { signFingerprint, verifySignature } from "../../src/nix/signature.js";
import { generateSecretKey, parsePublicKey } from "../../src/nix/signing-key.js";
import { formatHashPart, parseStorePath } from "../../src/nix/store-path.js";
import { codeOf } from "../support/code-of.js";
import { makeRecord, swarmIdOf, testRegistry } from "../support/fill-index.js";
import { makeKeyedMember } from "../support/member-keys.js";

const alice = makeKeyedMember("alice", 1);
const recordOf = (name: string, fields: Partial<CatRecord> = {}) => makeRecord(name, Buffer.from(name), fields);
const [hello, tool, source] = [recordOf("hello-1"), recordOf("tool-1"), recordOf("source-1")];
const rowOf = (record: CatRecord): Row => ({
  nixId: parseStorePath(record.storePath).nixId,
  seq: 3,
  swarmId: swarmIdOf(record),
});
const word = "ab".repeat(32);
const batch: Batch = {
  ...{ seq: 3, parent: `0x${word}`, root: word, depth: 0, delta: word, rows: 3, pack: word, deadline: 9 },
};

function attest(found: [CatRecord, AttestationRow["result"]][], member = alice.entry.address): Attestation {
  const rows = found.map(([record, result]): AttestationRow => {
    const { nixId, swarmId } = rowOf(record);
    const { narHash, storePath } = record;
    const name = storePath.slice(44);
    return { nixId: formatHashPart(nixId), name, swarmId: toHex(swarmId), narHash, result, mode: "rebuild" };
  });
  const about = { ...testRegistry, seq: 3, digest: batchDigest(testRegistry, batch), delta: word, member };
  return { ...about, system: "x86_64-linux", time: 1, rows };
}

async function read(list: Uint8Array | undefined) {
  const found = { entries: [] as ListedSignature[], head: undefined as SignatureListHead | undefined };
  for await (const group of readSignatureList([list!], "this", (it) => (found.head = it))) found.entries.push(...group);
  return found;
}

describe("members/path-signer", () => {
  const judge = judgeByAttestations(
    [
      attest([
        [hello, "rebuilt"],
        [tool, "copied"],
        [source, "addressed"],
      ]),
    ],
    alice.entry.address,
  );
  const signerOf = (fields: Partial<ConstructorParameters<typeof PathSigner>[0]> = {}) =>
    new PathSigner({
      ...{ registry: testRegistry, batch, member: alice.entry, keys: alice.nixKeys, storeDir: "/nix/store", judge },
      ...fields,
    });
  function signAll(signer: PathSigner): PathSigner {
    for (const record of [source, tool, hello]) signer.take(rowOf(record), record);
    return signer;
  }
  /** The key that made each signature, by path. */
  async function keysIn(list: Uint8Array | undefined): Promise<Record<string, string>> {
    const { head, entries } = await read(list);
    const found: Record<string, string> = {};
    for (const record of [hello, tool, source]) {
      const entry = entries.find(({ nixId }) => toHex(nixId) === toHex(rowOf(record).nixId));
      if (!entry) continue;
      const key = parsePublicKey(head!.keys[entry.key]!);
      const sig = `${key.name}:${Buffer.from(entry.signature).toString("base64")}`;
      expect(verifySignature(sig, formatRecordFingerprint(record, "/nix/store"), [key])).to.equal(key);
      found[record.storePath.slice(44)] = key.name;
    }
    return found;
  }

  it("signs what was rebuilt and what was copied by its own key, and nothing else", async () => {
    const signer = signAll(signerOf());
    const list = signer.finish();
    expect(await keysIn(list)).to.deep.equal({ "hello-1": "alice-rebuilt-1", "tool-1": "alice-copied-1" });
    expect(signer.counts).to.deep.equal({ rebuilt: 1, copied: 1, kept: 0, withoutKey: 0, unchecked: 1 });
    const { head } = await read(list);
    expect(head).to.deep.include({ ...testRegistry, seq: 3, digest: batchDigest(testRegistry, batch), signatures: 2 });
    expect(head!.member).to.equal(alice.entry.address);
  });

  it("signs nothing of a kind whose key is not there", async () => {
    const signer = signAll(signerOf({ keys: { copied: alice.nixKeys.copied } }));
    expect(await keysIn(signer.finish())).to.deep.equal({ "tool-1": "alice-copied-1" });
    expect(signer.counts).to.include({ withoutKey: 1, unchecked: 1 });
    expect(signAll(signerOf({ keys: {} })).finish()).to.equal(undefined);
  });

  it("believes an attestation of this very build only", () => {
    const other = recordOf("hello-1", { narSize: 99, fileSize: 99 });
    expect(judge(rowOf(hello), hello)).to.equal("rebuilt");
    expect(judge(rowOf(other), other)).to.equal(undefined);
    expect(judge(rowOf(hello), { ...hello, narHash: tool.narHash })).to.equal(undefined);
  });

  it("puts several attestations together, rebuilt before copied, and ignores what differs or failed", () => {
    const of = (...results: AttestationRow["result"][]) =>
      judgeByAttestations(
        results.map((result) => attest([[hello, result]])),
        alice.entry.address,
      )(rowOf(hello), hello);
    expect(of("copied", "rebuilt")).to.equal("rebuilt");
    expect(of("rebuilt", "copied")).to.equal("rebuilt");
    expect(of("failed", "copied")).to.equal("copied");
    for (const result of ["differs", "failed", "skipped", "addressed"] as const) expect(of(result)).to.equal(undefined);
    expect(of()).to.equal(undefined);
  });

  it("refuses another member's attestation", async () => {
    const strange = attest([[hello, "rebuilt"]], "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC");
    expect(await codeOf(() => judgeByAttestations([strange], alice.entry.address))).to.equal(
      "ATTESTATION_OF_ANOTHER_MEMBER",
    );
  });

  it("takes a builder's signature in the record for copied, where it holds", () => {
    const builder = generateSecretKey("cache.example-1");
    const sig = signFingerprint(formatRecordFingerprint(hello, "/nix/store"), builder);
    const byBuilder = judgeByBuilders([builder.publicKey], "/nix/store");
    const judged = (record: CatRecord) => byBuilder(rowOf(record), record);
    expect(judged({ ...hello, sigs: [sig] })).to.equal("copied");
    expect(judged(hello)).to.equal(undefined);
    expect(judged({ ...tool, sigs: [sig] })).to.equal(undefined);
    const forged = signFingerprint(formatRecordFingerprint(hello, "/nix/store"), generateSecretKey("cache.example-1"));
    expect(judged({ ...hello, sigs: [forged] })).to.equal(undefined);
  });

  it("keeps what was published before, where it holds and nothing better comes", async () => {
    const publishedBy = (how: CheckedHow, record: CatRecord, key = alice.nixKeys[how]): PublishedSignature => {
      const text = signFingerprint(formatRecordFingerprint(record, "/nix/store"), key);
      return { how, signature: new Uint8Array(Buffer.from(text.slice(text.indexOf(":") + 1), "base64")) };
    };
    const of = (...before: [CatRecord, PublishedSignature][]) =>
      new Map(before.map(([record, it]) => [toHex(rowOf(record).nixId), it]));
    const published = of(
      [hello, publishedBy("copied", hello)], // rebuilt now
      [tool, publishedBy("rebuilt", tool)], // on another machine, say
      [source, publishedBy("copied", source)],
    );
    const signer = signAll(signerOf({ published }));
    const names = { "hello-1": "alice-rebuilt-1", "tool-1": "alice-rebuilt-1", "source-1": "alice-copied-1" };
    expect(await keysIn(signer.finish())).to.deep.equal(names);
    expect(signer.counts).to.include({ rebuilt: 2, copied: 1, kept: 2 });
    const forged = of([source, publishedBy("copied", source, generateSecretKey("alice-copied-1"))]);
    expect(await keysIn(signAll(signerOf({ published: forged })).finish())).not.to.have.property("source-1");
  });

  it("knows which key is which, and takes no other", async () => {
    const { rebuilt, copied } = alice.nixKeys;
    expect(sortNixKeys([copied, rebuilt], alice.entry)).to.deep.equal({ rebuilt, copied });
    expect(sortNixKeys([copied], alice.entry)).to.deep.equal({ copied });
    for (const other of [generateSecretKey("alice-rebuilt-1"), generateSecretKey("bob-rebuilt-1")])
      expect(await codeOf(() => sortNixKeys([other], alice.entry))).to.equal("NIX_KEY_NOT_IN_CHARTER");
  });
});
