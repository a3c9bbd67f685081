import { expect } from "chai";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseContentAddress } from "../../src/nix/content-address.js";
import { contentPath } from "../../src/nix/content-path.js";
import { removeTree } from "../../src/nix/remove-tree.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { type RealNix, setUpRealNix } from "../support/real-nix.js";
import { makeTempFolder } from "../support/temp-folder.js";

function pathOf(ca: string, name: string, references: string[] = [], isSelfReferring = false): string | undefined {
  return contentPath(parseContentAddress(ca)!, { name, references, isSelfReferring, storeDir: "/nix/store" });
}

/** What a real Nix 2.8 said by `nix path-info --json`, of what `nix-store --add…` and `builtins.toFile` had made. */
const VECTORS: [ca: string, path: string][] = [
  ["fixed:sha256:094qif9n4cq4fdg459qzbhg1c6wywawwaaivx0k0x8xhbyx4vwic", "2ixppgs4fb1sm2kg8zyxjfhpqqy18pnf-file"],
  ["text:sha256:193s6bfb4ncbr0d3rpb177cac43b2z2h3afxi7grcswgci346hwg", "bd9f7a1knrqz8jdsv9gpyl9rqp3ia5wf-note"],
  ["fixed:r:sha256:1rxznw79wj5a5wpqal3s91kjs1dd7wwxl3jxb0hkadka22fzinhn", "dg9fj302h0wqkn3m8jiix5cj74v9xqkp-tree"],
  ["fixed:sha1:9m1skbnr5i43n3yypvda5s65vhfwdx5a", "hbliry94gjvm3qc09qq0i3ask0rin4sk-file"],
  ["fixed:r:sha1:01dg9rzzgx5fxk2vix358p0x9zy5v9x5", "n6104l7accvfhw0d4bfslrnn06ay8vs1-tree"],
];

describe("nix/content-path", () => {
  for (const [ca, baseName] of VECTORS)
    it(`gives the path of ${ca.slice(0, 20)}…`, () => {
      expect(pathOf(ca, baseName.slice(33))).to.equal(`/nix/store/${baseName}`);
    });

  it("gives none where Nix makes none", () => {
    const other = VECTORS[0]![1];
    for (const [ca] of [VECTORS[0]!, VECTORS[3]!, VECTORS[4]!]) {
      expect(pathOf(ca, "x", [`/nix/store/${other}`])).to.equal(undefined);
      expect(pathOf(ca, "x", [], true)).to.equal(undefined);
    }
    expect(pathOf(VECTORS[1]![0], "x", [], true)).to.equal(undefined);
  });

  it("reads no hash with bits beyond its last byte", () => {
    expect(parseContentAddress(`fixed:sha256:${"z".repeat(52)}`)).to.equal(undefined);
    expect(parseContentAddress("fixed:x")).to.equal(undefined);
  });

  describe("as a real Nix", () => {
    let folder: string;
    let nix: RealNix;
    before(async function () {
      folder = (await makeTempFolder()).path;
      nix = setUpRealNix(this, folder);
    });
    after(() => removeTree(folder));

    it("for files, trees, texts with references, and derivations", () => {
      mkdirSync(join(folder, "tree"));
      writeFileSync(join(folder, "tree", "file"), "contents");
      const add = (...args: string[]) =>
        nix
          .run("nix-store", ...args)
          .toString()
          .trim();
      const paths = [
        add("--add", join(folder, "tree")),
        ...["md5", "sha1", "sha256", "sha512"].flatMap((algorithm) => [
          add("--add-fixed", algorithm, join(folder, "tree", "file")),
          add("--add-fixed", "--recursive", algorithm, join(folder, "tree")),
        ]),
      ];
      const expression = `derivation { name = "d"; system = "x"; builder = "b"; src = builtins.toFile "note" "hi"; }`;
      paths.push(nix.run("nix-instantiate", "--expr", expression).toString().trim());
      // Else Nix answers for the outputs of a derivation, instead of for the `.drv`.
      const asIs = (path: string) => (path.endsWith(".drv") ? ["--derivation"] : []);
      for (const path of paths) {
        const { name } = parseStorePath(path);
        const info = JSON.parse(nix.run("nix", "path-info", "--json", ...asIs(path), path).toString()) as unknown;
        const [{ ca, references }] = info as [{ ca: string; references: string[] }];
        expect(pathOf(ca, name, references), ca).to.equal(path);
      }
    });
  });
});
