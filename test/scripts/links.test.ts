import { expect } from "chai";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { parsePage, readPages, root } from "./support/markdown-page.js";

const pages = readPages();

/** Where a link of a page leads, from the project's folder. */
function resolveLink(from: string, target: string): { path: string; anchor: string | undefined } {
  const [file, anchor] = target.split("#");
  return { path: file === "" ? from : normalize(join(dirname(from), file!)).replace(/\/$/, ""), anchor };
}

describe("parsePage", () => {
  it("finds links and anchors, none in code, and commands", () => {
    const text =
      "# A `b` [c](d.md)\n\n## A b c\n\n[e](<f.md#g>) `[h](i.md)` [j](https://k)\n\n```\n[l](m.md)\n# n\n$ o \\\n  p\nq\n```\n";
    const { links, anchors, commands } = parsePage("r.md", text);
    expect(links).to.deep.equal(["d.md", "f.md#g"]);
    expect([...anchors]).to.deep.equal(["a-b-c", "a-b-c-1"]);
    expect(commands).to.deep.equal(["o p"]);
  });
});

describe("the pages", () => {
  it("have links that lead somewhere", () => {
    const dead = [...pages.values()].flatMap(({ path, links }) =>
      links
        .filter((target) => {
          const { path: to, anchor } = resolveLink(path, target);
          if (!existsSync(join(root, to))) return true;
          return anchor !== undefined && pages.get(to)?.anchors.has(anchor) !== true;
        })
        .map((target) => `${path}: ${target}`),
    );
    expect(dead).to.deep.equal([]);
  });

  it("of docs/ are all found from the README", () => {
    const found = new Set(["README.md"]);
    for (const from of found) {
      for (const target of pages.get(from)?.links ?? []) {
        const { path: to } = resolveLink(from, target);
        // A link to a folder shows its files.
        for (const path of pages.keys()) if (path === to || dirname(path) === to) found.add(path);
      }
    }
    expect([...pages.keys()].filter((path) => !found.has(path) && path.startsWith("docs/"))).to.deep.equal([]);
  });

  it("name source files that are there", () => {
    const named = [...pages.values()].flatMap(({ path, text }) =>
      [
        ...text.matchAll(/`((?:src|test|scripts|contracts|bench|bin|nix)\/[\w./-]+\.(?:ts|js|cjs|sol|nix|sh|md))`/g),
      ].map(([, file]) => ({ path, file: file! })),
    );
    expect(named.length).to.be.above(200);
    const made = /^src\/(registry\/contract-types|wasm\/module\.ts)/; // by the build, in no commit
    const dead = named.filter(({ file }) => !made.test(file) && !existsSync(join(root, file)));
    expect(dead.map(({ path, file }) => `${path}: ${file}`)).to.deep.equal([]);
  });

  it("that the code names are there", () => {
    const sources = globSync("{src,contracts,scripts,bin}/**/*.{ts,js,sol}", { cwd: root });
    const named = sources.flatMap(
      (path) => readFileSync(join(root, path), "utf8").match(/\bdocs\/[\w/-]+\.\w+/g) ?? [],
    );
    expect(named).to.include("docs/spec.md");
    expect([...new Set(named)].filter((path) => !existsSync(join(root, path)))).to.deep.equal([]);
  });
});
