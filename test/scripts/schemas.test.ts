import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { formatSchema, SCHEMAS } from "../../scripts/support/schemas.js";

for (const name of Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[])
  describe(`docs/schema/${name}`, () => {
    it("says what the code accepts (else: npm run schemas)", async () => {
      const schema = await readFile(new URL(`../../docs/schema/${name}`, import.meta.url), "utf8");
      expect(schema).to.equal(await formatSchema(name));
    });
  });
