import { expect } from "chai";
import { formatRecord } from "../../src/cat/record.js";
import { formatNixSha256 } from "../../src/nix/nix-hash.js";
import type { PathInfo } from "../../src/nixdb/path-info.js";
import { isSameBuild, makeRecord } from "../../src/publisher/make-record.js";
import { codeOf } from "../support/code-of.js";
import { makeStorePath } from "../support/fill-index.js";

const signatureOf = (key: string) => `${key}:${Buffer.alloc(64, 1).toString("base64")}`;
const baseNameOf = (name: string) => makeStorePath(name).slice("/nix/store/".length);

const info: PathInfo = {
  storePath: makeStorePath("hello"),
  narHash: new Uint8Array(32).fill(7),
  narSize: 4000,
  references: [makeStorePath("one"), makeStorePath("hello"), makeStorePath("two")],
  deriver: makeStorePath("hello.drv"),
  ca: `fixed:r:sha256:${"1".repeat(52)}`,
  sigs: [signatureOf("é"), signatureOf("b"), signatureOf("B"), signatureOf("b")],
  registrationTime: 1,
};
const file = {
  narAddress: "ab".repeat(32),
  compression: "zstd",
  fileHash: formatNixSha256(new Uint8Array(32)),
  fileSize: 900,
  listing: "cd".repeat(32),
} as const;

describe("makeRecord", () => {
  it("says what the database says: base names and signatures once each, ordered by bytes", () => {
    const record = makeRecord(info, file, "/nix/store");
    expect(record).to.deep.equal({
      storePath: info.storePath,
      ...file,
      narHash: formatNixSha256(info.narHash),
      narSize: 4000,
      references: ["hello", "one", "two"].map(baseNameOf).sort(),
      deriver: baseNameOf("hello.drv"),
      ca: info.ca,
      sigs: [signatureOf("B"), signatureOf("b"), signatureOf("é")],
    });
    expect(formatRecord(record)).to.match(/^StorePath: /);
  });

  it("leaves out what is not known, and a deriver that is no derivation", () => {
    const { storePath, narHash, narSize } = info;
    const bare = { storePath, narHash, narSize, references: [], sigs: [], registrationTime: 1 };
    const { listing, ...unlisted } = file;
    expect(makeRecord(bare, file, "/nix/store").listing).to.equal(listing);
    expect(makeRecord(bare, unlisted, "/nix/store")).to.not.have.any.keys("deriver", "ca", "listing");
    const odd = { ...bare, deriver: makeStorePath("hello") };
    expect(makeRecord(odd, file, "/nix/store")).to.not.have.any.keys("deriver");
  });

  it("refuses paths of another store", async () => {
    expect(await codeOf(() => makeRecord(info, file, "/gnu/store"))).to.equal("STORE_PATH_INVALID");
  });
});

describe("isSameBuild", () => {
  const record = makeRecord(info, file, "/nix/store");
  const isSame = (change: Partial<PathInfo>) => isSameBuild(record, { ...info, ...change }, "/nix/store");

  it("goes by what a signature covers", () => {
    expect(isSame({ sigs: [], registrationTime: 2, deriver: makeStorePath("other.drv") })).to.equal(true);
    expect(isSame({ narHash: new Uint8Array(32) })).to.equal(false);
    expect(isSame({ narSize: 3999 })).to.equal(false);
    expect(isSame({ references: [] })).to.equal(false);
    expect(isSame({ storePath: makeStorePath("hello-2") })).to.equal(false);
  });
});
