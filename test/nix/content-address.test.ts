import { expect } from "chai";
import { isContentAddress } from "../../src/nix/content-address.js";

const sha256 = "094qif9n4cq4fdg459qzbhg1c6wywawwaaivx0k0x8xhbyx4vwic";

describe("content addresses", () => {
  const accepted = [
    `text:sha256:${sha256}`,
    `fixed:sha256:${sha256}`,
    `fixed:r:sha256:${sha256}`,
    `fixed:git:sha1:${"0".repeat(32)}`,
    `fixed:md5:${"0".repeat(26)}`,
    `fixed:sha512:${"0".repeat(103)}`,
  ];
  for (const text of accepted) it(`may be ${text}`, () => expect(isContentAddress(text)).to.be.true);

  const refused = [
    "",
    sha256,
    `sha256:${sha256}`,
    `text:md5:${"0".repeat(26)}`,
    `text:r:sha256:${sha256}`,
    `fixed:x:sha256:${sha256}`,
    `fixed:sha256:${sha256.slice(1)}`,
    `fixed:sha256:e${sha256.slice(1)}`,
    `fixed:sha256:${sha256}\n`,
  ];
  for (const text of refused)
    it(`may not be ${JSON.stringify(text)}`, () => expect(isContentAddress(text)).to.be.false);
});
