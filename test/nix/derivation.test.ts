import { expect } from "chai";
import fc from "fast-check";
import { isCatnixError } from "../../src/errors/catnix-error.js";
import {
  type Derivation,
  formatDerivation,
  MAX_DERIVATION_SIZE,
  parseDerivation,
  referencesOf,
} from "../../src/nix/derivation.js";
import { codeOf } from "../support/code-of.js";
import { derivationVector, derivationVectors } from "../support/derivation-vectors.js";

const parse = (text: string) => parseDerivation(Buffer.from(text));
const hash = "b6gvzjyb2pg0kjfwrjmg1vfhh54ad73z";
const path = (name: string) => `/nix/store/${hash}-${name}`;

describe("derivations", () => {
  for (const [name, text] of derivationVectors) {
    it(`of a real Nix are read and written again: ${name.slice(33)}`, () => {
      expect(formatDerivation(parseDerivation(text))).to.equal(text.toString());
    });
  }

  it("are parsed into their parts", () => {
    const many = derivationVector("many");
    const { outputs, inputDerivations, inputSources, args } = parseDerivation(derivationVector("uses-outputs").text);
    expect([...outputs.keys()]).to.deep.equal(["out"]);
    expect([...inputDerivations]).to.deep.equal([[many.path, ["dev", "lib"]]]);
    expect(inputSources.map((source) => source.slice(44))).to.deep.equal(["one", "two"]);
    expect(args.at(-1)).to.equal("");
    expect(referencesOf(parseDerivation(many.text))).to.deep.equal([derivationVector("plain").path]);
    expect([...parseDerivation(many.text).outputs.keys()]).to.deep.equal(["dev", "lib", "out"]);
  });

  it("keep their texts as they were meant", () => {
    const { env, system, builder } = parseDerivation(derivationVector("odd-texts").text);
    expect([system, builder]).to.deep.equal(["x86_64-linux", "/bin/sh"]);
    expect(env.get("quotes")).to.equal('a"b\\c');
    expect(env.get("lines")).to.equal("one\ntwo\r\n\tthree");
    expect(env.get("utf8")).to.equal("é ∀ 🙂");
    expect(env.get("control")).to.equal("\u0001\u007f\u0085\u2028");
    expect(env.get("empty")).to.equal("");
  });

  it("have outputs of five kinds", () => {
    const kindOf = (name: string) => parseDerivation(derivationVector(name).text).outputs.get("out");
    expect(kindOf("plain")?.kind).to.equal("input-addressed");
    expect(kindOf("flat")).to.include({ kind: "fixed", method: "", algorithm: "sha1" });
    expect(kindOf("recursive")).to.include({ kind: "fixed", method: "r:", algorithm: "sha256" });
    expect(kindOf("floating")).to.deep.equal({ kind: "floating", method: "r:", algorithm: "sha256" });
    expect(kindOf("impure")?.kind).to.equal("impure");
    expect(kindOf("deferred")).to.deep.equal({ kind: "deferred" });
  });

  it("are written and read again, whatever their texts are", () => {
    const name = fc.string({
      unit: fc.constantFrom("a", "b", "X", "0", "9", "+", "-", ".", "_", "?", "="),
      minLength: 1,
      maxLength: 20,
    });
    const text = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0") && text.isWellFormed());
    const ascending = (texts: string[]) => texts.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const names = (least: number) => fc.uniqueArray(name, { minLength: least, maxLength: 4 }).map(ascending);
    const derivations = fc.record({
      outputs: names(1).map((names) => new Map(names.map((n) => [n, { kind: "input-addressed", path: path(n) }]))),
      inputDerivations: fc
        .tuple(names(0), names(1))
        .map(([paths, outputs]) => new Map(ascending(paths.map((n) => path(`x${n}.drv`))).map((p) => [p, outputs]))),
      inputSources: names(0).map((names) => ascending(names.map((n) => path(`x${n}`)))),
      system: text,
      builder: text,
      args: fc.array(text, { maxLength: 4 }),
      env: fc
        .uniqueArray(text, { maxLength: 4 })
        .chain((keys) => fc.tuple(...ascending(keys).map((key) => fc.tuple(fc.constant(key), text))))
        .map((entries) => new Map(entries)),
    }) as fc.Arbitrary<Derivation>;
    const valid = derivations.filter(({ outputs }) => [...outputs.keys()].every((n) => !/^\.\.?(-|$)/.test(n)));
    fc.assert(
      fc.property(valid, (derivation) => {
        expect(parse(formatDerivation(derivation))).to.deep.equal(derivation);
      }),
    );
  });

  it("that are damaged anywhere are refused, or are the text of another derivation", () => {
    const texts = fc.constantFrom(...derivationVectors.values());
    const damaged = fc
      .tuple(texts, fc.nat(), fc.nat(3), fc.uint8Array({ maxLength: 3 }))
      .map(([text, at, gone, put]) => {
        const start = at % text.length;
        return Buffer.concat([text.subarray(0, start), put, text.subarray(start + gone)]);
      });
    fc.assert(
      fc.property(damaged, (bytes) => {
        try {
          expect(formatDerivation(parseDerivation(bytes))).to.equal(bytes.toString());
        } catch (error) {
          if (!isCatnixError(error, "DERIVATION_INVALID")) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });

  const whole = `Derive([("out","${path("x")}","","")],[("${path("a.drv")}",["out"])],["${path("s")}"],"s","b",["-c"],[("k","v")])`;
  it("in the smallest form are read", () => {
    expect(formatDerivation(parse(whole))).to.equal(whole);
  });
  const replaced = (from: string, to: string) => whole.replace(from, to);
  const refused: Record<string, string> = {
    "no text": "",
    "another word": replaced("Derive", "Derivation"),
    "derivations of derivations": replaced("Derive(", 'DrvWithVersion("xp-dyn-drv",'),
    "a space": replaced(",[", ", ["),
    "something at their end": `${whole}\n`,
    "no end": whole.slice(0, -1),
    "a string without an end": whole.slice(0, -5),
    "a part too few": replaced('"b",', ""),
    "an escape that is none": replaced('"v"', '"\\a"'),
    "a raw newline": replaced('"v"', '"\n"'),
    "a raw tab": replaced('"v"', '"\t"'),
    "a NUL": replaced('"v"', '"\0"'),
    "no outputs": replaced(`[("out","${path("x")}","","")]`, "[]"),
    "an output without a name": replaced('"out"', '""'),
    "an output twice": replaced("Derive([", `Derive([("out","${path("x")}","",""),`),
    "an output elsewhere": replaced(path("x"), "/tmp/x"),
    "an output with a hash only": replaced('"",""', '"","00"'),
    "an output with an unknown algorithm": replaced('"",""', '"r:crc32",""'),
    "an output with a method only": replaced('"",""', '"r:",""'),
    "an output with a short hash": replaced('"",""', '"sha1","00"'),
    "an output with an upper-case hash": replaced('"",""', `"md5","${"A".repeat(32)}"`),
    "a floating output with a hash": replaced(`"${path("x")}","",""`, `"","md5","${"a".repeat(32)}"`),
    "an input that is no derivation": replaced("a.drv", "a"),
    "an input that is only called .drv": replaced("a.drv", ".drv"),
    "an input without outputs": replaced('["out"]', "[]"),
    "an input with an empty output": replaced('["out"]', '[""]'),
    "an input's outputs in disorder": replaced('["out"]', '["out","dev"]'),
    "a source elsewhere": replaced(path("s"), "/etc/passwd"),
    "a source below a store path": replaced(path("s"), `${path("s")}/file`),
    "sources in disorder": replaced(`["${path("s")}"]`, `["${path("s")}","${path("a")}"]`),
    "a variable twice": replaced('("k","v")', '("k","v"),("k","v")'),
    "variables in disorder": replaced('("k","v")', '("k","v"),("j","v")'),
    "a comma at a list's end": replaced('"-c"', '"-c",'),
  };
  for (const [name, text] of Object.entries(refused)) {
    it(`with ${name} are refused`, async () => {
      expect(text).not.to.equal(whole);
      expect(await codeOf(() => parse(text))).to.equal("DERIVATION_INVALID");
    });
  }

  it("are refused where they are not UTF-8, or too large", async () => {
    const latin1 = Buffer.from(replaced('"v"', '"\xe9"'), "latin1");
    expect(await codeOf(() => parseDerivation(latin1))).to.equal("DERIVATION_INVALID");
    const large = Buffer.alloc(MAX_DERIVATION_SIZE + 1, " ");
    expect(await codeOf(() => parseDerivation(large))).to.equal("DERIVATION_INVALID");
  });

  it("lie in the store folder that is asked for", async () => {
    const text = Buffer.from(whole.replaceAll("/nix/store", "/gnu/store"));
    expect(parseDerivation(text, "/gnu/store").inputSources).to.deep.equal([`/gnu/store/${hash}-s`]);
    expect(await codeOf(() => parseDerivation(text))).to.equal("DERIVATION_INVALID");
  });
});
