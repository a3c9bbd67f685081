import { expect } from "chai";
import fc from "fast-check";
import { parseJsonStrictly } from "../../src/encoding/parse-json.js";

describe("parseJsonStrictly", () => {
  it("parses what JSON.stringify writes, with any white space", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2, "\t"), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(parseJsonStrictly(text)).to.deep.equal(JSON.parse(text));
      }),
    );
    expect(parseJsonStrictly('{\r\n"a" : "\\"b\\":",\n"\\"":{"a":[{"a":1},{"a":2}]}}\r\n')).to.deep.equal({
      a: '"b":',
      '"': { a: [{ a: 1 }, { a: 2 }] },
    });
  });

  for (const [what, text] of Object.entries({
    "a key twice": '{"a":1,"a":2}',
    "a key twice, spelt otherwise": '{"a":1,"\\u0061":2}',
    "a key twice, far inside": '[[{"b":{"a":1,"c":2,"a":1}}]]',
    "a prototype twice": '{"__proto__":1,"__proto__":{}}',
    "what is no JSON": "{'a':1}",
    "two values": "{}{}",
  }))
    it(`refuses ${what}`, () => {
      expect(() => parseJsonStrictly(text)).to.throw(SyntaxError);
    });

  it("is not ended by nesting, nor by long strings", () => {
    const deep = 200_000;
    for (const long of ["a".repeat(1 << 20), '"'.repeat(1 << 18)])
      expect(parseJsonStrictly(JSON.stringify({ [long]: long }))).to.deep.equal({ [long]: long });
    expect(parseJsonStrictly(`${"[".repeat(deep)}${"]".repeat(deep)}`)).to.be.an("array");
    expect(() => parseJsonStrictly(`${'{"a":'.repeat(deep)}{"b":1,"b":2}${"}".repeat(deep)}`)).to.throw(SyntaxError);
  });
});
