import { expect } from "chai";
import fc from "fast-check";
import {
  type Charter,
  type CharterMember,
  formatCharter,
  MAX_CHARTER_SIZE,
  parseCharter,
} from "../../src/members/charter.js";
import { codeOf } from "../support/code-of.js";
import { sampleCharter, sampleMember } from "./support/sample-charter.js";

const scope = { packages: ["python3*", "jq"], systems: ["aarch64-linux", "x86_64-linux"] };
const full = sampleCharter(
  [
    sampleMember("uni-example", 1, { title: "University of Example", site: "https://example.org/nix", scope }),
    sampleMember("acme", 2),
    sampleMember("none", 3, { nixKeys: {} }),
  ],
  { systems: ["aarch64-linux", "x86_64-linux"] },
);
const encode = (text: string) => new TextEncoder().encode(text);
const textOf = (charter: Charter) => Buffer.from(formatCharter(charter)).toString();
/** Written as a charter is, whatever is in it. */
const write = (content: unknown) => encode(`${JSON.stringify(content, undefined, 2)}\n`);

describe("charter", () => {
  it("has the text of docs/spec.md: its keys in their order, two spaces, a line's end", () => {
    const { address, ownedKey, nixKeys } = sampleMember("a", 1);
    const member = { nixKeys: { copied: nixKeys.copied, rebuilt: nixKeys.rebuilt }, ownedKey, name: "a", address };
    const charter = { members: [member], storeDir: "/nix/store", name: "É", format: "catnix-charter/1" as const };
    expect(textOf(charter)).to.equal(`{
  "format": "catnix-charter/1",
  "name": "É",
  "storeDir": "/nix/store",
  "members": [
    {
      "address": "${address}",
      "name": "a",
      "ownedKey": "${ownedKey}",
      "nixKeys": {
        "rebuilt": "${nixKeys.rebuilt!}",
        "copied": "${nixKeys.copied!}"
      }
    }
  ]
}
`);
  });

  it("comes back as it was written", () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/), { minLength: 1, maxLength: 4 });
    const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
    const label = fc.stringMatching(/^[a-zA-Zäß"\\/]([ a-z"\\]{0,20}[a-z])?$/);
    const some = fc.constantFrom(undefined, scope, { packages: ["*"] }, { systems: ["x86_64-linux"] }, {});
    const charters = fc.tuple(names, label, optional(label), some).map(([given, name, title, scope]) =>
      sampleCharter(
        given.map((member, at) => sampleMember(member, at, { title, scope })),
        { name },
      ),
    );
    fc.assert(
      fc.property(charters, (charter) => {
        const bytes = formatCharter(charter);
        // Through JSON: what is undefined is left out.
        expect(parseCharter(bytes)).to.deep.equal(JSON.parse(JSON.stringify(charter)));
        expect(formatCharter(parseCharter(bytes))).to.deep.equal(bytes);
      }),
      { numRuns: 50 },
    );
  });

  it("never takes another text for the same", async () => {
    const bytes = formatCharter(full);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = bytes.slice();
        changed[at]! ^= flip;
        const code = await codeOf(() => parseCharter(changed));
        if (code === undefined) expect(formatCharter(parseCharter(changed))).to.deep.equal(changed);
        else expect(code).to.equal("CHARTER_INVALID");
      }),
    );
  });

  const text = textOf(full);
  const { members, ...head } = full;
  const [first, second, third] = members as [CharterMember, CharterMember, CharterMember];
  const withFirst = (fields: object) => write({ ...head, members: [{ ...first, ...fields }, second, third] });
  const withKeys = (name: string, nixKeys: object) => {
    const others = members.filter((member) => member.name !== name);
    const member = members.find((member) => member.name === name)!;
    return write(sampleCharter([...others, { ...member, nixKeys }], head));
  };
  const uni = members.find(({ name }) => name === "uni-example")!;
  const rejects: Record<string, Uint8Array> = {
    "no text": encode(""),
    "no UTF-8": Uint8Array.of(0xff),
    "a byte order mark": encode(`\u{feff}${text}`),
    "no JSON": encode("{"),
    null: encode("null\n"),
    "no line's end": encode(text.trimEnd()),
    "two line's ends": encode(`${text}\n`),
    "carriage returns": encode(text.replaceAll("\n", "\r\n")),
    "another indent": encode(`${JSON.stringify(full)}\n`),
    "an escape that is not needed": encode(text.replace("University", "\\u0055niversity")),
    "a key twice": encode(text.replace('"name": "A', '"name": "B",\n  "name": "A')),
    "a prototype": encode(text.replace("{", '{\n  "__proto__": {},')),
    "another order of keys": write({ members, ...head }),
    "another order in a member": withFirst({ name: first.name, address: undefined }),
    "another format": write({ ...full, format: "catnix-charter/2" }),
    "an unknown key": write({ ...full, note: "" }),
    "an unknown key in a member": withFirst({ note: "" }),
    "no name": write({ ...full, name: "" }),
    "a name of 201 characters": write({ ...full, name: "n".repeat(201) }),
    "a name with a line's end": write({ ...full, name: "a\nb" }),
    "a name that turns the reading direction": write({ ...full, name: "a\u{202e}b" }),
    "a name with half a character": encode(text.replace("A consortium", "A \\ud800")),
    "a name with white space around it": write({ ...full, name: " a" }),
    "a relative store folder": write({ ...full, storeDir: "nix/store" }),
    "a store folder with dots": write({ ...full, storeDir: "/nix/../store" }),
    "a store folder with a slash at its end": write({ ...full, storeDir: "/nix/store/" }),
    "systems in another order": write({ ...full, systems: ["x86_64-linux", "aarch64-linux"] }),
    "a system twice": write({ ...full, systems: ["x86_64-linux", "x86_64-linux"] }),
    "no systems, listed": write({ ...full, systems: [] }),
    "a system that is none": write({ ...full, systems: ["Linux"] }),
    "no members": write({ ...full, members: [] }),
    "33 members": write(
      sampleCharter(
        Array.from({ length: 33 }, (_, at) => sampleMember(`m${at}`, at)),
        head,
      ),
    ),
    "members in another order": write({ ...full, members: members.toReversed() }),
    "a member twice": write({ ...full, members: [first, first] }),
    "a name twice": write({ ...full, members: [first, { ...second, name: first.name, nixKeys: {} }] }),
    "an owned key twice": write({ ...full, members: [first, { ...second, ownedKey: first.ownedKey }] }),
    "an address without its checksum": withFirst({ address: first.address.toLowerCase() }),
    "an owned key that is none": withFirst({ ownedKey: "0x00" }),
    "no owned key": withFirst({ ownedKey: undefined }),
    "a member's name in capitals": withFirst({ name: "Uni", nixKeys: {} }),
    "a member's name of 64 characters": withFirst({ name: "n".repeat(64), nixKeys: {} }),
    "a member's name that begins with a dash": withFirst({ name: "-a", nixKeys: {} }),
    "a site without https": withFirst({ site: "http://example.org" }),
    "a site with a password": withFirst({ site: "https://a:b@example.org" }),
    "a site that is none": withFirst({ site: "https://[" }),
    "no Nix keys, not even an empty object": withFirst({ nixKeys: undefined }),
    "a Nix key of another member's name": withKeys("acme", { copied: uni.nixKeys.copied }),
    "a Nix key of the other kind": withKeys("acme", { rebuilt: second.nixKeys.copied ?? first.nixKeys.copied }),
    "a Nix key without a number": withKeys("acme", { copied: uni.nixKeys.copied!.replace(/.*:/, "acme-copied:") }),
    "a Nix key that is none": withKeys("acme", { copied: "acme-copied-1:AAAA" }),
    "one Nix key for both kinds": withKeys("uni-example", {
      rebuilt: uni.nixKeys.rebuilt,
      copied: uni.nixKeys.rebuilt!.replace("rebuilt", "copied"),
    }),
    "two members' same Nix key": withKeys("acme", { copied: uni.nixKeys.copied!.replace("uni-example", "acme") }),
    "an empty list of packages": withFirst({ scope: { packages: [] } }),
    "a package twice": withFirst({ scope: { packages: ["a", "a"] } }),
    "a glob with brackets": withFirst({ scope: { packages: ["[ab]"] } }),
    "a glob with groups": withFirst({ scope: { packages: ["+(a|a)b"] } }),
    "a glob with many stars": withFirst({ scope: { packages: ["*a*a*"] } }),
    "a glob of 101 characters": withFirst({ scope: { packages: ["a".repeat(101)] } }),
    "a charter above a mebibyte": new Uint8Array(MAX_CHARTER_SIZE + 1),
  };
  for (const [what, bytes] of Object.entries(rejects))
    it(`refuses ${what}: CHARTER_INVALID`, async () => {
      expect(await codeOf(() => parseCharter(bytes))).to.equal("CHARTER_INVALID");
    });

  it("is not written where it could not be read again: CHARTER_INVALID", async () => {
    const reversed = { ...full, members: members.toReversed() };
    expect(await codeOf(() => formatCharter(reversed))).to.equal("CHARTER_INVALID");
  });
});
