import { expect } from "chai";
import fc from "fast-check";
import { isCatnixError } from "../../src/errors/catnix-error.js";
import { formatNarInfo, parseNarInfo } from "../../src/nix/narinfo.js";
import { formatNixSha256 } from "../../src/nix/nix-hash.js";
import { codeOf } from "../support/code-of.js";
import { readNixVector } from "../support/nix-vector.js";

const hash = "sha256:03r8bbygqhfaj5x8g8ybgj4rhr8kafpw8xypfziacq9marzlybgr";
const linked = readNixVector("linked-1.0.narinfo");
const minimal = [
  "StorePath: /nix/store/si7qpqdvwk04xz5wjn3mhn0l552kn578-alone",
  "URL: nar/x.nar",
  `NarHash: ${hash}`,
  "NarSize: 120",
];
const textOf = (lines: string[]) => lines.map((line) => `${line}\n`).join("");

describe("narinfo", () => {
  for (const name of ["alone", "greeting", "linked-1.0"]) {
    it(`of Nix itself (${name}) is read and printed again byte for byte`, () => {
      const text = readNixVector(`${name}.narinfo`);
      expect(formatNarInfo(parseNarInfo(text))).to.equal(text);
      expect(formatNarInfo(parseNarInfo(Buffer.from(text)))).to.equal(text);
    });
  }

  it("is read into its parts", () => {
    const info = parseNarInfo(linked);
    expect(info.storePath).to.equal("/nix/store/wsmazb3r35azfzllwcys1p88amc1rlp7-linked-1.0");
    expect(info).to.include({ compression: "none", narSize: 224, fileSize: 224 });
    expect(formatNixSha256(info.narHash)).to.equal(hash);
    expect(info.references).to.deep.equal([
      "5akl8zsmda0yrr63v4khwgskih2g2hsh-greeting",
      "wsmazb3r35azfzllwcys1p88amc1rlp7-linked-1.0",
    ]);
    expect(info.deriver).to.equal("0gc281q33ak4ydd7wbkr27swsh6sqmc1-linked-1.0.drv");
    expect(info.sigs).to.have.length(1);
    expect(info).not.to.have.property("ca");
  });

  it("without optional lines is bzip2, as Nix takes it, with nothing else invented", () => {
    const info = parseNarInfo(textOf(minimal));
    expect(info).to.have.all.keys("storePath", "url", "compression", "narHash", "narSize", "references", "sigs");
    expect(info.compression).to.equal("bzip2");
    expect(info.references).to.deep.equal([]);
  });

  it("may have keys that Nix does not know, lines in any order, and what older caches wrote", () => {
    const lines = [
      ...minimal,
      "System: x86_64-linux",
      "Listing: 00",
      "Listing: 01",
      "Deriver: unknown-deriver",
      "CA: ",
    ];
    const info = parseNarInfo(textOf(lines.reverse()));
    expect(info).not.to.have.any.keys("deriver", "ca");
  });

  it("may be of another store folder where that is asked for", async () => {
    const text = textOf(minimal).replace("/nix/store", "/gnu/store");
    expect(parseNarInfo(text, { storeDir: "/gnu/store" }).storePath).to.match(/^\/gnu\/store\//);
    expect(await codeOf(() => parseNarInfo(text))).to.equal("NARINFO_INVALID");
  });

  const replaced = (at: number, line: string) => textOf(minimal.with(at, line));
  const added = (...lines: string[]) => textOf([...minimal, ...lines]);
  const sig = "key:" + Buffer.alloc(64).toString("base64");
  const reference = "5akl8zsmda0yrr63v4khwgskih2g2hsh-greeting";
  const refused: Record<string, string | Uint8Array> = {
    "nothing in it": "",
    "no newline at its end": textOf(minimal).slice(0, -1),
    CRLF: textOf(minimal).replaceAll("\n", "\r\n"),
    "a NUL": added("Deriver: \0"),
    "an empty line": added(""),
    "a line without a colon": added("garbage"),
    "an error page": "<html>\n<body>Error: 502</body>\n</html>\n",
    "a bare References:": added("References:"),
    "a value right after the colon": replaced(1, "URL:nar/x.nar"),
    "a byte order mark": Buffer.from(`\u{feff}${textOf(minimal)}`),
    "bytes that are not UTF-8": Buffer.from(textOf(minimal).replace("x.nar", "\u{e9}.nar"), "latin1"),
    "more than 1 MiB": added(`X: ${"x".repeat(1024 * 1024)}`),
    "more than 1 MiB in bytes only": added(`X: ${"é".repeat(600 * 1024)}`),
    "no StorePath": textOf(minimal.slice(1)),
    "no URL": textOf(minimal.toSpliced(1, 1)),
    "no NarHash": textOf(minimal.toSpliced(2, 1)),
    "no NarSize": textOf(minimal.toSpliced(3, 1)),
    "a repeated URL": added("URL: nar/x.nar"),
    "repeated References": added("References: ", "References: "),
    "a repeated CA": added("CA: ", "CA: "),
    "a store path with a slash at its end": replaced(0, `${minimal[0]!}/`),
    "an empty URL": replaced(1, "URL: "),
    "a URL with a space": replaced(1, "URL: nar/a b"),
    "a Compression that is not a word": added("Compression: ../x"),
    "a NarHash of another kind": replaced(2, `NarHash: sha512:${"0".repeat(52)}`),
    "a NarSize of 0": replaced(3, "NarSize: 0"),
    "a NarSize with a leading zero": replaced(3, "NarSize: 0120"),
    "a negative NarSize": replaced(3, "NarSize: -1"),
    "a NarSize with a space after it": replaced(3, "NarSize: 120 "),
    "a NarSize of 2^53": replaced(3, "NarSize: 9007199254740992"),
    "a FileSize that is not a number": added("FileSize: 1e3"),
    "a FileHash that is not a hash": added("FileHash: x"),
    "a full path among its references": added(`References: /nix/store/${reference}`),
    "two spaces between references": added(`References: ${reference}  ${reference}2`),
    "a space after its references": added(`References: ${reference} `),
    "a repeated reference": added(`References: ${reference} ${reference}`),
    "a Deriver that is a full path": added(`Deriver: /nix/store/${reference}.drv`),
    "a CA of no known form": added("CA: sha256:x"),
    "a CA with a short hash": added("CA: fixed:r:sha256:0mdqa9"),
    "a Sig without a name": added(`Sig: ${sig.slice(3)}`),
    "a Sig that is too short": added("Sig: key:AAAA"),
    "a Sig in another base64": added(`Sig: ${sig.replace(/A==$/, "B==")}`),
    "an empty Sig": added("Sig: "),
  };
  for (const [name, text] of Object.entries(refused)) {
    it(`with ${name} is refused`, async () => {
      expect(await codeOf(() => parseNarInfo(text))).to.equal("NARINFO_INVALID");
    });
  }

  it("changed at random is read, or refused with the family's error", () => {
    const change = fc.record({ at: fc.nat(linked.length), cut: fc.nat(8), put: fc.string({ maxLength: 4 }) });
    fc.assert(
      fc.property(change, ({ at, cut, put }) => {
        const text = linked.slice(0, at) + put + linked.slice(at + cut);
        try {
          const info = parseNarInfo(text);
          expect(parseNarInfo(formatNarInfo(info))).to.deep.equal(info);
        } catch (error) {
          if (!isCatnixError(error, "NARINFO_INVALID")) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});
