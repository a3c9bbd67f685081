import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { BuildLog } from "../../../src/attest/rebuild/build-log.js";
import { codeOf } from "../../support/code-of.js";
import { makeTempFolder } from "../../support/temp-folder.js";

const KIB = 1024;

describe("a build's log", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let file: string;
  before(async () => {
    folder = await makeTempFolder();
    file = join(folder.path, "logs", "build.log");
  });
  after(() => folder.remove());

  function keep(pieces: readonly string[], maxBytes: number): { text: string; reason: string } {
    let reason: string;
    {
      using log = new BuildLog(file, maxBytes);
      for (const piece of pieces) log.write(Buffer.from(piece));
      reason = log.findReason();
    }
    return { text: readFileSync(file, "utf8"), reason };
  }

  it("is kept as it is where it is short, in place of an earlier one", () => {
    for (const text of ["one\ntwo\n", "", "three"]) expect(keep([text], 100 * KIB).text).to.equal(text);
  });

  it("is kept whole up to its bound, and beyond it has a beginning, an end, and what was left out", () => {
    for (const pieces of [1, 7, 64]) {
      const all = Array.from({ length: 200 * KIB }, (_, at) => String.fromCharCode(97 + (at % 26))).join("");
      const cut = Array.from({ length: pieces }, (_, at) => {
        const size = Math.ceil(all.length / pieces);
        return all.slice(at * size, (at + 1) * size);
      });
      expect(keep(cut, 264 * KIB).text).to.equal(all);
      const { text } = keep(cut, 80 * KIB);
      expect(text.slice(0, 16 * KIB)).to.equal(all.slice(0, 16 * KIB));
      expect(text.slice(-64 * KIB)).to.equal(all.slice(-64 * KIB));
      const [, leftOut] = /\n\[([0-9]+) bytes are left out here\]\n/.exec(text) ?? [undefined, "0"];
      expect(text.replace(/\n\[[0-9]+ bytes are left out here\]\n/, "").length + Number(leftOut)).to.equal(all.length);
    }
  });

  const said: Record<string, [string, string]> = {
    "Nix 2.8": [
      "cc: error: no\n\u001b[31;1merror:\u001b[0m builder for '/x.drv' failed with exit code 3;\n       last 1 log lines:\n       > error: no\n",
      "builder for '/x.drv' failed with exit code 3",
    ],
    "Nix 2.34": [
      "error: Cannot build '/x.drv'.\n       Reason: builder failed with exit code 3.\n       Last 1 log lines:\n       > no\n",
      "Cannot build '/x.drv'. builder failed with exit code 3.",
    ],
    "something else": ["Killed\n\n", "Killed"],
    nobody: ["", "it said nothing"],
  };
  for (const [name, [text, reason]] of Object.entries(said)) {
    it(`has the reason as ${name} says it`, () => {
      expect(keep([text], 100 * KIB).reason).to.equal(reason);
    });
  }

  it("is refused where it cannot be written", async () => {
    expect(await codeOf(() => new BuildLog(join(file, "below"), KIB))).to.equal("FILE_UNWRITABLE");
  });
});
