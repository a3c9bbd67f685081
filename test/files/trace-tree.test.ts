import { expect } from "chai";
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { traceTree } from "../../src/files/trace-tree.js";
import { codeOf } from "../support/code-of.js";
import { makeTempFolder } from "../support/temp-folder.js";

describe("traceTree", () => {
  it("differs wherever a file was touched, and nowhere else", async () => {
    const folder = await makeTempFolder();
    const { path } = folder;
    const at = (name: string) => join(path, name);
    try {
      mkdirSync(at("bin"));
      writeFileSync(at("bin/a"), "one");
      writeFileSync(at("b"), "two");
      const seen: string[] = [];
      const trace = async () => Buffer.from(await traceTree(path)).toString("hex");
      const changes = [
        () => undefined,
        () => writeFileSync(at("bin/a"), "eno"),
        () => renameSync(at("b"), at("c")),
        () => writeFileSync(at("bin/d"), ""),
        () => rmSync(at("bin/d")),
        () => chmodSync(at("c"), 0o755),
        () => mkdirSync(at("empty")),
        () => symlinkSync("c", at("link")),
        () => (rmSync(at("link")), symlinkSync("b", at("link"))),
      ];
      for (const change of changes) {
        change();
        seen.push(await trace());
        expect(await trace()).to.equal(seen.at(-1));
      }
      // The file that came and went is gone without a trace; everything else was another state.
      expect(seen[4]).to.equal(seen[2]);
      expect(new Set(seen).size).to.equal(seen.length - 1);
    } finally {
      await folder.remove();
    }
  });

  it("is of what is there, and ends at its signal", async () => {
    const folder = await makeTempFolder();
    try {
      expect(await codeOf(() => traceTree(join(folder.path, "none")))).to.equal("FILE_UNREADABLE");
      writeFileSync(join(folder.path, "a"), "");
      const signal = AbortSignal.abort(new RangeError("enough"));
      expect(await traceTree(folder.path, { signal }).catch((error: unknown) => error)).to.be.instanceOf(RangeError);
    } finally {
      await folder.remove();
    }
  });
});
