import { expect } from "chai";
import { join } from "node:path";
import { existsSync } from "node:fs";
import { type DevChain, startDevChain } from "../../../src/cli/dev/dev-chain.js";
import { dropStrangeIndex } from "../../../src/cli/dev/drop-strange-index.js";
import { IndexWriter } from "../../../src/index/index-writer.js";
import { commitBatch, makeRecord, testRegistry } from "../../support/fill-index.js";
import { makeTempFolder } from "../../support/temp-folder.js";

describe("dropStrangeIndex", function () {
  this.timeout(30_000);
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let chain: DevChain;
  before(async () => {
    folder = await makeTempFolder();
    chain = await startDevChain({ journalFile: join(folder.path, "chain.sqlite"), port: 0, chainId: 31_337 });
  });
  after(async () => {
    await chain.close();
    await folder.remove();
  });

  const drop = () => dropStrangeIndex(folder.path, chain.rpcUrl, testRegistry);
  const file = () => join(folder.path, "index.sqlite");
  const isDropped = async () => {
    const dropped = await drop();
    expect(existsSync(file())).to.equal(!dropped);
    return dropped;
  };
  const ask = async (method: string, ...params: unknown[]) => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    return ((await (await fetch(chain.rpcUrl, { method: "POST", body })).json()) as { result: unknown }).result;
  };
  /** An index of the chain as it is. */
  async function fill(): Promise<void> {
    const writer = new IndexWriter(file(), testRegistry, "/nix/store");
    await commitBatch(writer, makeRecord("a", Buffer.from("a")));
    const cursor = writer.cursor()!;
    const { number, hash } = (await ask("eth_getBlockByNumber", "latest", false)) as { number: string; hash: string };
    writer.commit(cursor, {
      batches: [],
      withdrawals: [],
      cursor: { ...cursor, block: Number(number), blockHash: hash },
    });
    writer.close();
  }

  it("leaves alone what follows the chain, and what followed nothing yet", async () => {
    expect(await drop()).to.equal(false); // none there
    new IndexWriter(file(), testRegistry, "/nix/store").close();
    expect(await isDropped()).to.equal(false);
    await ask("evm_mine");
    await fill();
    await ask("evm_mine");
    expect(await isDropped()).to.equal(false);
  });

  it("deletes what knows a block that another one replaced, or that is not there", async () => {
    const snapshot = await ask("evm_snapshot");
    await ask("evm_mine");
    await fill();
    await ask("evm_revert", snapshot);
    expect(await isDropped()).to.equal(true); // not there
    const again = await ask("evm_snapshot");
    await ask("evm_mine");
    await fill();
    await ask("evm_revert", again);
    await ask("evm_increaseTime", 100);
    await ask("evm_mine");
    expect(await isDropped()).to.equal(true); // another one
  });
});
