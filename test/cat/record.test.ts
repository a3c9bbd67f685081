import { expect } from "chai";
import fc from "fast-check";
import {
  type CatRecord,
  decodeRecord,
  formatRecord,
  MAX_RECORD_SIZE,
  narUrl,
  parseRecord,
} from "../../src/cat/record.js";
import { parseNarInfo } from "../../src/nix/narinfo.js";
import { parseBaseName } from "../../src/nix/store-path.js";
import { codeOf } from "../support/code-of.js";
import { anyRecord, BARE_RECORD, FULL_RECORD } from "./support/records.js";

const FULL = `StorePath: /nix/store/7gx4kiv5m0i7d7qkixq2cwzbr10lvxwc-glibc-2.27
URL: nar/${"ab".repeat(32)}.nar.zst
Compression: zstd
FileHash: sha256:${"1".repeat(52)}
FileSize: 1234
NarHash: sha256:${"0".repeat(51)}1
NarSize: 5678
References: 0c5b8vw40dy178xlpddw65q9gf1h2186-linux-headers-4.4.10 7gx4kiv5m0i7d7qkixq2cwzbr10lvxwc-glibc-2.27
Deriver: 10dx1q4ivjb115y3h90mipaaz533nr0d-glibc-2.27.drv
CA: fixed:r:sha256:${"1".repeat(52)}
Listing: ${"cd".repeat(32)}
Sig: ${FULL_RECORD.sigs[0]!}
Sig: ${FULL_RECORD.sigs[1]!}
`;
const NIX_ID = parseBaseName("7gx4kiv5m0i7d7qkixq2cwzbr10lvxwc-glibc-2.27").nixId;
const utf8 = (text: string) => new TextEncoder().encode(text);

describe("record", () => {
  it("is written as the specification has it", () => {
    expect(formatRecord(FULL_RECORD)).to.equal(FULL);
    expect(parseRecord(FULL)).to.deep.equal(FULL_RECORD);
    const bare = formatRecord(BARE_RECORD);
    expect(bare).to.match(/\nReferences: \n$/);
    expect(parseRecord(bare)).to.deep.equal(BARE_RECORD);
    expect(narUrl(BARE_RECORD)).to.equal(`nar/${"ab".repeat(32)}.nar`);
  });

  it("comes back from its text, and is a narinfo", () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const text = formatRecord(record);
        expect(parseRecord(text)).to.deep.equal(record);
        const { storePath, narSize, references, sigs } = parseNarInfo(text);
        expect({ storePath, narSize, references, sigs }).to.deep.equal({
          storePath: record.storePath,
          narSize: record.narSize,
          references: record.references,
          sigs: record.sigs,
        });
      }),
    );
  });

  it("has one text: one character more, less or other is refused, or another record", async () => {
    for (let at = 0; at < FULL.length; at++)
      for (const other of ["", FULL[at]! + FULL[at]!, " ", "\n", "0", "z", "É"]) {
        const text = FULL.slice(0, at) + other + FULL.slice(at + 1);
        const code = await codeOf(() => expect(formatRecord(parseRecord(text))).to.equal(text));
        expect(code).to.be.oneOf([undefined, "CAT_RECORD_INVALID"]);
      }
  });

  it("is in the one store folder of the registry", async () => {
    const record = { ...FULL_RECORD, storePath: FULL_RECORD.storePath.replace("/nix/store", "/gnu/store") };
    const text = formatRecord(record, "/gnu/store");
    expect(parseRecord(text, "/gnu/store")).to.deep.equal(record);
    expect(decodeRecord(utf8(text), NIX_ID, "/gnu/store")).to.deep.equal(record);
    expect(await codeOf(() => formatRecord(record))).to.equal("CAT_RECORD_INVALID");
    expect(await codeOf(() => parseRecord(FULL, "/gnu/store"))).to.equal("CAT_RECORD_INVALID");
    expect(await codeOf(() => decodeRecord(utf8(text), NIX_ID))).to.equal("CAT_RECORD_INVALID");
  });

  const line = (key: string, value: string) => FULL.replace(new RegExp(`^${key}: .*$`, "m"), `${key}: ${value}`);
  const without = (key: string) => FULL.replace(new RegExp(`^${key}: .*\n`, "m"), "");
  const [, secondSig] = FULL_RECORD.sigs as [string, string];
  const refs = (...values: string[]) => line("References", values.join(" "));
  const [refA, refB] = FULL_RECORD.references as [string, string];
  const refused: Record<string, string> = {
    "an empty text": "",
    "a lone newline": "\n",
    "no newline at the end": FULL.slice(0, -1),
    "an empty line at the end": `${FULL}\n`,
    "an empty line at the start": `\n${FULL}`,
    "an empty line inside": FULL.replace("\nURL", "\n\nURL"),
    "CR LF": FULL.replaceAll("\n", "\r\n"),
    "a CR": FULL.replace("glibc-2.27\n", "glibc-2.27\r\n"),
    "a NUL": line("Sig", `builder-1\0:${secondSig.slice(-88)}`),
    "a byte order mark": `\ufeff${FULL}`,
    "half a surrogate pair": line("Sig", `builder\ud800:${secondSig.slice(-88)}`),
    "an unknown key": `${FULL}System: x86_64-linux\n`,
    "an unknown key first": `Priority: 1\n${FULL}`,
    "a key in lower case": FULL.replace("StorePath", "storepath"),
    "the name of a key's property": FULL.replace("Deriver", "constructor"),
    "a key without a space": FULL.replace("Compression: ", "Compression:"),
    "a key with two spaces": FULL.replace("Compression: ", "Compression:  "),
    "a value with a space after it": FULL.replace("Compression: zstd", "Compression: zstd "),
    "a line without a colon": FULL.replace("Compression: zstd", "Compression zstd"),
    "a key twice": FULL.replace("Compression: zstd\n", "Compression: zstd\nCompression: zstd\n"),
    "keys in another order": `${without("URL")}${/^URL: .*\n/m.exec(FULL)![0]}`,
    "References without its space": FULL.replace(/^References: .*$/m, "References:"),
    ...Object.fromEntries(
      ["StorePath", "URL", "Compression", "FileHash", "FileSize", "NarHash", "NarSize", "References"].map((key) => [
        `no ${key}`,
        without(key),
      ]),
    ),
    ...Object.fromEntries(["Deriver", "CA", "Listing", "Sig"].map((key) => [`an empty ${key}`, line(key, "")])),
    "a path of another store": line("StorePath", `/gnu/store/${refB}`),
    "a path below a store path": line("StorePath", `/nix/store/${refB}/bin`),
    "a path with dots": line("StorePath", `/nix/store/../store/${refB}`),
    "a zero nixId": line("StorePath", `/nix/store/${"0".repeat(32)}-x`),
    "a store path in upper case": line("StorePath", `/nix/store/${refB.toUpperCase()}`),
    "an absolute URL": line("URL", `https://example.org/nar/${"ab".repeat(32)}.nar.zst`),
    "the URL of another compression": line("URL", `nar/${"ab".repeat(32)}.nar`),
    "an unknown extension": line("URL", `nar/${"ab".repeat(32)}.nar.xz`),
    "an upper-case address": line("URL", `nar/${"AB".repeat(32)}.nar.zst`),
    "a short address": line("URL", `nar/${"ab".repeat(31)}.nar.zst`),
    "a long address": line("URL", `nar/${"ab".repeat(33)}.nar.zst`),
    "an unknown compression": line("Compression", "xz"),
    "a hash in hexadecimal": line("NarHash", `sha256:${"0".repeat(64)}`),
    "a hash in SRI form": line("NarHash", `sha256-${Buffer.alloc(32).toString("base64")}`),
    "a hash of another algorithm": line("NarHash", `sha1:${"0".repeat(32)}`),
    "a hash with an alien character": line("FileHash", `sha256:${"e".repeat(52)}`),
    "a hash beyond 256 bits": line("FileHash", `sha256:z${"0".repeat(51)}`),
    "a size with a leading zero": line("FileSize", "01234"),
    "a size with a sign": line("FileSize", "+1234"),
    "a negative size": line("FileSize", "-1"),
    "a size in hexadecimal": line("FileSize", "0x10"),
    "a size with an exponent": line("FileSize", "1e3"),
    "a size of 2^53": line("NarSize", "9007199254740992"),
    "an empty NAR": line("NarSize", "0"),
    "unsorted references": refs(refB, refA),
    "a reference twice": refs(refA, refA),
    "two spaces between references": refs(refA, "", refB),
    "a space before the references": refs("", refA),
    "a reference that is a path": refs(`/nix/store/${refA}`),
    "a deriver that is a path": line("Deriver", `/nix/store/${FULL_RECORD.deriver!}`),
    "a deriver that is no derivation": line("Deriver", refA),
    "an unknown deriver": line("Deriver", "unknown-deriver"),
    "a CA that is none": line("CA", "sha256"),
    "a CA with something after it": line("CA", `${FULL_RECORD.ca!} x`),
    "a Listing that is no address": line("Listing", "x"),
    "a signature without a name": line("Sig", `:${secondSig.slice(-88)}`),
    "a signature that is too short": line("Sig", "builder-1:AAAA"),
    "signatures unsorted": line("Sig", `z:${secondSig.slice(-88)}`),
    "a signature twice": line("Sig", secondSig),
    "no compression, and a file that is not the NAR": formatUnchecked({ fileSize: BARE_RECORD.fileSize + 1 }),
    "no compression, and another hash of the file": formatUnchecked({ fileHash: FULL_RECORD.fileHash }),
  };
  for (const [name, text] of Object.entries(refused))
    it(`refuses ${name}`, async () => expect(await codeOf(() => parseRecord(text))).to.equal("CAT_RECORD_INVALID"));

  it("is not made from fields that do not make one", async () => {
    const bad: Partial<CatRecord>[] = [
      { narSize: 0 },
      { fileSize: 1.5 },
      { fileSize: NaN },
      { narAddress: "x" },
      { references: [refB, refA] },
      { sigs: ["x"] },
      { ca: "x\nSig: y" },
      { deriver: "" },
    ];
    for (const fields of bad)
      expect(await codeOf(() => formatRecord({ ...FULL_RECORD, ...fields }))).to.equal("CAT_RECORD_INVALID");
  });

  it("is at most 1 MiB", async () => {
    const sigs = Array.from({ length: 12_000 }, (_, i) => `${String(i).padStart(6, "0")}:${secondSig.slice(-88)}`);
    const size = (count: number) => utf8(formatUnchecked({ sigs: sigs.slice(0, count) })).length;
    const most = Math.floor((MAX_RECORD_SIZE - size(0)) / (size(1) - size(0)));
    const fits = { ...BARE_RECORD, sigs: sigs.slice(0, most) };
    expect(parseRecord(formatRecord(fits))).to.deep.equal(fits);
    const large = formatUnchecked({ sigs: sigs.slice(0, most + 1) });
    expect(await codeOf(() => parseRecord(large))).to.equal("CAT_RECORD_INVALID");
    expect(await codeOf(() => decodeRecord(utf8(large), NIX_ID))).to.equal("CAT_RECORD_INVALID");
  });

  /** The text of a record, whether it is one or not. */
  function formatUnchecked(fields: Partial<CatRecord>): string {
    const { fileHash, fileSize, sigs } = { ...BARE_RECORD, ...fields };
    return formatRecord(BARE_RECORD)
      .replace(/^FileHash: .*$/m, `FileHash: ${fileHash}`)
      .replace(/^FileSize: .*$/m, `FileSize: ${fileSize}`)
      .concat(...sigs.map((sig) => `Sig: ${sig}\n`));
  }
});

describe("decodeRecord", () => {
  it("reads the record that a row leads to", () => {
    expect(decodeRecord(utf8(FULL), NIX_ID)).to.deep.equal(FULL_RECORD);
  });

  it("refuses a record of another path", async () => {
    const other = NIX_ID.with(19, NIX_ID[19]! ^ 1);
    expect(await codeOf(() => decodeRecord(utf8(FULL), other))).to.equal("CAT_RECORD_OF_ANOTHER_PATH");
  });

  it("refuses what is no UTF-8, and a byte order mark", async () => {
    const bytes = utf8(FULL);
    for (const bad of [
      bytes.with(30, 0xff),
      new Uint8Array([0xef, 0xbb, 0xbf, ...bytes]),
      new Uint8Array(0),
      new Uint8Array(MAX_RECORD_SIZE + 1).fill(0x41),
    ])
      expect(await codeOf(() => decodeRecord(bad, NIX_ID))).to.equal("CAT_RECORD_INVALID");
  });
});
