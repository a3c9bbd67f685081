import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { answeredFindings, findingsOf } from "../../scripts/audit/slither-findings.js";

/** In the form that Slither 0.11.6 prints, cut down to what is read. */
const report = {
  success: true,
  error: null,
  results: {
    detectors: [
      {
        check: "timestamp",
        impact: "Low",
        elements: [
          {
            type: "function",
            name: "_checkPlace",
            type_specific_fields: { parent: { type: "contract", name: "CatRegistry" } },
          },
          { type: "node", name: "block.timestamp > deadline" },
        ],
      },
      {
        check: "shadowing-local",
        elements: [
          {
            type: "variable",
            name: "council",
            type_specific_fields: {
              parent: {
                type: "function",
                name: "changeCouncil",
                type_specific_fields: { parent: { type: "contract", name: "ICatRegistry" } },
              },
            },
          },
        ],
      },
    ],
  },
};

describe("Slither's findings", () => {
  it("are named by detector and place", () => {
    expect(findingsOf(JSON.stringify(report))).to.deep.equal([
      "shadowing-local in ICatRegistry.changeCouncil.council",
      "timestamp in CatRegistry._checkPlace",
    ]);
    expect(findingsOf(JSON.stringify({ success: true, results: {} }))).to.deep.equal([]);
  });

  it("are not taken from a run that failed", () => {
    expect(() => findingsOf(JSON.stringify({ ...report, success: false }))).to.throw();
  });

  it("have answers in docs/audit/slither.md, a reason in each row", async () => {
    const page = await readFile(new URL("../../docs/audit/slither.md", import.meta.url), "utf8");
    const rows = page.split("\n").filter((line) => /^\| `/.test(line));
    expect(answeredFindings(page)).to.have.length(rows.length).and.include("timestamp in CatRegistry._checkPlace");
    for (const row of rows) expect(row.split("|")[3]!.trim(), row).to.match(/^[A-Z].*\.$/);
  });
});
