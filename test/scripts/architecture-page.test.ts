import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { formatArchitecture } from "../../scripts/support/architecture-page.js";

describe("docs/architecture.md", function () {
  this.timeout(60_000);

  it("shows the layers as they are (else: npm run layers)", async () => {
    const page = await readFile(new URL("../../docs/architecture.md", import.meta.url), "utf8");
    expect(page).to.equal(await formatArchitecture(page));
  });

  it("names files that there are", async () => {
    const page = await readFile(new URL("../../docs/architecture.md", import.meta.url), "utf8");
    const files = [...page.matchAll(/`((?:src|contracts|scripts|test|bin)\/[\w./-]+\.\w+)`/g)].map(([, file]) => file!);
    expect(files).to.have.length.greaterThan(20);
    for (const file of files) await readFile(new URL(`../../${file}`, import.meta.url)); // throws where there is none
  });
});
