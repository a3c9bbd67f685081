import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import fc from "fast-check";
import { CHECK_STATUSES, type PathCheck } from "../../src/verifier/path-check.js";
import { proposeFix } from "../../src/verifier/propose-fix.js";

const storePath = `/nix/store/${"1".repeat(32)}-a+b?c=d`;
const quoted = `'${storePath}'`;
const checkOf = (status: PathCheck["status"]): PathCheck => ({
  ...{ storePath, status, narHash: "", translation: { status: "unknown" } },
});

describe("proposeFix", () => {
  it("has a command for what is wrong, and none for what cannot be helped or needs none", () => {
    const found = CHECK_STATUSES.map((status) => proposeFix(checkOf(status)));
    const repair = `nix-store --repair-path ${quoted}`;
    expect(found).to.deep.equal([
      ...[`nix-store --delete ${quoted}`, repair, repair],
      ...[undefined, undefined, undefined],
    ]);
  });

  it("names a store so that a shell reads its name, whatever it is", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(name, (root) => {
        const command = proposeFix(checkOf("withdrawn"), root)!;
        const words = execFileSync("sh", ["-c", command.replace("nix-store", "printf '%s\\0'")]).toString();
        expect(words).to.equal(`--store\0${resolve(root)}\0--delete\0${storePath}\0`);
      }),
      { numRuns: 40 },
    );
  });
});
