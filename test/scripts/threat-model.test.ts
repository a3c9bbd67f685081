import { expect } from "chai";
import { readFile } from "node:fs/promises";

/** A test as the page names it: its file, and its title or a part of it. */
const SHOWN = /`(?<file>test\/[\w./-]+\.test\.ts)` _(?<title>[^|]+?)_(?=[;\s|]|$)/gm;
const ATTACKERS = [
  ...["A member, or several below the threshold", "The guardian", "A publisher", "Whoever submits", "A relay"],
  ...["A user with write access to the relay", "An RPC endpoint", "A Swarm node or gateway", "The network"],
  ...["An upstream builder", "Who asks: a client or another site"],
];
const root = new URL("../../", import.meta.url);

describe("docs/threat-model.md", () => {
  let page: string;
  before(async () => {
    page = await readFile(new URL("docs/threat-model.md", root), "utf8");
  });

  it("names tests that are there", async () => {
    const shown = [...page.matchAll(SHOWN)].map(({ groups }) => groups as Record<"file" | "title", string>);
    expect(shown, "every file named has a title").to.have.length(page.match(/`test\/[^`]*\.test\.ts`/g)!.length - 1);
    for (const { file, title } of shown) {
      const source = await readFile(new URL(file, root), "utf8");
      const titles = [...source.matchAll(/\b(?:it|describe)\(\s*(["'`])(?<text>.*?)\1,/gs)].map(
        (one) => one.groups!["text"]!,
      );
      expect(
        titles.some((text) => isTitle(title, text, source)),
        `${file}: ${title}`,
      ).to.equal(true);
    }
  });

  it("has a line for each attacker and each asset", () => {
    const assets = tableOf(page, "What is to be kept").map(([asset]) => asset!);
    expect(assets).to.have.length(7);
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading!);
    expect(headings).to.include.members(ATTACKERS);
    for (const attacker of ATTACKERS) {
      const said = new Set(tableOf(page, attacker).flatMap(([named]) => named!.split(", ")));
      expect([...said].sort(), attacker).to.deep.equal([...assets].sort());
    }
  });

  it("shows each line by a test, but where an attacker can do nothing, or nothing stops it", () => {
    const rows = ATTACKERS.flatMap((attacker) => tableOf(page, attacker));
    expect(rows.length).to.be.above(80);
    for (const row of rows) {
      expect(row, row.join(" | ")).to.have.length(4);
      const [, what, stops, shown] = row as [string, string, string, string];
      if (shown !== "-") expect(shown, shown).to.match(/^`test\//);
      else
        expect(
          [what, stops].some((text) => text.startsWith("nothing")),
          row.join(" | "),
        ).to.equal(true);
    }
  });
});

/** The cells of the table below a heading, without its head. */
function tableOf(page: string, heading: string): string[][] {
  const [, below] = page.split(`\n## ${heading}\n`);
  const lines = below!.split("\n## ")[0]!.split("\n");
  const rows = lines.filter((line) => line.startsWith("| ")).map((line) => line.slice(2, -1).split(" | "));
  return rows.slice(2).map((cells) => cells.map((cell) => cell.trim()));
}

/** A title, a part of one, or what a template makes of words that are in the same file. */
function isTitle(title: string, text: string, source: string): boolean {
  if (text.includes(title)) return true;
  if (!text.includes("${")) return false;
  const parts = text.split(/\$\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const words = new RegExp(`^${parts.join("(.+)")}$`).exec(title)?.slice(1) ?? [];
  return words.length > 0 && words.every((word) => source.includes(`"${word}"`));
}
