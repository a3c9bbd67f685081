import { createHash } from "node:crypto";
import { expect } from "chai";
import { checkAddress } from "../../src/attest/check-address.js";
import type { CatRecord } from "../../src/cat/record.js";
import { encodeNixBase32 } from "../../src/encoding/nix-base32.js";
import { parseContentAddress } from "../../src/nix/content-address.js";
import { contentPath } from "../../src/nix/content-path.js";
import { encodeNar } from "../support/nar-tree.js";
import { makeRecord, makeStorePath } from "../support/fill-index.js";
import { baseNameOf, narOf } from "../consortium/support/consortium.js";

const storeDir = "/nix/store";
const hash = (algorithm: string, bytes: Uint8Array) =>
  `${algorithm}:${encodeNixBase32(createHash(algorithm).update(bytes).digest())}`;

/** The record of contents at the path that follows from them. */
function recordOf(ca: string, nar: Uint8Array, fields: Partial<CatRecord> = {}): CatRecord {
  const references = (fields.references ?? []).map((baseName) => `${storeDir}/${baseName}`);
  const address = { name: "x", references, isSelfReferring: false, storeDir };
  const storePath = contentPath(parseContentAddress(ca)!, address)!;
  return { ...makeRecord("x", nar, fields), storePath, ca };
}

describe("attest/check-address", () => {
  let reads = 0;
  beforeEach(() => (reads = 0));
  const check = (record: CatRecord, nar: Uint8Array) =>
    checkAddress(record, {
      storeDir,
      async *readNar() {
        reads++;
        yield* [nar.subarray(0, 5), nar.subarray(5)];
        await Promise.resolve();
      },
    });

  const nar = narOf("contents");
  const contents = Buffer.from("contents");
  const addressed: [string, CatRecord, number][] = [
    ["a source", recordOf(`fixed:r:${hash("sha256", nar)}`, nar), 0],
    ["a source with references", recordOf(`fixed:r:${hash("sha256", nar)}`, nar, { references: [baseNameOf("a")] }), 0],
    [
      "a text",
      recordOf(`text:${hash("sha256", contents)}`, nar, { references: [baseNameOf("b"), baseNameOf("a")] }),
      1,
    ],
    ["a fetched file", recordOf(`fixed:${hash("sha256", contents)}`, nar), 1],
    ["a fetched file by SHA-1", recordOf(`fixed:${hash("sha1", contents)}`, nar), 1],
    ["a fetched tree by SHA-512", recordOf(`fixed:r:${hash("sha512", nar)}`, nar), 1],
  ];
  for (const [what, record, narsRead] of addressed)
    it(`knows ${what}`, async () => {
      expect(await check(record, nar)).to.deep.equal({ result: "addressed", mode: "address" });
      expect(reads).to.equal(narsRead);
    });

  it("knows a source whose record does not say that it is one", async () => {
    const { storePath } = recordOf(`fixed:r:${hash("sha256", nar)}`, nar);
    expect(await check({ ...makeRecord("x", nar), storePath }, nar)).to.deep.include({ result: "addressed" });
  });

  it("says nothing of what is no such path", async () => {
    expect(await check(makeRecord("x", nar), nar)).to.equal(undefined);
    expect(reads).to.equal(0);
  });

  it("finds contents that are not those of the path", async () => {
    const other = narOf("other");
    const fields = { narHash: makeRecord("x", other).narHash };
    const source = { ...recordOf(`fixed:r:${hash("sha256", nar)}`, nar), ...fields };
    expect(await check(source, other)).to.include({ result: "differs" });
    const text = { ...recordOf(`text:${hash("sha256", contents)}`, nar), ...fields };
    expect(await check(text, other)).to.include({ result: "differs" });
  });

  it("takes no script and no folder for a file", async () => {
    const record = recordOf(`fixed:${hash("sha256", contents)}`, nar);
    const script = encodeNar({ type: "regular", executable: true, contents });
    expect(await check(record, script)).to.include({ result: "differs" });
    const file = { type: "regular", executable: false, contents } as const;
    expect(await check(record, encodeNar({ type: "directory", entries: [["x", file]] }))).to.include({
      result: "differs",
    });
  });

  it("fails where the record's CA leads to another path", async () => {
    const record = { ...recordOf(`fixed:r:${hash("sha256", nar)}`, nar), storePath: makeStorePath("x") };
    expect(await check(record, nar)).to.include({ result: "failed", mode: "address" });
    expect(reads).to.equal(0);
  });

  it("leaves to others what it cannot compute: git trees, and what mentions itself", async () => {
    const git = recordOf(`fixed:git:${hash("sha1", contents)}`, nar);
    expect(await check(git, nar)).to.equal(undefined);
    const ca = `fixed:r:${hash("sha256", contents)}`;
    const self = { name: "x", references: [], isSelfReferring: true, storeDir };
    const storePath = contentPath(parseContentAddress(ca)!, self)!;
    const references = [storePath.slice(storeDir.length + 1)];
    expect(await check({ ...makeRecord("x", nar, { references }), storePath, ca }, nar)).to.equal(undefined);
  });
});
