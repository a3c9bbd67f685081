import { expect } from "chai";
import fc from "fast-check";
import { compareBytes } from "../../src/encoding/bytes.js";
import {
  type Attestation,
  type AttestationRow,
  formatAttestation,
  MAX_ATTESTATION_SIZE,
  parseAttestation,
  toReason,
} from "../../src/members/attestation.js";
import { formatPublicKey, generateSecretKey } from "../../src/nix/signing-key.js";
import { formatNixSha256 } from "../../src/nix/nix-hash.js";
import { formatHashPart, parseHashPart } from "../../src/nix/store-path.js";
import { codeOf } from "../support/code-of.js";

const key = formatPublicKey(generateSecretKey("builder-1").publicKey);
const hash = (byte: number) => formatNixSha256(new Uint8Array(32).fill(byte));
const idOf = (byte: number) => formatHashPart(new Uint8Array(20).fill(byte));

function rowOf(byte: number, fields: Partial<AttestationRow> = {}): AttestationRow {
  const deriver = `${idOf(9)}-jq-1.7.drv`;
  const row = { nixId: idOf(byte), name: "jq-1.7", swarmId: "ab".repeat(32), narHash: hash(1) };
  return { ...row, result: "rebuilt", mode: "rebuild", deriver, ...fields };
}

const copied = {
  result: "copied",
  mode: "copy",
  deriver: undefined,
  builder: "https://cache.example",
  builderKey: key,
};

function attestationOf(...rows: AttestationRow[]): Attestation {
  return {
    chainId: 100,
    registry: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
    seq: 12,
    digest: `0x${"cd".repeat(32)}`,
    delta: "ef".repeat(32),
    member: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    system: "x86_64-linux",
    nix: "nix (Nix) 2.8.0",
    time: 1_800_000_000,
    rows,
  };
}

describe("members/attestation", () => {
  const sample = attestationOf(
    rowOf(1),
    rowOf(2, copied as Partial<AttestationRow>),
    rowOf(3, { result: "addressed", mode: "address", deriver: undefined }),
    rowOf(4, { result: "differs", foundNarHash: hash(2), reason: "bin/jq differs at byte 12" }),
    rowOf(5, { result: "failed", reason: "the builder has it not", deriver: undefined, mode: "copy" }),
    rowOf(6, { result: "skipped", reason: "it is for aarch64-linux" }),
  );

  it("is canonical JSON that is read back as it was", () => {
    const bytes = formatAttestation(sample);
    const text = Buffer.from(bytes).toString();
    expect(text).to.match(/^\{\n {2}"format": "catnix-attestation\/1",\n {2}"chainId": 100,/);
    expect(text.endsWith("\n}\n")).to.equal(true);
    expect(JSON.stringify(parseAttestation(bytes, "it"))).to.equal(
      JSON.stringify({ format: "catnix-attestation/1", ...sample }),
    );
    expect(formatAttestation(parseAttestation(bytes, "it"))).to.deep.equal(bytes);
  });

  it("may name no Nix and have no rows", () => {
    const none = { ...attestationOf(), nix: undefined };
    expect(parseAttestation(formatAttestation(none), "it").rows).to.deep.equal([]);
  });

  it("reads back whatever rows it was made of", () => {
    const result = fc.constantFrom<Partial<AttestationRow>>(
      {},
      copied as Partial<AttestationRow>,
      { result: "differs", foundNarHash: hash(3), reason: "x" },
      { result: "failed", deriver: undefined, reason: "y" },
    );
    const nixIds = fc.uniqueArray(fc.uint8Array({ minLength: 20, maxLength: 20 }), {
      selector: (id) => Buffer.from(id).toString("hex"),
      maxLength: 20,
    });
    fc.assert(
      fc.property(nixIds, fc.array(result, { minLength: 20, maxLength: 20 }), (ids, results) => {
        const sorted = ids.filter((id) => id.some((byte) => byte !== 0)).sort(compareBytes);
        const rows = sorted.map((id, at) => rowOf(0, { ...results[at], nixId: formatHashPart(id) }));
        const bytes = formatAttestation(attestationOf(...rows));
        expect(parseAttestation(bytes, "it").rows.map(({ nixId }) => nixId)).to.deep.equal(sorted.map(formatHashPart));
      }),
      { numRuns: 50 },
    );
  });

  describe("refuses", () => {
    const bytes = formatAttestation(sample);
    const refuse = async (what: Uint8Array) =>
      expect(await codeOf(() => parseAttestation(what, "it"))).to.equal("ATTESTATION_INVALID");
    const text = Buffer.from(bytes).toString();

    const spelled: [string, string][] = [
      ["what is no JSON", text.slice(0, -3)],
      ["what is no object", "[]\n"],
      ["another format", text.replace("attestation/1", "attestation/2")],
      ["another order of keys", text.replace(/( {2}"chainId": 100,\n)( {2}"registry": "0x\w+",\n)/, "$2$1")],
      ["a key twice", text.replace('  "chainId": 100,\n', '  "chainId": 100,\n  "chainId": 100,\n')],
      ["a key that it does not know", text.replace('  "seq": 12,', '  "seq": 12,\n  "note": "x",')],
      ["other white space", JSON.stringify(JSON.parse(text))],
      ["no line's end", text.slice(0, -1)],
      ["a byte order mark", `\ufeff${text}`],
      ["a number in another spelling", text.replace('"seq": 12', '"seq": 12.0')],
      ["an address without its checksum", text.replace("0x70997970C51812dc", "0x70997970c51812dc")],
      ["a system that is none", text.replace("x86_64-linux", "Linux")],
    ];
    for (const [what, changed] of spelled) it(what, () => refuse(Buffer.from(changed)));

    it("bytes that are no UTF-8, and more bytes than it may have", async () => {
      await refuse(Buffer.concat([bytes, Buffer.from([0xff])]));
      await refuse(new Uint8Array(MAX_ATTESTATION_SIZE + 1));
    });

    const rows: [string, AttestationRow[]][] = [
      ["rows out of order", [rowOf(2), rowOf(1)]],
      ["a row twice", [rowOf(1), rowOf(1)]],
      ["the zero nixId", [rowOf(0)]],
      ["a name that no store path has", [rowOf(1, { name: "a/b" })]],
      ["a rebuild without a derivation", [rowOf(1, { deriver: undefined })]],
      ["a derivation that is none", [rowOf(1, { deriver: `${idOf(9)}-jq` })]],
      ["a copy without its builder", [rowOf(1, { ...(copied as object), builder: undefined })]],
      ["a copy without its key", [rowOf(1, { ...(copied as object), builderKey: undefined })]],
      ["a copy by rebuilding", [rowOf(1, { ...(copied as object), mode: "rebuild" })]],
      ["a builder with credentials", [rowOf(1, { ...(copied as object), builder: "https://me:pass@cache.example" })]],
      ["a builder with a query", [rowOf(1, { ...(copied as object), builder: "https://cache.example/?token=1" })]],
      ["a builder by another protocol", [rowOf(1, { ...(copied as object), builder: "ftp://cache.example" })]],
      ["a key that is none", [rowOf(1, { ...(copied as object), builderKey: "builder-1:AAAA" })]],
      ["a difference without a word", [rowOf(1, { result: "differs", foundNarHash: hash(2) })]],
      ["a failure without a reason", [rowOf(1, { result: "failed" })]],
      ["a skipped row without a reason", [rowOf(1, { result: "skipped" })]],
      ["a good row with a reason", [rowOf(1, { reason: "but" })]],
      ["a good row with another NarHash", [rowOf(1, { foundNarHash: hash(2) })]],
      ["a failure with another NarHash", [rowOf(1, { result: "failed", reason: "x", foundNarHash: hash(2) })]],
      ["a reason of two lines", [rowOf(1, { result: "failed", reason: "a\nb" })]],
      ["a reason that turns the reading direction", [rowOf(1, { result: "failed", reason: "a\u202eb" })]],
      ["a hash that is none", [rowOf(1, { narHash: `sha256:${"z".repeat(52)}` })]],
    ];
    for (const [what, wrong] of rows)
      it(what, async () => {
        expect(await codeOf(() => formatAttestation(attestationOf(...wrong)))).to.equal("ATTESTATION_INVALID");
      });
  });

  it("makes a reason of any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 3000 }), (text) => {
        const row = rowOf(1, { result: "failed", reason: toReason(text) });
        expect(parseAttestation(formatAttestation(attestationOf(row)), "it").rows).to.have.length(1);
      }),
      { numRuns: 200 },
    );
    expect(toReason("two\n lines ")).to.equal("two lines");
    expect(toReason(`${"a".repeat(998)}😀b`)).to.have.length(999);
  });

  it("sorts by the bytes of nixIds, as a delta does, not by their text", () => {
    const [low, high] = [new Uint8Array(20), new Uint8Array(20)];
    low[19] = 0xff; // the last byte comes first in nix-base32
    high[0] = 1;
    const rows = [low, high].map((id) => rowOf(0, { nixId: formatHashPart(id) }));
    expect(rows[0]!.nixId > rows[1]!.nixId).to.equal(true);
    const read = parseAttestation(formatAttestation(attestationOf(...rows)), "it");
    expect(read.rows.map(({ nixId }) => parseHashPart(nixId))).to.deep.equal([low, high]);
  });
});
