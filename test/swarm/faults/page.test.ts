import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { otherRows, rows, type Seen } from "./rows.js";

/** How docs/faults.md says it. */
function describeSeen([client, nix]: Seen): [string, string] {
  const forNix = { whole: "the whole NAR", "404": "404, before the first byte", cut: "a connection that breaks" };
  return [client === "whole" ? "the whole file" : `\`${client}\``, forNix[nix]];
}

describe("docs/faults.md", () => {
  it("has each fault that is tested, and what comes of it", async () => {
    const page = await readFile(new URL("../../../docs/faults.md", import.meta.url), "utf8");
    const lines = page.split("\n").filter((line) => /^\| (?!fault |-)/.test(line));
    const cells = lines.map((line) =>
      line
        .slice(2, -2)
        .split(" | ")
        .map((cell) => cell.trim()),
    );
    const wanted = [...rows, ...otherRows].map(({ name, one }) => [name, ...describeSeen(one), "the whole file"]);
    expect(cells).to.have.deep.members(wanted);
  });

  it("has only faults whose tests are there, with one endpoint and with two", async () => {
    for (const { name, file } of otherRows) {
      const source = await readFile(new URL(file, import.meta.url), "utf8");
      // Either as two tests, or as one for each of the two.
      const both = source.includes(`"${name}: one endpoint"`) && source.includes(`"${name}: two endpoints"`);
      const named = source.includes(`"${name}"`) || source.includes(`\`${name}: \${how}\``);
      expect(both || named, name).to.equal(true);
    }
  });
});
