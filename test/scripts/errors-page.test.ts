import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { formatErrors } from "../../scripts/support/errors-page.js";
import { findTests } from "../../scripts/support/find-tests.js";
import { descriptors } from "../../src/errors/descriptors.js";

describe("docs/errors.md", () => {
  it("says what the tables and the tests say (else: npm run errors)", async () => {
    const page = await readFile(new URL("../../docs/errors.md", import.meta.url), "utf8");
    expect(page).to.equal(await formatErrors());
  });

  it("has a test for every error", async () => {
    const tests = await findTests(Object.keys(descriptors));
    expect([...tests].filter(([, files]) => files.length === 0).map(([code]) => code)).to.deep.equal([]);
  });
});
