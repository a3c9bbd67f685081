import { expect } from "chai";
import { findOtherNode } from "../../src/cli/read-back.js";
import { configSchema } from "../../src/config/schema.js";

describe("the node that uploads are read back through", () => {
  const [a, b, c] = ["http://a.example.org", "http://b.example.org", "http://c.example.org"];
  const otherOf = (swarm: object) => findOtherNode(configSchema.parse({ swarm: { url: a, ...swarm } }));

  it("is the one that is configured for it, else the first other one that is read from", () => {
    expect(otherOf({})).to.equal(undefined);
    expect(otherOf({ readbackUrl: b })).to.equal(b);
    expect(otherOf({ urls: [c, b] })).to.equal(c);
    expect(otherOf({ readbackUrl: b, urls: [c] })).to.equal(b);
  });

  it("is never the one that was uploaded to", () => {
    expect(otherOf({ readbackUrl: a })).to.equal(undefined);
    expect(otherOf({ readbackUrl: a, urls: [a, b] })).to.equal(b);
  });
});
