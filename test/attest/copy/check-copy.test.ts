import { expect } from "chai";
import { BuilderCache } from "../../../src/attest/copy/builder-cache.js";
import { checkCopy, type CheckCopyOptions } from "../../../src/attest/copy/check-copy.js";
import { formatPublicKey, generateSecretKey } from "../../../src/nix/signing-key.js";
import { parseNixSha256 } from "../../../src/nix/nix-hash.js";
import { baseNameOf, narOf, sha256 } from "../../consortium/support/consortium.js";
import { makeRecord, makeStorePath } from "../../support/fill-index.js";
import { BinaryCache } from "../support/binary-cache.js";

describe("attest/copy/check-copy", () => {
  let cache: BinaryCache;
  let other: BinaryCache;
  beforeEach(async () => {
    [cache, other] = [await BinaryCache.start(), await BinaryCache.start()];
  });
  afterEach(() => Promise.all([cache.close(), other.close()]));

  const path = makeStorePath("jq-1.7");
  const nar = narOf("jq");
  const references = [baseNameOf("glibc"), baseNameOf("jq-1.7")].sort();
  const record = makeRecord("jq-1.7", nar, { references });
  const open = ({ url }: BinaryCache) => new BuilderCache(url, { storeDir: "/nix/store", retries: 0 });
  const check = (options: Partial<CheckCopyOptions> = {}) =>
    checkCopy(record, {
      ...{ builders: [open(cache)], keys: [cache.key.publicKey], storeDir: "/nix/store" },
      signal: new AbortController().signal,
      ...options,
    });

  it("takes what the builder signed, its references in any order, and names builder and key", async () => {
    cache.list(path, nar, { references: references.toReversed() });
    expect(await check()).to.deep.equal({
      result: "copied",
      mode: "copy",
      builder: cache.url,
      builderKey: formatPublicKey(cache.key.publicKey),
    });
    expect(cache.asked.filter((asked) => asked.endsWith(".nar"))).to.deep.equal([]);
  });

  it("says which NarHash the builder has, and keeps both NARs", async () => {
    cache.list(path, narOf("jx"), { references });
    const keep = () => Promise.resolve({ kept: "/kept", difference: "bin/jq: other bytes" });
    const outcome = await check({ keep });
    const foundNarHash = sha256(narOf("jx"));
    expect(outcome).to.deep.include({ result: "differs", foundNarHash, kept: "/kept", reason: "bin/jq: other bytes" });
  });

  it("differs by what else a signature covers", async () => {
    cache.list(path, nar, { references: references.slice(1) });
    expect(await check())
      .to.deep.include({ result: "differs" })
      .and.not.to.have.property("foundNarHash");
    cache.list(path, nar, { references: [...references, baseNameOf("zlib")] });
    expect(await check()).to.deep.include({ result: "differs" });
    cache.list(path, nar, { references, narSize: nar.length + 8 });
    expect(await check()).to.deep.include({ result: "differs" });
  });

  const failures: [string, () => unknown][] = [
    ["has it not", () => undefined],
    ["did not sign it", () => cache.list(path, nar, { references, signer: null })],
    ["signed it by another key", () => cache.list(path, nar, { references, signer: other.key })],
    [
      "signed it by another key of the same name",
      () => cache.list(path, nar, { references, signer: generateSecretKey(cache.key.name) }),
    ],
    [
      "changed it after it was signed",
      () => {
        const { sigs } = cache.list(path, nar, { references });
        cache.list(path, narOf("jx"), { references, sigs, signer: null });
      },
    ],
    [
      "answers with another path of the same hash",
      () => cache.list(path.replace("jq-1.7", "jq-1.8"), nar, { references }),
    ],
    [
      "is broken",
      () => {
        cache.answer(500);
      },
    ],
    ["answers with something else", () => cache.files.set(`/${path.slice(11, 43)}.narinfo`, "<html></html>")],
  ];
  for (const [what, prepare] of failures)
    it(`fails where the builder ${what}`, async () => {
      prepare();
      const outcome = await check();
      expect(outcome).to.include({ result: "failed", mode: "copy" });
      expect(outcome.reason).to.include(cache.url);
      expect(outcome).not.to.have.property("builderKey");
    });

  it("asks the next builder where the first one does not sign it, and lets the first good signature decide", async () => {
    const keys = [cache.key.publicKey, other.key.publicKey];
    const builders = [open(cache), open(other)];
    other.list(path, nar, { references });
    expect(await check({ builders, keys })).to.deep.include({ result: "copied", builder: other.url });
    cache.list(path, nar, { references, signer: null });
    expect(await check({ builders, keys })).to.deep.include({ result: "copied", builder: other.url });
    cache.list(path, narOf("jx"), { references });
    expect(await check({ builders, keys })).to.deep.include({ result: "differs", builder: cache.url });
  });

  it("takes the same NarHash only, not the same file", async () => {
    const info = cache.list(path, narOf("jx"), { references });
    cache.files.set(`/${info.url}`, nar); // which is what the record says
    expect(parseNixSha256(record.narHash)).not.to.deep.equal(info.narHash);
    expect(await check()).to.deep.include({ result: "differs" });
  });
});
