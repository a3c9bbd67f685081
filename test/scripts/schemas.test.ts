import { expect } from "chai";
import { readdir, readFile } from "node:fs/promises";
import { formatSchemas } from "../../scripts/support/schemas.js";

describe("docs/schema", () => {
  const folder = new URL("../../docs/schema/", import.meta.url);

  it("says what the code's schemas say (else: npx tsx scripts/write-schemas.ts)", async () => {
    const schemas = await formatSchemas();
    expect(await readdir(folder)).to.have.members([...schemas.keys()]);
    for (const [name, text] of schemas) expect(await readFile(new URL(name, folder), "utf8"), name).to.equal(text);
  });
});
