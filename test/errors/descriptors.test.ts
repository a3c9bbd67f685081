import { expect } from "chai";
import { appErrors } from "../../src/errors/app-errors.js";
import { attestErrors } from "../../src/errors/attest-errors.js";
import { catErrors } from "../../src/errors/cat-errors.js";
import { chainErrors } from "../../src/errors/chain-errors.js";
import { actErrors, councilErrors } from "../../src/errors/council-errors.js";
import type { ErrorDescriptor } from "../../src/errors/descriptor.js";
import { descriptors } from "../../src/errors/descriptors.js";
import { nixErrors } from "../../src/errors/nix-errors.js";
import { ownedErrors } from "../../src/errors/owned-errors.js";
import { proofErrors } from "../../src/errors/proof-errors.js";
import { signingErrors } from "../../src/errors/signing-errors.js";
import { swarmErrors } from "../../src/errors/swarm-errors.js";
import { verifyErrors } from "../../src/errors/verify-errors.js";

const tables: [number, Record<string, ErrorDescriptor>][] = [
  [1, nixErrors],
  [2, swarmErrors],
  [3, catErrors],
  [4, chainErrors],
  [4, actErrors],
  [4, proofErrors],
  [4, ownedErrors],
  [5, appErrors],
  [5, signingErrors],
  [5, councilErrors],
  [5, attestErrors],
  [5, verifyErrors],
];

describe("error table", () => {
  it("has every code and every number once, over all areas", () => {
    const codes = tables.flatMap(([, table]) => Object.keys(table));
    const numbers = tables.flatMap(([, table]) => Object.values(table).map(({ number }) => number));
    expect(new Set(codes).size).to.equal(codes.length);
    expect(new Set(numbers).size).to.equal(numbers.length);
    expect(Object.keys(descriptors)).to.have.members(codes);
  });

  for (const [area, table] of tables)
    it(`has the numbers of area ${area} in it, ascending`, () => {
      const numbers = Object.values(table).map(({ number }) => number);
      expect(numbers).to.deep.equal([...numbers].sort((a, b) => a - b));
      for (const number of numbers) expect(Math.floor(number / 1000)).to.equal(area);
    });

  for (const [code, { hint }] of Object.entries<ErrorDescriptor>(descriptors))
    it(`says in one sentence what to do about ${code}`, () => {
      expect(code).to.match(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/);
      expect(hint).to.match(/^[A-Z].*[^.]\.$/s);
      expect(hint).not.to.match(/[.!?] +[A-Z]|\n/);
    });
});
