import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { formatArchitecture } from "../../scripts/support/architecture-page.js";

describe("docs/architecture.md", function () {
  this.timeout(60_000);

  it("shows the layers as they are (else: npm run layers)", async () => {
    const page = await readFile(new URL("../../docs/architecture.md", import.meta.url), "utf8");
    expect(page).to.equal(await formatArchitecture(page));
  });
});

describe("pages for people", () => {
  for (const name of [
    ...["docs/architecture.md", "docs/protocol.md", "docs/testing.md", "docs/upgrades.md"],
    ...["CONTRIBUTING.md", "SECURITY.md"],
  ])
    it(`${name} names files that there are`, async () => {
      const page = await readFile(new URL(`../../${name}`, import.meta.url), "utf8");
      const files = page.match(/\b(?:src|contracts|scripts|test|bin)\/[\w./-]+\.(?:ts|js|sol|sh)\b/g) ?? [];
      for (const file of files) await readFile(new URL(`../../${file}`, import.meta.url)); // throws where there is none
    });
});
