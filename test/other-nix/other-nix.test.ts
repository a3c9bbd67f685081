import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { encodeNarFile } from "../../src/nar-file/encode-nar-file.js";
import { hashNar } from "../../src/nix/hash-stream.js";
import { formatNixSha256 } from "../../src/nix/nix-hash.js";
import { hashPart, sampleNar } from "../nar-file/support/sample-nar.js";
import { collect } from "../support/collect.js";
import { encodeNar } from "../support/nar-tree.js";
import { skipTest } from "../support/skip-test.js";
import { splitBytes } from "../support/split-bytes.js";

const PACKAGES = "ca-certificates,libdbi-perl,nix-bin,busybox-static,sqlite3";

/**
 * A Debian of another suite with its own Nix, made once: some 0.8 GB from the Debian mirror, kept in
 * `$XDG_CACHE_HOME/catnix`. Wants root, and the package debootstrap.
 */
function prepareDebian(suite: string): string {
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "catnix");
  const root = join(cache, `debian-${suite}`);
  if (existsSync(root)) return root;
  mkdirSync(cache, { recursive: true });
  const partial = `${root}.partial`;
  rmSync(partial, { recursive: true, force: true });
  execFileSync("debootstrap", ["--variant=minbase", `--include=${PACKAGES}`, suite, partial], { stdio: "pipe" });
  renameSync(partial, root);
  return root;
}

/** Newer clients than the Debian that runs the tests has: they read the same files. */
describe("Nix of other Debians", () => {
  for (const [suite, version] of [
    ["trixie", /2\.2[6-9]/],
    ["sid", /2\.(3[4-9]|[4-9][0-9])/],
  ] as const)
    it(`${suite}: nix copy gets a path from a file of pieces, paddings and seek table`, async function () {
      if (process.getuid?.() !== 0) skipTest(this, "making a Debian in a folder takes root");
      const root = prepareDebian(suite);
      // Nix wants /proc; in a mount namespace of its own nothing is left behind.
      const enter = 'mount -t proc proc "$0/proc" && exec chroot "$0" env NIX_REMOTE= HOME=/root "$@"';
      const inRoot = (...words: string[]) =>
        execFileSync("unshare", ["--mount", "sh", "-c", enter, root, ...words], { maxBuffer: 1 << 24, stdio: "pipe" });
      const run = (...words: string[]) => inRoot(...words).toString();
      expect(run("nix", "--version")).to.match(version);

      const references = [1, 2, 3].map(hashPart);
      const contents = sampleNar({ size: 5_000_000, seed: 1, references, regions: 100, buildSeed: 1 });
      const nar = encodeNar({ type: "regular", executable: false, contents: Buffer.from(contents) });
      let pieces = 0;
      const file = await collect(encodeNarFile(splitBytes(nar, 1 << 18), { references, onPiece: () => pieces++ }));
      expect(pieces).to.be.greaterThan(2);
      const factsOf = async (bytes: Uint8Array) => {
        const { sha256, size } = await hashNar(splitBytes(bytes, 1 << 18));
        return [formatNixSha256(sha256), size];
      };
      const [[narHash, narSize], [fileHash, fileSize]] = [await factsOf(nar), await factsOf(file)];
      const path = `/nix/store/${references[0]!}-sample`;
      const narinfo = [
        ...[`StorePath: ${path}`, "URL: nar/sample.nar.zst", "Compression: zstd", `FileHash: ${fileHash}`],
        ...[`FileSize: ${fileSize}`, `NarHash: ${narHash}`, `NarSize: ${narSize}`, "References: ", ""],
      ];
      const work = join(root, "root/catnix");
      rmSync(work, { recursive: true, force: true });
      mkdirSync(join(work, "cache/nar"), { recursive: true });
      try {
        writeFileSync(join(work, "cache/nix-cache-info"), "StoreDir: /nix/store\n");
        writeFileSync(join(work, `cache/${references[0]!}.narinfo`), narinfo.join("\n"));
        writeFileSync(join(work, "cache/nar/sample.nar.zst"), file);
        const options = [
          "--extra-experimental-features",
          "nix-command",
          "--option",
          "build-users-group",
          "",
          "--option",
          "sandbox",
          "false",
        ];
        run(
          "nix",
          ...options,
          "copy",
          "--no-check-sigs",
          "--from",
          "file:///root/catnix/cache",
          "--to",
          "/root/catnix/store",
          path,
        );
        run("nix", ...options, "store", "verify", "--no-trust", "--store", "/root/catnix/store", path);
        const dump = inRoot("nix-store", "--dump", `/root/catnix/store${path}`);
        expect(Buffer.compare(dump, nar)).to.equal(0);
      } finally {
        execFileSync("chmod", ["-R", "u+w", work]);
        rmSync(work, { recursive: true, force: true });
      }
    });
});
