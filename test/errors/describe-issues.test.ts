import { expect } from "chai";
import { z } from "zod";
import { describeIssues } from "../../src/errors/describe-issues.js";

describe("describeIssues", () => {
  it("names the place of each, and none where the whole is meant", () => {
    const { error } = z.strictObject({ a: z.object({ b: z.number("no number") }) }).safeParse({ a: { b: "" }, c: 1 });
    const [first, second] = describeIssues(error!.issues);
    expect(first).to.equal("a.b: no number");
    expect(second).to.match(/^[^:]*: "c"$/);
  });
});
