import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { formatConfiguration } from "../../scripts/support/configuration-page.js";

describe("docs/configuration.md", () => {
  it("says what the schema says (else: npm run configuration)", async () => {
    const page = await readFile(new URL("../../docs/configuration.md", import.meta.url), "utf8");
    expect(page).to.equal(await formatConfiguration());
  });
});
