import { expect } from "chai";
import { type PolicySettings, PublishPolicy } from "../../../src/publisher/policy/policy.js";
import type { FileHit } from "../../../src/publisher/policy/scan-tree.js";
import { codeOf } from "../../support/code-of.js";
import { makeStorePath } from "../../support/fill-index.js";
import { openPolicy } from "../support/open-policy.js";

const APP = makeStorePath("app-1.0");
const OTHER = makeStorePath("other-2");
const rulesOf = (findings: readonly { rule: string }[]) => findings.map(({ rule }) => rule);

/** The policy decides without a store: what is in it is told. */
describe("PublishPolicy", () => {
  describe("of store paths", () => {
    const cases: [what: string, settings: object, path: string, rule?: string][] = [
      ["lets everything out where nothing is said", {}, APP],
      ["holds derivations back where nothing is said", {}, makeStorePath("app-1.0.drv"), "derivation"],
      ["lets derivations out where that is said", { allow: { rules: ["derivation"] } }, makeStorePath("app-1.0.drv")],
      ["holds back by name", { deny: { names: ["app-*"] } }, APP, "publish.deny.names"],
      ["knows names without the hash", { deny: { names: ["app"] } }, APP],
      ["holds back by path", { deny: { paths: [APP] } }, APP, "publish.deny.paths"],
      ["and no other path", { deny: { paths: [APP] } }, OTHER],
      ["makes exceptions by path", { deny: { names: ["*"], paths: [APP] }, allow: { paths: [APP] } }, APP],
      ["and for no other path", { deny: { names: ["*"] }, allow: { paths: [APP] } }, OTHER, "publish.deny.names"],
      ["makes none of a file's", { deny: { names: ["*"] }, allow: { paths: [`${APP}/x`] } }, APP, "publish.deny.names"],
    ];
    for (const [what, settings, path, rule] of cases)
      it(what, () => {
        const findings = openPolicy(settings).judgePath(path, undefined);
        expect(rulesOf(findings)).to.deep.equal(rule === undefined ? [] : [rule]);
        for (const finding of findings) expect(finding).to.include({ storePath: path, path });
      });

    it("takes exceptions of one run", () => {
      const policy = openPolicy({ deny: { names: ["*"] } }, [APP]);
      expect(rulesOf([APP, OTHER].flatMap((path) => policy.judgePath(path, undefined)))).to.have.length(1);
      expect([policy.isExcepted(APP), policy.isExcepted(OTHER)]).to.deep.equal([true, false]);
    });

    it("lets out nothing beyond publish.only, whatever exceptions there are", () => {
      const policy = openPolicy({ allow: { paths: [APP] }, only: { paths: [OTHER] } });
      expect(rulesOf(policy.judgePath(APP, new Set([OTHER])))).to.deep.equal(["publish.only"]);
      expect(policy.judgePath(OTHER, new Set([OTHER]))).to.deep.equal([]);
    });

    it("denies what publish.only has as anything else", () => {
      const policy = openPolicy({ deny: { names: ["app-*"] }, only: { paths: [APP] } });
      expect(rulesOf(policy.judgePath(APP, new Set([APP])))).to.deep.equal(["publish.deny.names"]);
    });

    it("restricts nothing unless publish.only is there, and everything where it is empty", () => {
      expect(openPolicy().only).to.equal(undefined);
      expect(openPolicy({ only: { paths: [] } }).only).to.deep.equal({ paths: [], closures: [] });
      expect(openPolicy({ only: { closures: ["/result"] } }).only).to.deep.equal({ paths: [], closures: ["/result"] });
    });
  });

  describe("of files", () => {
    const key: FileHit = { file: "share/test/key.pem", rules: ["private-key"] };
    const cases: [what: string, settings: object, allow: string[], hit: FileHit, rule?: string][] = [
      ["holds back what was found", {}, [], key, "private-key"],
      ["makes an exception of a file", {}, [`${APP}/share/test/key.pem`], key],
      ["makes an exception of a folder", {}, [`${APP}/share/test`], key],
      ["makes an exception of the store path", {}, [APP], key],
      ["makes none of a file with a name as beginning", {}, [`${APP}/share/test/key`], key, "private-key"],
      ["makes none of another store path's file", {}, [`${OTHER}/share/test/key.pem`], key, "private-key"],
      ["makes exceptions by pattern", { allow: { files: ["app-*/share/test/**"] } }, [], key],
      ["and for no other name", { allow: { files: ["other-*/share/test/**"] } }, [], key, "private-key"],
      ["makes an exception of a rule", { allow: { rules: ["private-key"] } }, [], key],
      [
        "and of no other rule that the file breaks",
        { allow: { rules: ["private-key"] } },
        [],
        { file: "id_rsa", rules: ["private-key", "private-key-file"] },
        "private-key-file",
      ],
      [
        "names patterns of the configuration first",
        { deny: { files: ["**"] } },
        [],
        { file: "id_rsa", rules: ["publish.deny.files", "private-key-file"] },
        "publish.deny.files",
      ],
    ];
    for (const [what, settings, allow, hit, rule] of cases)
      it(what, () => {
        const [finding, ...more] = openPolicy(settings, allow).judgeFiles(APP, [hit]);
        expect(finding?.rule).to.equal(rule);
        if (finding) expect(finding).to.include({ storePath: APP, path: `${APP}/${hit.file}` });
        expect(more).to.deep.equal([]);
      });

    it("judges a store path that is a file by its name", () => {
      const hits = [{ file: "", rules: ["private-key"] }];
      expect(openPolicy().judgeFiles(APP, hits)[0]).to.include({ storePath: APP, path: APP });
      expect(openPolicy({ allow: { files: ["app-*"] } }).judgeFiles(APP, hits)).to.deep.equal([]);
    });
  });

  const refused: [what: string, settings: object, allow?: string[]][] = [
    ["a denied path that is none of the store", { deny: { paths: ["/home/a"] } }],
    ["a denied path below a store path", { deny: { paths: [`${APP}/x`] } }],
    ["a pattern with an open bracket, where no schema has seen to it", { deny: { files: ["**/[a"] } }],
    ["a pattern of names with a slash", { deny: { names: ["acme-*/conf"] } }],
    ["a pattern of files from a root", { deny: { files: ["/etc/*.key"] } }],
    ["a pattern of folders", { deny: { files: ["**/conf/"] } }],
    ["an exception for folders", { allow: { files: ["**/conf/"] } }],
    ["an unknown rule", { allow: { rules: ["private"] } }],
    ["an exception that is none of the store", { allow: { paths: ["/etc/ssl"] } }],
    ["the whole store as an exception", { allow: { paths: ["/nix/store"] } }],
    ["a detour", { allow: { paths: [`${APP}/../${OTHER.slice(11)}`] } }],
    ["a slash at the end", { allow: { paths: [`${APP}/`] } }],
    ["publish.only with a path that is none of the store", { only: { paths: ["/gnu/store/x"] } }],
    ["an exception of one run that is relative", {}, ["./result"]],
  ];
  for (const [what, settings, allow] of refused)
    it(`refuses ${what}`, async () => {
      // A pattern is held back by the schema already; here the policy itself is asked.
      const empty = { deny: { names: [], paths: [], files: [] }, allow: { rules: [], paths: [], files: [] }, only: {} };
      const whole = Object.fromEntries(
        Object.entries(empty).map(([key, value]) => [key, { ...value, ...(settings as Record<string, object>)[key] }]),
      ) as unknown as PolicySettings;
      expect(await codeOf(() => new PublishPolicy(whole, "/nix/store", allow))).to.equal("PUBLISH_POLICY_INVALID");
    });
});
