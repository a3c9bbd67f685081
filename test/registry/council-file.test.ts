import { expect } from "chai";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ZeroAddress, ZeroHash } from "ethers";
import { readCouncil } from "../../src/registry/council-file.js";
import { codeOf } from "../support/code-of.js";
import { makeTempFolder } from "../support/temp-folder.js";

const low = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const high = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const valid = { members: [high, low], publishThreshold: 1, councilThreshold: 2 };

describe("readCouncil", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  before(async () => {
    folder = await makeTempFolder();
  });
  after(async () => {
    await folder.remove();
  });

  async function write(text: string): Promise<string> {
    const file = join(folder.path, "council.json");
    await writeFile(file, text);
    return file;
  }

  it("sorts the members and fills in zeros", async () => {
    const file = await write(JSON.stringify(valid));
    expect(await readCouncil(file)).to.deep.equal({
      ...valid,
      members: [low, high],
      guardian: ZeroAddress,
      charter: ZeroHash,
    });
  });

  it("takes guardian, charter and addresses without a checksum", async () => {
    const charter = "ab".repeat(32);
    const file = await write(
      JSON.stringify({ ...valid, members: [low.toLowerCase()], councilThreshold: 1, guardian: high, charter }),
    );
    const { members, guardian, charter: read } = await readCouncil(file);
    expect([members, guardian, read]).to.deep.equal([[low], high, `0x${charter}`]);
  });

  for (const [what, council] of Object.entries({
    "no JSON": "{",
    "no object": [],
    "an unknown key": { ...valid, owner: low },
    "no members": { ...valid, members: [] },
    "33 members": { ...valid, members: Array.from({ length: 33 }, (_, i) => `0x${String(i + 1).padStart(40, "0")}`) },
    "the zero address": { ...valid, members: [ZeroAddress, low] },
    "a member twice, in another case": { ...valid, members: [low, low.toLowerCase()] },
    "a wrong checksum": { ...valid, members: [low, high.replace("f39F", "F39f")] },
    "an address without 0x": { ...valid, members: [low, high.slice(2)] },
    "an ICAP address": { ...valid, members: [low, "XE65GB6LDNXYOFTX0NSV3FUWKOWIXAMJK36"] },
    "a threshold of zero": { ...valid, publishThreshold: 0 },
    "falling thresholds": { ...valid, publishThreshold: 2, councilThreshold: 1 },
    "a threshold above the members": { ...valid, councilThreshold: 3 },
    "a threshold in text": { ...valid, publishThreshold: "1" },
    "a charter with 0x": { ...valid, charter: ZeroHash },
  })) {
    it(`refuses ${what}`, async () => {
      const file = await write(typeof council === "string" ? council : JSON.stringify(council));
      expect(await codeOf(() => readCouncil(file))).to.equal("COUNCIL_INVALID");
    });
  }

  it("refuses a file that is not there, or too large", async () => {
    expect(await codeOf(() => readCouncil(join(folder.path, "none")))).to.equal("FILE_UNREADABLE");
    const large = await write(" ".repeat(65 * 1024));
    expect(await codeOf(() => readCouncil(large))).to.equal("FILE_UNREADABLE");
  });
});
