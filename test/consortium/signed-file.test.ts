import { expect } from "chai";
import { Wallet } from "ethers";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Batch, BATCH_TYPES, domainOf, toTypedBatch } from "../../src/cat/batch.js";
import { readBatchFile } from "../../src/consortium/batch-file.js";
import { addToFile, batchFiles, requireAddable } from "../../src/consortium/signed-file.js";
import { codeOf } from "../support/code-of.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";
import { sampleBatch } from "../support/sample-batch.js";
import { mountSmallDisk } from "../support/small-disk.js";
import { makeTempFolder } from "../support/temp-folder.js";

describe("addToFile", function () {
  this.timeout(60_000);
  let world: RegistryWorld;
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let file: string;
  before(async () => {
    world = await startRegistryWorld();
    folder = await makeTempFolder();
  });
  beforeEach(() => {
    file = join(folder.path, `${Math.random()}.json`);
  });
  after(async () => {
    await world.close();
    await folder.remove();
  });

  const batch = sampleBatch;
  const contentOf = (approvals: { member: string; signature: string }[], fields: Partial<Batch> = {}) => ({
    registry: world.registry.id,
    batch: { ...batch, ...fields },
    approvals,
  });
  const sign = async (wallet: Wallet) => ({
    member: wallet.address,
    signature: await wallet.signTypedData(domainOf(world.registry.id), BATCH_TYPES, toTypedBatch(batch)),
  });

  it("loses none of those who sign one file at once", async () => {
    const approvals = await Promise.all(
      Array.from({ length: 12 }, (_, at) => sign(new Wallet(`0x${String(at + 1).padStart(64, "0")}`))),
    );
    const add = (approval: (typeof approvals)[0]) =>
      addToFile(batchFiles, world.registry, file, [{ file, content: contentOf([approval]) }]);
    await Promise.all(approvals.map(add));
    expect((await readBatchFile(file)).approvals).to.have.deep.members(approvals);
  });

  it("leaves the file as it was where the disk is full, and no lock behind", async function () {
    const disk = await mountSmallDisk(this, 1 << 20);
    try {
      const there = join(disk.path, "batch.json");
      const [one, two] = await Promise.all([1, 2].map((key) => sign(new Wallet(`0x${String(key).padStart(64, "0")}`))));
      const add = (approval: typeof one) =>
        addToFile(batchFiles, world.registry, there, [{ file: there, content: contentOf([approval!]) }]);
      await add(one);
      disk.fill();
      expect(await codeOf(() => add(two))).to.equal("DISK_FULL");
      expect((await readBatchFile(there)).approvals).to.deep.equal([one]);
      disk.makeRoom();
      await add(two);
      expect((await readBatchFile(there)).approvals).to.have.length(2);
      expect((await readdir(disk.path)).sort()).to.deep.equal(["batch.json"]);
    } finally {
      await disk.remove();
    }
  });

  it("leaves alone what is something else, and says so before anybody signs", async () => {
    await addToFile(batchFiles, world.registry, file, [{ file, content: contentOf([]) }]);
    const other = { file: "other.json", content: contentOf([], { rows: 4 }) };
    expect(await codeOf(() => requireAddable(batchFiles, file, other))).to.equal("BATCH_FILE_INVALID");
    expect(await codeOf(() => addToFile(batchFiles, world.registry, file, [other]))).to.equal("BATCH_FILE_INVALID");
    expect((await readBatchFile(file)).batch).to.deep.equal(batch);
    await writeFile(file, "mine");
    expect(await codeOf(() => requireAddable(batchFiles, file, other))).to.equal("BATCH_FILE_INVALID");
    await requireAddable(batchFiles, join(folder.path, "none.json"), other);
  });
});
