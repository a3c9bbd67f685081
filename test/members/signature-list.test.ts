import { expect } from "chai";
import fc from "fast-check";
import { compareBytes } from "../../src/encoding/bytes.js";
import { isCatnixError } from "../../src/errors/catnix-error.js";
import {
  formatSignatureList,
  type ListedSignature,
  readSignatureList,
  type SignatureListHead,
} from "../../src/members/signature-list.js";
import { formatPublicKey, generateSecretKey } from "../../src/nix/signing-key.js";
import { formatHashPart } from "../../src/nix/store-path.js";
import { codeOf } from "../support/code-of.js";
import { testRegistry } from "../support/fill-index.js";
import { fuzzSeeds } from "../support/seeds.js";

const keys = ["copied", "rebuilt"].map((kind) => formatPublicKey(generateSecretKey(`uni-${kind}-1`).publicKey));
const head = {
  ...testRegistry,
  seq: 12,
  digest: `0x${"ab".repeat(32)}`,
  member: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
  keys,
};
const entryOf = (byte: number, key = 0): ListedSignature => ({
  nixId: new Uint8Array(20).fill(byte),
  key,
  signature: new Uint8Array(64).fill(byte),
});
const entries = [entryOf(1), entryOf(2, 1), entryOf(200, 1)];
const bytes = formatSignatureList(head, entries);

async function read(list: Uint8Array, pieceSize = list.length) {
  const pieces = [];
  for (let at = 0; at < list.length; at += pieceSize) pieces.push(list.subarray(at, at + pieceSize));
  const found = { entries: [] as ListedSignature[], head: undefined as SignatureListHead | undefined };
  for await (const group of readSignatureList(pieces, "this", (it) => (found.head = it))) found.entries.push(...group);
  return found;
}

describe("members/signature-list", () => {
  it("is one line of JSON and a line of 124 bytes for each signature", () => {
    const lines = Buffer.from(bytes).toString().split("\n");
    expect(JSON.parse(lines[0]!)).to.deep.equal({ format: "catnix-signatures/1", ...head, signatures: 3 });
    expect(lines[1]).to.equal(`${formatHashPart(entries[0]!.nixId)} 0 ${Buffer.alloc(64, 1).toString("base64")}`);
    expect(lines.slice(1, 4).map(({ length }) => length + 1)).to.deep.equal([124, 124, 124]);
    expect(lines.slice(4)).to.deep.equal([""]);
  });

  it("comes back as it was, however it is cut into pieces", async () => {
    for (const size of [1, 7, 123, 124, 125, bytes.length]) {
      const found = await read(bytes, size);
      expect(found.head).to.deep.equal({ format: "catnix-signatures/1", ...head, signatures: 3 });
      expect(found.entries).to.deep.equal(entries);
    }
  });

  it("comes back whatever it lists", async () => {
    const entry = fc.record({
      nixId: fc.uint8Array({ minLength: 20, maxLength: 20 }).filter((id) => id.some((byte) => byte !== 0)),
      signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
    });
    const list = fc.uniqueArray(entry, { minLength: 1, maxLength: 20, selector: ({ nixId }) => nixId.join() });
    await fc.assert(
      fc.asyncProperty(list, fc.integer({ min: 1, max: 500 }), async (found, pieceSize) => {
        const sorted = found.map((it) => ({ ...it, key: 0 })).sort((a, b) => compareBytes(a.nixId, b.nixId));
        const text = formatSignatureList({ ...head, keys: [keys[0]!] }, sorted);
        expect((await read(text, pieceSize)).entries).to.deep.equal(sorted);
      }),
      { numRuns: 100 },
    );
  });

  it("has one text: nothing that differs in a byte is read as the same", async () => {
    for (const seed of fuzzSeeds)
      await fc.assert(
        fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
          const other = bytes.slice();
          other[at]! ^= flip;
          try {
            const found = await read(other);
            expect(Buffer.from(formatSignatureList(found.head!, found.entries)).equals(other)).to.equal(true);
          } catch (error) {
            if (!isCatnixError(error, "SIGNATURE_LIST_INVALID")) throw error;
          }
        }),
        { numRuns: 300, seed },
      );
  });

  const text = Buffer.from(bytes).toString("latin1");
  const [first, ...lines] = text.slice(0, -1).split("\n") as [string, string, string, string];
  const withHead = (changes: object) =>
    [JSON.stringify({ ...(JSON.parse(first) as object), ...changes }), ...lines, ""].join("\n");
  const refused: Record<string, string> = {
    nothing: "",
    "a first line without end": first,
    "a first line that is too long": "x".repeat(5000),
    "a first line that is too long, in time": `${" ".repeat(4096)}${text}`,
    "no JSON": `{\n${lines.join("\n")}\n`,
    "another format": withHead({ format: "catnix-signatures/2" }),
    "a key more in the head": withHead({ more: 1 }),
    "white space in the head": text.replace('"seq":12', '"seq": 12'),
    "something twice in the head": text.replace('"seq":12', '"seq":11,"seq":12'),
    "no UTF-8": text.replace("catnix", "\xffatnix"),
    "a registry without its checksum": withHead({ registry: head.registry.toLowerCase() }),
    "a digest that is none": withHead({ digest: head.digest.slice(2) }),
    "act 0": withHead({ seq: 0 }),
    "no keys": withHead({ keys: [] }),
    "three keys": withHead({ keys: [...keys, keys[0]] }),
    "keys in another order": withHead({ keys: [...keys].reverse() }),
    "a key that is none": withHead({ keys: ["uni-copied-1:AAAA", keys[1]] }),
    "a key whose name is no ASCII": withHead({ keys: [keys[0], keys[1]!.replace("uni", "üni")] }),
    "no signatures": `${withHead({ signatures: 0 }).split("\n")[0]!}\n`,
    "fewer than it says": withHead({ signatures: 4 }),
    "more than it says": withHead({ signatures: 2 }),
    "a line that is cut off": text.slice(0, -1),
    "another line's end": text.replace(/\n$/, "\r"),
    "an empty line at its end": `${text}\n`,
    "lines in another order": [first, lines[1], lines[0], lines[2], ""].join("\n"),
    "a path twice": [first, lines[0], lines[0], lines[2], ""].join("\n"),
    "a key that it does not have": text.replace(" 1 ", " 2 "),
    "a key below the first": text.replace(" 1 ", " / "),
    "a key that signed nothing": text.replaceAll(" 1 ", " 0 "),
    "a tab between": text.replace(" 1 ", "\t1 "),
    "no nix-base32": text.replace(lines[0].slice(0, 32), `e${lines[0].slice(1, 32)}`),
    "a zero nixId": text.replace(lines[0].slice(0, 32), "0".repeat(32)),
    "base64 with bits left over": text.replace(`${lines[0].slice(-4)}\n`, `${lines[0].slice(-4, -3)}R==\n`),
    base64url: text.replace(lines[2].slice(-88), lines[2].slice(-88).replaceAll("/", "_").replaceAll("I", "-")),
  };
  for (const [what, list] of Object.entries(refused))
    it(`refuses ${what}`, async () => {
      const altered = Buffer.from(list, "latin1");
      expect(altered.equals(bytes)).to.equal(false);
      expect(await codeOf(() => read(altered))).to.equal("SIGNATURE_LIST_INVALID");
      expect(await codeOf(() => read(altered, 50))).to.equal("SIGNATURE_LIST_INVALID");
    });

  it("lets whoever reads refuse it by its first line", async () => {
    const refuse = () => {
      throw new RangeError("not mine");
    };
    const groups = readSignatureList([bytes], "this", refuse);
    expect(await groups.next().catch((error: unknown) => error)).to.be.instanceOf(RangeError);
  });

  it("makes nothing that it would not read", () => {
    const wrong: [Partial<typeof head>, ListedSignature[]][] = [
      [{}, []],
      [{}, [entryOf(2), entryOf(1, 1)]],
      [{}, [entryOf(1), entryOf(1, 1)]],
      [{}, [entryOf(1), entryOf(2)]],
      [{}, [entryOf(1, 2), entryOf(2)]],
      [{}, [{ ...entryOf(1), signature: new Uint8Array(63) }, entryOf(2, 1)]],
      [{ seq: 0 }, entries],
      [{ keys: [] }, entries],
    ];
    for (const [changes, given] of wrong)
      expect(() => formatSignatureList({ ...head, ...changes }, given)).to.throw(RangeError);
  });
});
