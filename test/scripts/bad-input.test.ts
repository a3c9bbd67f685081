import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { findTests } from "../../scripts/support/find-tests.js";
import { descriptors } from "../../src/errors/descriptors.js";

/** Lines such as `| what is wrong | CODE | test/a.test.ts, test/b.test.ts |`. */
const LINE = /^\| (?<what>.*?) +\| (?<code>[A-Z][A-Z0-9_]+) +\| (?<tests>test\/.*?) +\|$/gm;

describe("docs/bad-input.md", () => {
  it("names tests that name its errors", async () => {
    const page = await readFile(new URL("../../docs/bad-input.md", import.meta.url), "utf8");
    const lines = [...page.matchAll(LINE)].map(({ groups }) => groups as Record<"what" | "code" | "tests", string>);
    expect(lines).to.have.length(page.split("\n").filter((line) => /^\| (?!-|what is wrong)/.test(line)).length);
    const found = await findTests(Object.keys(descriptors));
    for (const { what, code, tests } of lines)
      expect(found.get(code) ?? [], `${code}: ${what}`).to.include.members(tests.split(", "));
  });
});
