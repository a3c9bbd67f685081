import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { formatNarInfoFingerprint } from "../../src/nix/fingerprint.js";
import { hashNar } from "../../src/nix/hash-stream.js";
import { unpackNar } from "../../src/nix/nar-unpack.js";
import { writeNar } from "../../src/nix/nar-write.js";
import { formatNarInfo, parseNarInfo } from "../../src/nix/narinfo.js";
import { formatNixSha256 } from "../../src/nix/nix-hash.js";
import { removeTree } from "../../src/nix/remove-tree.js";
import { signFingerprint, verifySignature } from "../../src/nix/signature.js";
import { formatPublicKey, formatSecretKey, generateSecretKey } from "../../src/nix/signing-key.js";
import { collect } from "../support/collect.js";
import { listingOf } from "../support/nar-listing.js";
import { makeTree, narTrees, readTree, utf8NarTrees } from "../support/nar-tree.js";
import { setUpRealNix, type RealNix } from "../support/real-nix.js";
import { splitBytes } from "../support/split-bytes.js";
import { makeTempFolder } from "../support/temp-folder.js";

describe("a real Nix", () => {
  let folder: string;
  let tree: string;
  let nix: RealNix;

  before(async function () {
    folder = (await makeTempFolder()).path;
    nix = setUpRealNix(this, folder);
    tree = join(folder, "tree");
    makeExampleTree(tree);
  });
  after(() => removeTree(folder));

  it("dumps the same NAR, byte for byte", async () => {
    const nar = nix.run("nix-store", "--dump", tree);
    expect(Buffer.from(await collect(writeNar(tree))).equals(nar)).to.be.true;
    const { sha256, size } = await hashNar(writeNar(tree));
    expect(formatNixSha256(sha256)).to.equal(
      `sha256:${nix.run("nix-hash", "--type", "sha256", "--base32", tree).toString().trim()}`,
    );
    expect(size).to.equal(nar.length);
  });

  it("dumps the same NAR of random trees", async () => {
    const path = join(folder, "random");
    await fc.assert(
      fc.asyncProperty(narTrees, async (node) => {
        removeTree(path);
        makeTree(Buffer.from(path), node);
        expect(Buffer.from(await collect(writeNar(path)))).to.deep.equal(nix.run("nix-store", "--dump", path));
      }),
      { numRuns: 20 },
    );
  });

  it("lists random trees with the same names, sizes and offsets", async () => {
    const path = join(folder, "to-list");
    const cache = join(folder, "listings");
    await fc.assert(
      fc.asyncProperty(utf8NarTrees, async (node) => {
        removeTree(path);
        removeTree(cache);
        makeTree(Buffer.from(path), { type: "directory", entries: [["node", node]] });
        const storePath = nix.run("nix-store", "--add", path).toString().trim();
        nix.run("nix", "copy", "--to", `file://${cache}?write-nar-listing=1`, storePath);
        const [file] = readdirSync(cache).filter((name) => name.endsWith(".ls"));
        const listing = listingOf(await collect(writeNar(path)))!;
        expect(JSON.parse(listing.toString())).to.deep.equal(JSON.parse(readFileSync(join(cache, file!), "utf8")));
      }),
      { numRuns: 10 },
    );
  });

  it("restores the same tree", async () => {
    const nar = nix.run("nix-store", "--dump", tree);
    const theirs = join(folder, "theirs");
    const ours = join(folder, "ours");
    nix.feed(nar, "nix-store", "--restore", theirs);
    await unpackNar(splitBytes(nar, 4000), ours);
    expect(readTree(Buffer.from(ours))).to.deep.equal(readTree(Buffer.from(theirs)));
    expect(nix.run("nix-store", "--dump", ours).equals(nar)).to.be.true;
  });

  it("writes narinfo that are read, and signs what we verify", () => {
    const keyFile = join(folder, "key");
    const key = generateSecretKey("test-1");
    writeFileSync(keyFile, formatSecretKey(key), { mode: 0o600 });
    const expression = `builtins.toFile "b" "mentions \${builtins.toFile "a" "text"}"`;
    const path = JSON.parse(
      nix.run("nix-instantiate", "--eval", "--read-write-mode", "--expr", expression).toString(),
    ) as string;
    nix.run("nix", "store", "sign", "--recursive", "--key-file", keyFile, path);
    const cache = join(folder, "cache-files");
    nix.run("nix", "copy", "--to", `file://${cache}`, path);
    const files = readdirSync(cache).filter((name) => name.endsWith(".narinfo"));
    expect(files).to.have.length(2);
    for (const file of files) {
      const text = readFileSync(join(cache, file), "utf8");
      const info = parseNarInfo(text);
      expect(formatNarInfo(info)).to.equal(text);
      expect(verifySignature(info.sigs[0]!, formatNarInfoFingerprint(info), [key.publicKey])).to.equal(key.publicKey);
    }
  });

  it("accepts a narinfo and a signature made here", () => {
    const cache = join(folder, "cache-files");
    const key = generateSecretKey("ours-1");
    const [file] = readdirSync(cache).filter((name) => name.endsWith(".narinfo"));
    // Without its CA: a content-addressed path needs no signature, and this would prove nothing.
    const info = parseNarInfo(readFileSync(join(cache, file!), "utf8").replace(/^CA: .*\n/m, ""));
    expect(info.ca).to.be.undefined;
    const signed = { ...info, sigs: [signFingerprint(formatNarInfoFingerprint(info), key)] };
    writeFileSync(join(cache, file!), formatNarInfo(signed));
    const verify = (publicKey: string) =>
      nix.run(
        "nix",
        "store",
        "verify",
        "--store",
        `file://${cache}`,
        "--trusted-public-keys",
        publicKey,
        info.storePath,
      );
    const publicKey = formatPublicKey(key.publicKey);
    expect(() => verify(publicKey)).not.to.throw();
    expect(() => verify(formatPublicKey(generateSecretKey("ours-1").publicKey))).to.throw();
  });
});

/** What is easily got wrong: sizes around the padding, odd names and their order, modes, empty things. */
function makeExampleTree(path: string): void {
  mkdirSync(join(path, "empty-directory"), { recursive: true });
  for (const size of [0, 1, 7, 8, 9, 15, 16, 17, 65_535, 65_536, 262_143, 262_144, 262_145, 1_000_000]) {
    writeFileSync(join(path, `size-${size}`), Buffer.alloc(size, "x"));
  }
  for (const [name, mode] of Object.entries({ program: 0o755, owner: 0o700, group: 0o654, others: 0o645 })) {
    writeFileSync(join(path, name), name);
    chmodSync(join(path, name), mode);
  }
  symlinkSync("program", join(path, "link"));
  symlinkSync("/nowhere", join(path, "dangling"));
  for (const name of ["caf\xe9", "caf\xc3\xa9", "a b", "a\nb", "a-", "a", "A", "\xff", "\x01"]) {
    writeFileSync(Buffer.concat([Buffer.from(`${path}/`), Buffer.from(name, "latin1")]), name);
  }
}
