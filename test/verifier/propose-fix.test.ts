import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import fc from "fast-check";
import { CHECK_STATUSES, type PathCheck } from "../../src/verifier/path-check.js";
import { proposeFix } from "../../src/verifier/propose-fix.js";
import { removeTree } from "../../src/nix/remove-tree.js";
import { setUpRealNix } from "../support/real-nix.js";
import { makeTempFolder } from "../support/temp-folder.js";

const storePath = `/nix/store/${"1".repeat(32)}-a+b?c=d`;
const quoted = `'${storePath}'`;
const checkOf = (status: PathCheck["status"]): PathCheck => ({
  ...{ storePath, status, narHash: "", translation: { status: "unknown" } },
});

describe("proposeFix", () => {
  it("has a command for what is wrong, and none for what cannot be helped or needs none", () => {
    const found = CHECK_STATUSES.map((status) => proposeFix(checkOf(status)));
    const repair = `nix-store --repair-path ${quoted}`;
    expect(found).to.deep.equal([
      ...[`nix-store --delete ${quoted}`, repair, repair],
      ...[undefined, undefined, undefined],
    ]);
  });

  it("names a store so that a shell reads its name, whatever it is", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !/[\0?]/.test(text));
    fc.assert(
      fc.property(name, (root) => {
        const command = proposeFix(checkOf("withdrawn"), root)!;
        const words = execFileSync("sh", ["-c", command.replace("nix-store", "printf '%s\\0'")]).toString();
        expect(words).to.equal(`--store\0${resolve(root)}\0--delete\0${storePath}\0`);
      }),
      { numRuns: 40 },
    );
  });

  it("names a store that Nix understands, whatever its folders are called", async function () {
    const folder = await makeTempFolder();
    try {
      const nix = setUpRealNix(this, folder.path);
      const file = join(folder.path, "file");
      writeFileSync(file, "contents");
      for (const storeDir of ["/nix/store", "/foo/store"])
        for (const root of ["root", "a root?"].map((name) => join(folder.path, name))) {
          const settings = `local?root=${encodeURIComponent(root)}&store=${encodeURIComponent(storeDir)}`;
          const path = nix.run("nix-store", "--store", settings, "--add", file).toString().trim();
          const fix = proposeFix({ ...checkOf("withdrawn"), storePath: path }, root)!;
          const onDisk = join(root, "nix/store", basename(path));
          expect(existsSync(onDisk), fix).to.equal(true);
          execFileSync("sh", ["-c", fix], {
            env: { ...process.env, NIX_CONF_DIR: join(folder.path, "conf") },
            stdio: "pipe",
          });
          expect(existsSync(onDisk), fix).to.equal(false);
        }
    } finally {
      removeTree(folder.path);
    }
  });
});
