import { expect } from "chai";
import fc from "fast-check";
import { computeClosure } from "../../src/nixdb/closure.js";
import type { PathInfo } from "../../src/nixdb/path-info.js";
import { codeOf } from "../support/code-of.js";

const pathOf = (at: number) => `/nix/store/${String(at).padStart(32, "0")}-x`;
const infoOf = (at: number, references: number[]): PathInfo => ({
  storePath: pathOf(at),
  narHash: new Uint8Array(32),
  narSize: 1,
  references: references.map(pathOf).sort(),
  sigs: [],
  registrationTime: 0,
});
const queryIn = (infos: PathInfo[]) => (path: string) => infos.find((info) => info.storePath === path)!;

describe("computeClosure", () => {
  it("has everything reachable once, references first, whatever the graph", () => {
    const graph = fc.array(fc.array(fc.nat(19), { maxLength: 4 }), { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(graph, fc.uniqueArray(fc.nat(19), { maxLength: 4 }), (raw, roots) => {
        // References point to lower numbers or to the path itself.
        const infos = raw.map((references, at) => infoOf(at, [...new Set(references.filter((other) => other <= at))]));
        const closure = computeClosure(roots.map(pathOf), queryIn(infos));
        const paths = closure.map((info) => info.storePath);
        expect(new Set(paths).size).to.equal(paths.length);
        for (const root of roots) expect(paths).to.include(pathOf(root));
        closure.forEach((info, at) => {
          for (const path of info.references) expect(paths.indexOf(path), path).to.be.within(0, at);
          const wanted = roots.map(pathOf).includes(info.storePath);
          expect(wanted || closure.some((other) => other.references.includes(info.storePath))).to.be.true;
        });
        expect(computeClosure(roots.map(pathOf).reverse(), queryIn(infos))).to.deep.equal(closure);
      }),
    );
  });

  it("follows a chain of 20,000", () => {
    const query = (path: string) => infoOf(Number(path.slice(11, 43)), [Math.max(0, Number(path.slice(11, 43)) - 1)]);
    expect(computeClosure([pathOf(20_000)], query)).to.have.length(20_001);
  });

  it("refuses a cycle", async () => {
    const infos = [infoOf(0, [1]), infoOf(1, [2]), infoOf(2, [0])];
    expect(await codeOf(() => computeClosure([pathOf(0)], queryIn(infos)))).to.equal("NIX_DB_CORRUPT");
  });
});
