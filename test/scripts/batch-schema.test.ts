import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { formatBatchSchema } from "../../scripts/support/batch-schema.js";

describe("docs/schema/batch-1.json", () => {
  it("says what the code accepts (else: npm run schemas)", async () => {
    const schema = await readFile(new URL("../../docs/schema/batch-1.json", import.meta.url), "utf8");
    expect(schema).to.equal(await formatBatchSchema());
  });
});
