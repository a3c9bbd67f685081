import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./support/markdown-page.js";

type Manifest = Readonly<Record<"dependencies" | "optionalDependencies" | "devDependencies", Record<string, string>>>;

describe("docs/dependencies.md", () => {
  const page = readFileSync(join(root, "docs/dependencies.md"), "utf8");
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
  const { dependencies, optionalDependencies, devDependencies } = manifest;
  const names = Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies });

  it("names every dependency", () => {
    const missing = names.filter((name) => !page.includes(`\`${name.startsWith("@types/") ? "@types/…" : name}\``));
    expect(missing).to.deep.equal([]);
  });

  it("names none that is not there", () => {
    const named = [...page.matchAll(/^\| (`[^|]+`) +\|/gm)].flatMap(([, cell]) => cell!.match(/[^`, ]+/g)!);
    expect(named.filter((name) => name !== "@types/…" && !names.includes(name))).to.deep.equal([]);
  });
});
