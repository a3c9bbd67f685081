import { expect } from "chai";
import { isLabError } from "../../scripts/lab/lab-error.js";
import { parsePathInfo } from "../../scripts/lab/path-info.js";

const path = "/nix/store/zf8gsg083ny3k5w503rihwd9nh42dlhh-closure-report";
const absent = "/nix/store/1lz7swfyjqh8q00s3g6ljb7p2sj6q90x-unapproved";
const jq = "/nix/store/8iy2bxzk0wyy77bjisldrl43m66cyqjx-jq-1.6-2.1+deb12u3";
const deriver = "/nix/store/0mcz55vb8h9z69acp6zjhik4qv63hwhi-closure-report.drv";
const narHash = "sha256-HTmvR+Dytuwf3mnS9c8eyUWm26jXAIfdraD15UsUpbw=";
const facts = { narHash, narSize: 2160, references: [jq], signatures: [], deriver };
const known = { path, ...facts };

describe("lab/path-info", () => {
  it("reads the list of Nix 2.8, as that version printed it", () => {
    const json = `[{"path":"${path}","narHash":"${narHash}","narSize":2160,"references":["${jq}"],"deriver":"${deriver}","registrationTime":1795431278,"ultimate":true},{"path":"${absent}","valid":false}]`;
    expect(parsePathInfo(json)).to.deep.equal([known]);
  });

  it("reads the object of later versions", () => {
    expect(
      parsePathInfo(JSON.stringify({ [path]: { ...facts, ca: null, ultimate: true }, [absent]: null })),
    ).to.deep.equal([known]);
  });

  for (const [what, json] of Object.entries({
    "no JSON": "error: no",
    "a number": "1",
    "an entry without a hash": JSON.stringify([{ path, narSize: 1, references: [] }]),
    "an empty NAR": JSON.stringify({ [path]: { narHash, narSize: 0, references: [] } }),
    "another key than a path": JSON.stringify({ info: {} }),
  })) {
    it(`refuses ${what}`, () => {
      expect(() => parsePathInfo(json))
        .to.throw()
        .satisfies((error: unknown) => isLabError(error, "OUTPUT_UNEXPECTED"));
    });
  }
});
