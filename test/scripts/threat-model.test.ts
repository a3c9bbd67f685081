import { expect } from "chai";
import { readFile } from "node:fs/promises";

/** A test as the page names it: its file, and its title or a part of it. */
const SHOWN = /`(?<file>test\/[\w./-]+\.test\.ts)` _(?<title>[^|]+?)_(?=[;\s|]|$)/gm;
const root = new URL("../../", import.meta.url);

describe("docs/threat-model.md", () => {
  it("names tests that are there", async () => {
    const page = await readFile(new URL("docs/threat-model.md", root), "utf8");
    const shown = [...page.matchAll(SHOWN)].map(({ groups }) => groups as Record<"file" | "title", string>);
    expect(shown, "every file named has a title").to.have.length(page.match(/`test\/[^`]*\.test\.ts` _/g)!.length);
    for (const { file, title } of shown) {
      const source = await readFile(new URL(file, root), "utf8");
      const titles = [...source.matchAll(/\b(?:it|describe)\(\s*(["'`])(?<text>.*?)\1,/gs)].map(
        (one) => one.groups!["text"]!,
      );
      expect(
        titles.some((text) => text.includes(title)),
        `${file}: ${title}`,
      ).to.equal(true);
    }
  });

  it("has a test in each row, or a dash", async () => {
    const page = await readFile(new URL("docs/threat-model.md", root), "utf8");
    const rows = page.split("\n").filter((line) => line.startsWith("| ") && line.split("|").length === 6);
    expect(rows.length).to.be.above(40);
    for (const row of rows) expect(row, row).to.match(/\| (`test\/.*|-+|shown by) +\|$/);
  });
});
