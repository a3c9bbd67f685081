import { expect } from "chai";
import { Signature, Wallet } from "ethers";
import fc from "fast-check";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Batch, BATCH_TYPES, domainOf, toTypedBatch } from "../../src/cat/batch.js";
import { mergeApprovals } from "../../src/consortium/approvals.js";
import { type BatchFile, readBatchFile, typedBatch, writeBatchFile } from "../../src/consortium/batch-file.js";
import { batchFiles, mergeFiles, requireSameRegistry } from "../../src/consortium/signed-file.js";
import { isSignatureOf } from "../../src/keys/typed-data.js";
import { codeOf } from "../support/code-of.js";
import { testRegistry } from "../support/fill-index.js";
import { sampleBatch } from "../support/sample-batch.js";
import { makeTempFolder } from "../support/temp-folder.js";

const batch = sampleBatch;
// The keys 1, 2 and 3, whose addresses are in another order.
const wallets = [1, 2, 3].map((key) => new Wallet(`0x${String(key).padStart(64, "0")}`));
const sign = async (wallet: Wallet, what = batch) => ({
  member: wallet.address,
  signature: await wallet.signTypedData(domainOf(testRegistry), BATCH_TYPES, toTypedBatch(what)),
});

describe("batch file", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let file: string;
  before(async () => {
    folder = await makeTempFolder();
    file = join(folder.path, "batch-12.json");
  });
  after(() => folder.remove());

  const write = (content: unknown) => writeFile(file, typeof content === "string" ? content : JSON.stringify(content));

  it("has one text for one content, approvals ascending by member", async () => {
    const approvals = await Promise.all(wallets.map((wallet) => sign(wallet)));
    await writeBatchFile(file, { registry: testRegistry, batch, approvals });
    const text = await readFile(file, "utf8");
    const { deadline, pack, rows, delta, depth, root, parent, seq } = batch; // in another order
    const reordered = { deadline, pack, rows, delta, depth, root, parent, seq };
    await writeBatchFile(file, { approvals: approvals.toReversed(), batch: reordered, registry: testRegistry });
    expect(await readFile(file, "utf8")).to.equal(text);
    const members = [...text.matchAll(/"member": "(\w+)"/g)].map(([, member]) => BigInt(member!));
    expect(members).to.deep.equal(wallets.map(({ address }) => BigInt(address)).sort((a, b) => (a < b ? -1 : 1)));
    expect(text.startsWith('{\n  "format": "catnix-batch/1",\n  "chainId": 31337,\n  "registry": "0x')).to.equal(true);
    expect(text.endsWith("]\n}\n")).to.equal(true);
  });

  it("comes back as it was written", async () => {
    const hex = (bytes: number) =>
      fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((b) => Buffer.from(b).toString("hex"));
    const count = (min: number) => fc.integer({ min, max: Number.MAX_SAFE_INTEGER });
    const batches = fc.record({
      ...{ seq: count(1), parent: hex(32).map((text) => `0x${text}`), root: hex(32), depth: fc.nat(32) },
      ...{ delta: hex(32), rows: count(1), pack: hex(32), deadline: count(0) },
    });
    const approvals = fc.array(
      fc.record({
        member: fc.constantFrom(...wallets.map(({ address }) => address)),
        signature: hex(65).map((h) => `0x${h}`),
      }),
    );
    await fc.assert(
      fc.asyncProperty(batches, approvals, async (content, given) => {
        await writeBatchFile(file, { registry: testRegistry, batch: content, approvals: given });
        const read = await readBatchFile(file);
        expect(read).to.deep.equal({ registry: testRegistry, batch: content, approvals: mergeApprovals(given) });
      }),
      { numRuns: 30 },
    );
  });

  it("takes the last approval of a member", async () => {
    const [first, second] = [await sign(wallets[0]!), { ...(await sign(wallets[0]!)), signature: "0x02" }];
    await write({ format: "catnix-batch/1", ...testRegistry, batch, approvals: [first, second] });
    expect((await readBatchFile(file)).approvals).to.deep.equal([second]);
  });

  const valid = { format: "catnix-batch/1", ...testRegistry, batch, approvals: [] };
  const withBatch = (fields: object) => ({ ...valid, batch: { ...batch, ...fields } });
  const approved = (fields: object) => ({
    ...valid,
    approvals: [{ member: testRegistry.registry, signature: "0x00", ...fields }],
  });
  for (const [what, content] of Object.entries({
    "no text": "",
    "no JSON": "{",
    "no object": [],
    null: null,
    "another format": { ...valid, format: "catnix-batch/2" },
    "no format": { ...valid, format: undefined },
    "an unknown key": { ...valid, note: "" },
    "an unknown key in the batch": withBatch({ note: "" }),
    "a prototype": JSON.stringify(valid).replace("{", '{"__proto__":{},'),
    "a missing key": withBatch({ pack: undefined }),
    "chain 0": { ...valid, chainId: 0 },
    "a chain in text": { ...valid, chainId: "1" },
    "a registry without a checksum": { ...valid, registry: testRegistry.registry.toLowerCase() },
    "a registry with a wrong checksum": { ...valid, registry: testRegistry.registry.replace("F", "f") },
    "an ICAP registry": { ...valid, registry: "XE65GB6LDNXYOFTX0NSV3FUWKOWIXAMJK36" },
    "seq 0": withBatch({ seq: 0 }),
    "a fraction": withBatch({ seq: 1.5 }),
    "a number above 2^53": JSON.stringify(valid).replace("1900000000", "9007199254740993"),
    "a negative deadline": withBatch({ deadline: -1 }),
    "no rows": withBatch({ rows: 0 }),
    "depth 33": withBatch({ depth: 33 }),
    "a parent without 0x": withBatch({ parent: "ab".repeat(32) }),
    "a root with 0x": withBatch({ root: `0x${"01".repeat(32)}` }),
    "a root in capitals": withBatch({ root: "AB".repeat(32) }),
    "a short delta": withBatch({ delta: "01".repeat(31) }),
    "a pack with a line end": withBatch({ pack: `${"01".repeat(32)}\n` }),
    "a signature in capitals": approved({ signature: "0xAB" }),
    "half a byte of signature": approved({ signature: "0xabc" }),
    "a member without a checksum": approved({ member: testRegistry.registry.toLowerCase() }),
    "approvals that are none": { ...valid, approvals: {} },
    "more approvals than anybody gives": {
      ...valid,
      approvals: Array.from({ length: 65 }, () => approved({}).approvals[0]),
    },
    "a key twice": JSON.stringify(valid).replace('"rows":3', '"rows":3,"rows":4'),
    "a batch twice": JSON.stringify(valid).replace("{", `{"batch":${JSON.stringify(batch)},`),
    "a number beyond all": JSON.stringify(valid).replace("1900000000", "1e400"),
    "lists without end": "[".repeat(1 << 19),
    "lists in lists": `${"[".repeat(1 << 18)}${"]".repeat(1 << 18)}`,
  }))
    it(`refuses ${what}`, async () => {
      await write(content);
      expect(await codeOf(() => readBatchFile(file))).to.equal("BATCH_FILE_INVALID");
    });

  it("refuses a file that is not there, too large or no text", async () => {
    expect(await codeOf(() => readBatchFile(join(folder.path, "none")))).to.equal("FILE_UNREADABLE");
    await write(" ".repeat((1 << 20) + 1));
    expect(await codeOf(() => readBatchFile(file))).to.equal("FILE_UNREADABLE");
    await writeFile(file, Uint8Array.of(0xff));
    expect(await codeOf(() => readBatchFile(file))).to.equal("FILE_UNREADABLE");
  });

  it("may come from another system: a byte order mark, CR LF", async () => {
    await write(`\ufeff${JSON.stringify(valid, undefined, 2).replaceAll("\n", "\r\n")}\r\n`);
    expect((await readBatchFile(file)).batch).to.deep.equal(batch);
  });

  it("is for one registry on one chain", async () => {
    const named = { file, content: { registry: testRegistry, batch, approvals: [] } };
    requireSameRegistry(batchFiles, named, testRegistry);
    for (const other of [{ chainId: 1 }, { registry: wallets[0]!.address }]) {
      const wanted = { ...testRegistry, ...other };
      expect(await codeOf(() => requireSameRegistry(batchFiles, named, wanted))).to.equal("BATCH_FILE_INVALID");
    }
  });

  it("cannot be written below a file", async () => {
    const content = { registry: testRegistry, batch, approvals: [] };
    await write("");
    expect(await codeOf(() => writeBatchFile(join(file, "b.json"), content))).to.equal("FILE_UNWRITABLE");
  });
});

describe("batch files put together", () => {
  const make = (file: string, approvals: BatchFile["approvals"], fields: Partial<Batch> = {}) => ({
    file,
    content: { registry: testRegistry, batch: { ...batch, ...fields }, approvals },
  });

  it("puts the approvals of one batch together", async () => {
    const [a, b, c] = await Promise.all(wallets.map((wallet) => sign(wallet)));
    const merged = mergeFiles(batchFiles, [make("1", [a!, b!]), make("2", [b!, c!])]);
    expect(merged).to.deep.equal({ registry: testRegistry, batch, approvals: mergeApprovals([a!, b!, c!]) });
  });

  it("does not lose a signature to a later file that was altered", async () => {
    const good = await sign(wallets[0]!);
    const bad = { ...good, signature: (await sign(wallets[1]!)).signature };
    expect(mergeFiles(batchFiles, [make("1", [good]), make("2", [bad])]).approvals).to.deep.equal([good]);
    expect(mergeFiles(batchFiles, [make("1", [bad]), make("2", [good])]).approvals).to.deep.equal([good]);
  });

  it("refuses files of other batches and registries", async () => {
    const code = (other: ReturnType<typeof make>) => codeOf(() => mergeFiles(batchFiles, [make("1", []), other]));
    for (const field of ["seq", "depth", "rows", "deadline"] as const)
      expect(await code(make("2", [], { [field]: batch[field] + 1 })), field).to.equal("BATCH_FILE_INVALID");
    for (const field of ["root", "delta", "pack"] as const)
      expect(await code(make("2", [], { [field]: "ff".repeat(32) })), field).to.equal("BATCH_FILE_INVALID");
    const elsewhere = make("2", []);
    elsewhere.content.registry = { ...testRegistry, chainId: 1 };
    expect(await code(elsewhere)).to.equal("BATCH_FILE_INVALID");
  });

  it("wants a file", () => {
    expect(() => mergeFiles(batchFiles, [])).to.throw(RangeError);
  });
});

describe("an account's approval", () => {
  const typed = typedBatch({ registry: testRegistry, batch });

  it("is a signature of this batch", async () => {
    for (const wallet of wallets) {
      const { member, signature } = await sign(wallet);
      expect(isSignatureOf(typed, member, signature)).to.equal(true);
    }
  });

  it("refuses everything else, and spellings that the contract refuses", async () => {
    const { member, signature } = await sign(wallets[0]!);
    const { compactSerialized, r, s, v } = Signature.from(signature);
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const high = (order - BigInt(s)).toString(16).padStart(64, "0");
    const rejects: Record<string, string> = {
      "another batch": (await sign(wallets[0]!, { ...batch, deadline: 1 })).signature,
      "another account": (await sign(wallets[1]!)).signature,
      "64 bytes": compactSerialized,
      "v of 0 or 1": `${signature.slice(0, -2)}0${v - 27}`,
      "v of another chain": `${signature.slice(0, -2)}${(v + 10).toString(16)}`,
      "a high s": `${r}${high}${v === 27 ? "1c" : "1b"}`,
      "a byte more": `${signature}00`,
      capitals: `0x${signature.slice(2).toUpperCase()}`,
      nothing: "0x",
      "no hexadecimal": "signed",
    };
    for (const [what, text] of Object.entries(rejects))
      expect(isSignatureOf(typed, member, text), what).to.equal(false);
  });
});
