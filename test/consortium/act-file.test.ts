import { expect } from "chai";
import { computeAddress, toBeHex, Wallet, ZeroAddress } from "ethers";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { typedDataOf } from "../../src/cat/act.js";
import type { Council } from "../../src/cat/council.js";
import { type ActFile, readActFile, type RegistryAct, writeActFile } from "../../src/consortium/act-file.js";
import { actFiles, mergeFiles, requireSameRegistry } from "../../src/consortium/signed-file.js";
import { sortAddresses } from "../../src/registry/council-file.js";
import { codeOf } from "../support/code-of.js";
import { testRegistry } from "../support/fill-index.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { wellKnownKey } from "../support/well-known-key.js";

const wallets = [1, 2, 3].map((at) => new Wallet(wellKnownKey(at)));
const place = { seq: 7, parent: `0x${"ab".repeat(32)}`, deadline: 1_900_000_000 };
const council: Council = {
  ...place,
  members: sortAddresses(wallets.map(({ address }) => address)),
  publishThreshold: 2,
  councilThreshold: 2,
  guardian: ZeroAddress,
  charter: "cd".repeat(32),
};
const change: RegistryAct = { kind: "council", council };
const retirement: RegistryAct = {
  kind: "retirement",
  retirement: { ...place, successorChainId: 2n ** 256n - 1n, successor: wallets[0]!.address },
};

describe("files of a council change and of a retirement", () => {
  let folder: { path: string; remove(): Promise<void> };
  let file: string;
  before(async () => {
    folder = await makeTempFolder();
    file = join(folder.path, "act.json");
  });
  after(() => folder.remove());

  const fileOf = (act: RegistryAct, approvals: ActFile["approvals"] = []): ActFile => ({
    registry: testRegistry,
    act,
    approvals,
  });
  async function sign(act: RegistryAct, wallet: Wallet) {
    const { domain, types, value } = typedDataOf(testRegistry, act);
    return { member: wallet.address, signature: await wallet.signTypedData(domain, types, value) };
  }
  async function altered(act: RegistryAct, change: (content: Record<string, object>) => object): Promise<void> {
    await writeActFile(file, fileOf(act));
    const content = JSON.parse(await readFile(file, "utf8")) as Record<string, object>;
    await writeFile(file, JSON.stringify(change(content)));
  }

  for (const act of [change, retirement])
    it(`reads back what it wrote: a ${act.kind}, its approvals ascending`, async () => {
      const approvals = await Promise.all(wallets.map((wallet) => sign(act, wallet)));
      await writeActFile(file, fileOf(act, approvals));
      const read = await readActFile(file);
      expect(read).to.deep.include({ registry: testRegistry, act });
      expect(read.approvals.map(({ member }) => member)).to.deep.equal(council.members);
      const text = await readFile(file, "utf8");
      await writeActFile(file, read);
      expect(await readFile(file, "utf8")).to.equal(text);
    });

  it("puts the approvals of several files together, and a bad one undoes no good one", async () => {
    const [a, b] = await Promise.all(wallets.map((wallet) => sign(change, wallet)));
    const bad = { ...a!, signature: b!.signature };
    const contents = [[a!], [bad, b!]].map((approvals, at) => ({
      file: `${at}.json`,
      content: fileOf(change, approvals),
    }));
    const byMember = new Map(
      mergeFiles(actFiles, contents).approvals.map(({ member, signature }) => [member, signature]),
    );
    expect([...byMember]).to.have.deep.members([a!, b!].map(({ member, signature }) => [member, signature]));
  });

  it("puts no files of different acts together", async () => {
    const other: RegistryAct = { kind: "council", council: { ...council, publishThreshold: 1 } };
    for (const it of [other, retirement])
      expect(
        await codeOf(() =>
          mergeFiles(actFiles, [
            { file: "a.json", content: fileOf(change) },
            { file: "b.json", content: fileOf(it) },
          ]),
        ),
      ).to.equal("ACT_FILE_INVALID");
  });

  it("is for one registry on one chain", async () => {
    const named = { file, content: fileOf(change) };
    requireSameRegistry(actFiles, named, testRegistry);
    for (const other of [{ chainId: 1 }, { registry: ZeroAddress }]) {
      const wanted = { ...testRegistry, ...other };
      expect(await codeOf(() => requireSameRegistry(actFiles, named, wanted))).to.equal("ACT_FILE_INVALID");
    }
  });

  const [first, second, third] = council.members as [string, string, string];
  const councils: [what: string, fields: object][] = [
    ["members in another order", { members: [second, first, third] }],
    ["a member twice", { members: [first, first, second] }],
    ["no members", { members: [], publishThreshold: 1, councilThreshold: 1 }],
    ["the zero address as a member", { members: [ZeroAddress, first, second] }],
    ["an address without its checksum", { members: [first.toLowerCase(), second, third] }],
    ["an address that is none", { members: ["0x12", second, third] }],
    ["a threshold of nothing", { publishThreshold: 0 }],
    ["thresholds the wrong way round", { publishThreshold: 3 }],
    ["more to sign than there are", { councilThreshold: 4 }],
    ["a charter with 0x", { charter: `0x${council.charter}` }],
    ["no guardian", { guardian: undefined }],
    ["the founding council", { seq: 0 }],
    ["a parent that is no word", { parent: "0x12" }],
    ["a deadline that is no integer", { deadline: 1.5 }],
    ["what it does not know", { veto: true }],
  ];
  for (const [what, fields] of councils)
    it(`refuses a council with ${what}: ACT_FILE_INVALID`, async () => {
      await altered(change, (content) => ({ ...content, council: { ...content["council"], ...fields } }));
      expect(await codeOf(() => readActFile(file))).to.equal("ACT_FILE_INVALID");
    });

  const retirements: [what: string, fields: object][] = [
    ["a chain's id as a number", { successorChainId: 1 }],
    ["a chain's id with a zero before it", { successorChainId: "01" }],
    ["a chain's id of 257 bits", { successorChainId: String(2n ** 256n) }],
    ["a successor that is no address", { successor: "0x12" }],
  ];
  for (const [what, fields] of retirements)
    it(`refuses a retirement with ${what}: ACT_FILE_INVALID`, async () => {
      await altered(retirement, (content) => ({ ...content, retirement: { ...content["retirement"], ...fields } }));
      expect(await codeOf(() => readActFile(file))).to.equal("ACT_FILE_INVALID");
    });

  const approvalsOf = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ member: computeAddress(toBeHex(at + 1, 32)), signature: "0x" }));
  const files: [what: string, change: (content: Record<string, object>) => object][] = [
    ["a batch file", (content) => ({ ...content, format: "catnix-batch/1" })],
    ["another format", (content) => ({ ...content, format: "catnix-council/2" })],
    ["a list", () => []],
    ["an approval in upper case", (content) => ({ ...content, approvals: [{ member: first, signature: "0xAB" }] })],
    ["more approvals than two councils have members", (content) => ({ ...content, approvals: approvalsOf(65) })],
    ["a path of somebody's machine", (content) => ({ ...content, file: "/home/x" })],
  ];
  for (const [what, change_] of files)
    it(`refuses ${what}: ACT_FILE_INVALID`, async () => {
      await altered(change, change_);
      expect(await codeOf(() => readActFile(file))).to.equal("ACT_FILE_INVALID");
    });

  it("refuses what is no JSON: ACT_FILE_INVALID", async () => {
    await writeFile(file, '{"format":"catnix-council/1"');
    expect(await codeOf(() => readActFile(file))).to.equal("ACT_FILE_INVALID");
  });
});
