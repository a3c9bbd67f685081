import { expect } from "chai";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BeeNetwork, startBeeNetwork } from "../../scripts/bee/bee-network.js";
import { readBack } from "../../src/publisher/read-back.js";
import { BeeEndpoint } from "../../src/swarm/bee-endpoint.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { fullestOf } from "../../src/swarm/postage/overflow-risk.js";
import { readBuckets, readWallet } from "../../src/swarm/postage/stamps.js";
import { isRetrievable, sendAgain } from "../../src/swarm/stewardship.js";
import { errorCodeOf, runHere } from "../cli/support/run-cli.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { skipWithoutGo } from "../support/skip-without-go.js";

interface Paid {
  readonly batch: string;
  readonly plur: string;
  readonly transactionHash: string;
  readonly stamp: { depth: number; usable: boolean; ttl: number; amount: string; immutable: boolean; label: string };
}

/** What a node of this network says of a day of postage: its blocks take one second, those of Gnosis five. */
const DAY = 86_400 / 5;

/** Swarm's own contracts on a chain of this machine: what is bought is paid for. */
describe("postage of real Bees", function () {
  this.timeout(300_000);
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let network: BeeNetwork | undefined;
  let url: string;
  let other: string;
  let batch: string;
  before(async function () {
    this.timeout(900_000); // with the build of Bee, where the cache has none
    folder = await makeTempFolder();
    network = await skipWithoutGo(this, () => startBeeNetwork({ nodes: 3 }));
    [url, other] = network.nodes.map((node) => node.url) as [string, string];
  });
  after(async () => {
    await network?.close();
    await folder.remove();
  });

  const run = async (...args: string[]) => {
    const file = join(folder.path, "catnix.json");
    await writeFile(file, JSON.stringify({ stateDir: folder.path, swarm: { url } }));
    return runHere(["--config", file, "--json", "stamps", ...args]);
  };
  const ask = async <T>(...args: string[]): Promise<T> => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stderr]).to.deep.equal([0, ""]);
    return JSON.parse(stdout) as T;
  };
  const endpoint = () => new BeeEndpoint({ url, firstByteMs: 120_000 });
  const balance = async () => (await readWallet(endpoint()))!;

  it("buys what was planned, for what was planned, and waits until it is usable", async () => {
    const plan = await ask<{ plur: string; priceFrom: string }>("plan", "--depth", "18", "--days", "40");
    const before = await balance();
    const bought = await ask<Paid>("buy", "--depth", "18", "--days", "40", "--label", "real", "--yes");
    ({ batch } = bought);
    const after = await balance();
    expect(plan.priceFrom).to.equal("node");
    expect([bought.plur, before.plur - after.plur]).to.deep.equal([plan.plur, BigInt(plan.plur)]);
    expect(bought.stamp).to.include({ depth: 18, usable: true, immutable: true, label: "real" });
    expect(bought.stamp.ttl).to.be.within(39 * DAY, 40 * DAY);
    expect(bought.transactionHash).to.match(/^0x[0-9a-f]{64}$/);
    const { gasXdai } = await ask<{ gasXdai: string }>("plan", "--depth", "18");
    // In gas, since a chain of one's own has its own price of it: the fee of a plan is for 2 gwei.
    const gas = await gasOf(bought.transactionHash);
    expect(Number(gas) * 2e-9).to.be.below(Number(gasXdai));
  });

  it("counts in buckets what uploads use", async () => {
    const { chunks } = await upload(500_000, 1);
    expect(chunks).to.equal(undefined); // a Bee does not tell
    const buckets = (await readBuckets(endpoint(), batch))!;
    expect(buckets.size).to.equal(4);
    expect(buckets.used.reduce((sum, count) => sum + count)).to.equal(124);
    const { stamps } = await ask<{ stamps: { batch: string; fullestBucket: number }[] }>("list");
    expect(stamps.find((stamp) => stamp.batch === batch)!.fullestBucket).to.equal(fullestOf(buckets));
  });

  it("tops up and dilutes", async () => {
    const topped = await ask<Paid>("topup", batch, "--days", "40", "--yes");
    expect(topped.stamp.ttl).to.be.within(78 * DAY, 80 * DAY);
    const diluted = await ask<Paid>("dilute", batch, "--depth", "19", "--yes");
    expect(diluted.stamp).to.include({ depth: 19 });
    expect(diluted.stamp.ttl).to.be.within(38 * DAY, 40 * DAY);
    expect(errorCodeOf(await run("dilute", batch, "--depth", "25", "--yes"))).to.equal("POSTAGE_TOO_SHORT");
  });

  it("refuses what the wallet cannot pay, what is too short, and what is not there", async () => {
    const refused: [code: string, ...args: string[]][] = [
      ["POSTAGE_UNPAID", "buy", "--depth", "41", "--years", "100", "--yes"],
      ["POSTAGE_TOO_SHORT", "buy", "--depth", "20", "--amount", "1000", "--yes"],
      ["STAMP_UNKNOWN", "topup", "ab".repeat(32), "--yes"],
    ];
    for (const [code, ...args] of refused) expect(errorCodeOf(await run(...args))).to.equal(code);
  });

  it("watches", async () => {
    expect(await ask<object>("watch", batch, "--days", "5")).to.include({ healthy: true });
    expect(errorCodeOf(await run("watch", batch, "--days", "90"))).to.equal("STAMPS_NEED_CARE");
    expect(errorCodeOf(await run("watch", "ab".repeat(32)))).to.equal("STAMPS_NEED_CARE");
  });

  it("reads back through another node, and sends again", async () => {
    const { address, size } = await upload(300_000, 2);
    const store = new BeeStore({ url: other });
    const read = await readBack({
      ...{ store, url: other, roots: [address], files: [{ address, size }], samples: 20, seed: "1" },
    });
    expect(read).to.deep.equal({ roots: 1, samples: 20 });
    expect(await isRetrievable(endpoint(), address)).to.equal(true);
    expect(await sendAgain(endpoint(), address, batch)).to.equal(true);
    const unknown = "cd".repeat(32);
    expect(await isRetrievable(endpoint(), unknown)).to.equal(false);
    expect(await sendAgain(endpoint(), unknown, batch)).to.equal(false);
  });

  const upload = (size: number, seed: number) =>
    new BeeStore({ url, batchId: batch, deferred: false }).write(pseudoRandomBytes(size, seed));

  async function gasOf(transactionHash: string): Promise<bigint> {
    const receipt = await network!.chain.provider.getTransactionReceipt(transactionHash);
    process.stdout.write(`      createBatch took ${receipt!.gasUsed} gas\n`);
    return receipt!.gasUsed;
  }
});
