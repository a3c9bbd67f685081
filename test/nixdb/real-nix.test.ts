import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { hashNar } from "../../src/nix/hash-stream.js";
import { writeNar } from "../../src/nix/nar-write.js";
import { removeTree } from "../../src/nix/remove-tree.js";
import { openNixStore } from "../../src/nixdb/nix-store.js";
import { setUpRealNix, type RealNix } from "../support/real-nix.js";
import { makeTempFolder } from "../support/temp-folder.js";

describe("the store of a real Nix", () => {
  let folder: string;
  let nix: RealNix;
  before(async function () {
    folder = (await makeTempFolder()).path;
    nix = setUpRealNix(this, folder);
  });
  after(() => removeTree(folder));

  it("is read while Nix writes to it", async () => {
    writeFileSync(join(folder, "first"), "first");
    writeFileSync(join(folder, "second"), "second");
    const add = (name: string) => nix.run("nix-store", "--add", join(folder, name)).toString().trim();
    const first = add("first");
    using store = openNixStore({ root: nix.root });
    const second = add("second");
    for (const path of [first, second]) {
      const info = store.queryPathInfo(path)!;
      const { sha256, size } = await hashNar(writeNar(store.realPath(path)));
      expect([info.narHash, info.narSize]).to.deep.equal([sha256, size]);
    }
    symlinkSync(first, join(folder, "result"));
    expect(store.resolvePath(join(folder, "result"))).to.equal(first);
  });

  it("has the closures that Nix finds", () => {
    const expression = `
      let a = builtins.toFile "a" "a"; b = builtins.toFile "b" a;
      in builtins.toFile "c" "\${a} \${b} \${builtins.toFile "d" b}"`;
    const path = JSON.parse(
      nix.run("nix-instantiate", "--eval", "--read-write-mode", "--expr", expression).toString(),
    ) as string;
    const wanted = nix.run("nix-store", "--query", "--requisites", path).toString().trim().split("\n");
    using store = openNixStore({ root: nix.root });
    const closure = store.closure([path]).map((info) => info.storePath);
    expect([...closure].sort()).to.deep.equal(wanted.sort());
    expect(closure.at(-1)).to.equal(path);
  });
});
