import { Bee } from "@ethersphere/bee-js";
import { expect } from "chai";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { BeeEndpoint } from "../../src/swarm/bee-endpoint.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { buyStamp } from "../../src/swarm/postage/pay-stamps.js";
import { codeOf as codeOfError } from "../support/code-of.js";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { startNode } from "../support/start-node.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { errorCodeOf, runHere } from "./support/run-cli.js";

const DAY = 86_400;
/** PLUR a chunk that the embedded node's price of 24,000 makes a day of. */
const A_DAY = (DAY / 5) * 24_000;

/** The embedded node, which has batches and no chain: nothing is paid. */
describe("catnix stamps", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let node: Awaited<ReturnType<typeof startNode>>;
  let proxy: FaultProxy;
  let bee: Bee;
  before(async () => {
    folder = await makeTempFolder();
  });
  beforeEach(async () => {
    node = await startNode();
    proxy = await startFaultProxy(node.url);
    bee = new Bee(node.url);
  });
  afterEach(async () => {
    await proxy.close();
    await node.close();
  });
  after(() => folder.remove());

  const configure = async (config: object): Promise<string> => {
    const file = join(folder.path, "catnix.json");
    await writeFile(file, JSON.stringify({ stateDir: folder.path, ...config }));
    return file;
  };
  const run = async (args: readonly string[], config: { swarm?: object; postage?: object } = {}) => {
    const file = await configure({ ...config, swarm: { url: proxy.url, ...config.swarm } });
    return runHere(["--config", file, "--json", "stamps", ...args]);
  };
  const ask = async <T>(args: readonly string[], config: { swarm?: object; postage?: object } = {}): Promise<T> => {
    const { code, stdout, stderr } = await run(args, config);
    expect([code, stderr]).to.deep.equal([0, ""]);
    return JSON.parse(stdout) as T;
  };
  const codeOf = async (args: readonly string[], config: { swarm?: object; postage?: object } = {}) => {
    const result = await run(args, config);
    expect(result.code).to.be.oneOf([1, 64]);
    return errorCodeOf(result);
  };
  /** A node of one's own making, for what the embedded one does not do. */
  async function withServer(handler: RequestListener, work: (url: string) => Promise<void>): Promise<void> {
    const server = createServer(handler).listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }
  const buyOne = async (days: number, depth = 20, immutable = true) =>
    (await bee.createPostageBatch(String(days * A_DAY), depth, { immutableFlag: immutable })).toHex();

  it("plan says depth, amount and cost, exactly, at the node's price", async () => {
    const plan = await ask<Record<string, unknown>>(["plan", "--size", "40GB", "--years", "2", "--bzz-price", "0.1"]);
    expect(plan).to.deep.equal({
      ...{ depth: 24, amount: "302745600000", plur: "5079228324249600000", xbzz: "507.92283242496" },
      ...{ seconds: 2 * 365 * DAY, price: "24000", effectiveBytes: 47_060_000_000, priceFrom: "node" },
      ...{ gasXdai: "0.001", xdai: "50.793283242496" },
    });
    const given = await ask<{ priceFrom: string; seconds: number }>([
      "plan",
      "--depth",
      "20",
      "--amount",
      String(10 * A_DAY),
      "--price",
      "48000",
    ]);
    expect(given).to.include({ priceFrom: "given", seconds: 5 * DAY });
  });

  it("plan goes by the floor where no node answers, and says so", async () => {
    const file = await configure({ swarm: { url: "http://127.0.0.1:1" } });
    const { stdout, stderr, code } = await runHere(["--config", file, "stamps", "plan", "--size", "1GB"]);
    expect([code, stdout.includes("Swarm's floor")]).to.deep.equal([0, true]);
    expect(stderr).to.include("today's is not known");
  });

  it("refuses what is no plan", async () => {
    const refused: [code: string, ...args: string[]][] = [
      ["USAGE", "plan"],
      ["USAGE", "plan", "--size", "40XB"],
      ["USAGE", "plan", "--size", "0"],
      ["USAGE", "plan", "--size", "1GB", "--depth", "20"],
      ["USAGE", "plan", "--depth", "16"],
      ["USAGE", "plan", "--depth", "20", "--years", "-1"],
      ["USAGE", "plan", "--depth", "20", "--years", "1", "--amount", "5"],
      ["USAGE", "plan", "--depth", "20", "--bzz-price", "cheap"],
      ["USAGE", "buy", "--depth", "20", "--label", "x".repeat(256)],
      ["USAGE", "topup", "abc"],
      ["USAGE", "watch", "abc"],
      ["USAGE", "watch", "--used", "120%"],
      ["USAGE", "dilute", "ab".repeat(32)],
      ["STAMP_TOO_LARGE", "plan", "--size", "8.99PB"],
      ["POSTAGE_TOO_SHORT", "plan", "--depth", "20", "--days", "0.5"],
      ["POSTAGE_TOO_SHORT", "buy", "--depth", "20", "--amount", "1", "--yes"],
      ["STAMP_UNKNOWN", "topup", "ab".repeat(32), "--yes"],
      ["STAMP_UNKNOWN", "dilute", "ab".repeat(32), "--depth", "20", "--yes"],
    ];
    for (const [code, ...args] of refused) expect([...args, await codeOf(args)]).to.deep.equal([...args, code]);
    expect(await bee.getPostageBatches()).to.deep.equal([]);
  });

  it("buys, lists, tops up and dilutes, and bee-js sees it", async () => {
    const bought = await ask<{ batch: string; xbzz: string; stamp: object }>([
      ...["buy", "--size", "500MB", "--days", "10", "--label", "büro", "--yes"],
    ]);
    expect(bought.stamp).to.include({
      depth: 20,
      usable: true,
      immutable: true,
      label: "büro",
      amount: String(10 * A_DAY),
    });
    expect(bought.xbzz).to.equal("0.43486543872");
    const { batch } = bought;
    const topped = await ask<{ stamp: object }>(["topup", batch, "--days", "30", "--yes"]);
    expect(topped.stamp).to.include({ days: 40 });
    const diluted = await ask<{ stamp: object; plur: string }>([
      "dilute",
      `0x${batch.toUpperCase()}`,
      "--depth",
      "22",
      "--yes",
    ]);
    expect(diluted.stamp).to.include({ days: 10, depth: 22, bucketSize: 64 });
    expect(diluted.plur).to.equal("0");
    const seen = await bee.getPostageBatch(batch);
    expect([seen.depth, seen.label, seen.duration.toDays()]).to.deep.equal([22, "büro", 10]);
    const { stamps } = await ask<{ stamps: object[] }>(["list"]);
    expect(stamps).to.have.length(1);
    expect(stamps[0]).to.deep.include({ batch, depth: 22, troubles: ["expiring"], fullestBucket: 0 });
    expect(await codeOf(["dilute", batch, "--depth", "22", "--yes"])).to.equal("USAGE");
    expect(await codeOf(["dilute", batch, "--depth", "26", "--yes"])).to.equal("POSTAGE_TOO_SHORT");
  });

  it("asks before it pays, and pays nothing where nobody can be asked", async () => {
    const file = await configure({ swarm: { url: proxy.url } });
    const { code, stderr } = await runHere(["--config", file, "stamps", "buy", "--depth", "20"]);
    expect([code, stderr.includes("NOT_CONFIRMED"), stderr.includes("xBZZ")]).to.deep.equal([1, true, true]);
    expect(await bee.getPostageBatches()).to.deep.equal([]);
  });

  it("lists in lines, and marks the one that is configured", async () => {
    const batch = await buyOne(60);
    const file = await configure({ swarm: { url: proxy.url, postageBatch: batch } });
    const { stdout } = await runHere(["--config", file, "stamps", "list"]);
    expect(stdout.split("\n")[1]).to.match(new RegExp(`^\\* +${batch} +20 +60.0 days +0/16 +0 % +immutable +ok`));
  });

  it("pays once, and says so where it does not know", async () => {
    proxy.rule = ({ method }) => (method === "POST" ? { kind: "reset", after: 3 } : undefined);
    expect(await codeOf(["buy", "--depth", "20", "--yes"])).to.equal("POSTAGE_UNCERTAIN");
    expect(proxy.requests.filter((request) => request.startsWith("POST "))).to.have.length(1);
    expect(await bee.getPostageBatches(), "it was bought all the same").to.have.length(1);
    const statuses: [status: number, message: string, code: string][] = [
      [400, "out of funds", "POSTAGE_UNPAID"],
      [402, "out of funds", "POSTAGE_UNPAID"],
      [400, "invalid depth", "POSTAGE_REFUSED"],
      [405, "no chain backend", "POSTAGE_REFUSED"],
      [429, "simultaneous on-chain operations not supported", "SWARM_BUSY"],
      [503, "syncing in progress", "SWARM_BUSY"],
      [500, "cannot create batch", "POSTAGE_UNCERTAIN"],
      [502, "Bad Gateway", "POSTAGE_UNCERTAIN"],
      [503, "Service Unavailable", "POSTAGE_UNCERTAIN"],
      [504, "Gateway Timeout", "POSTAGE_UNCERTAIN"],
    ];
    for (const [status, message, code] of statuses) {
      proxy.rule = ({ method }) => (method === "POST" ? { kind: "status", status, message } : undefined);
      expect([status, await codeOf(["buy", "--depth", "20", "--yes"])]).to.deep.equal([status, code]);
    }
  });

  it("pays once over connections that the node closes, and says that it does not know where nobody waited", async () => {
    const wallet = { bzzBalance: "9".repeat(20), nativeTokenBalance: "9", walletAddress: `0x${"1".repeat(40)}` };
    let payments = 0;
    let onPayment: (answer: ServerResponse) => void = ({ socket }) => socket!.resetAndDestroy();
    const handler: RequestListener = ({ url, method }, answer) => {
      if (method === "GET") answer.end(JSON.stringify(url === "/wallet" ? wallet : { currentPrice: "24000" }));
      else {
        payments++;
        onPayment(answer);
      }
    };
    await withServer(handler, async (url) => {
      expect(await codeOf(["buy", "--depth", "20", "--yes"], { swarm: { url } })).to.equal("POSTAGE_UNCERTAIN");
      expect(payments).to.equal(1);
      const leave = new AbortController();
      onPayment = () => leave.abort();
      const order = { depth: 20, amount: 1n, label: "", immutable: true };
      const bought = () => buyStamp(new BeeEndpoint({ url, signal: leave.signal }), order, leave.signal);
      expect(await codeOfError(bought)).to.equal("POSTAGE_UNCERTAIN");
      expect(await bought().catch((error: unknown) => (error as Error).name), "not sent").to.equal("AbortError");
      expect(payments).to.equal(2);
    });
  });

  it("looks into the node's wallet before it pays", async () => {
    const wallet = { bzzBalance: "5", nativeTokenBalance: "0", walletAddress: `0x${"1".repeat(40)}` };
    const handler: RequestListener = ({ url, method }, answer) => {
      expect(method).to.equal("GET");
      answer.end(JSON.stringify(url === "/wallet" ? wallet : { currentPrice: "24000" }));
    };
    await withServer(handler, async (url) => {
      expect(await codeOf(["buy", "--depth", "20", "--yes"], { swarm: { url } })).to.equal("POSTAGE_UNPAID");
    });
  });

  it("waits until a batch is usable, as long as it should", async () => {
    const batch = "ab".repeat(32);
    const stamp = { batchID: batch, label: "", utilization: 0, depth: 20, bucketDepth: 16, immutableFlag: true };
    let looks = 0;
    let usableAt = 3;
    // As a Bee: unknown at first, then "not usable", then as it is.
    const handler: RequestListener = ({ url, method }, answer) => {
      const give = (status: number, body: object) => {
        answer.statusCode = status;
        answer.end(JSON.stringify(body));
      };
      const found = { ...stamp, amount: "414720000", batchTTL: 86_400, usable: looks >= usableAt };
      if (method === "POST") give(201, { batchID: batch, txHash: "0x1" });
      else if (url === "/chainstate") give(200, { currentPrice: "24000" });
      else if (url === "/stamps") give(200, { stamps: [found] });
      else if (url === `/stamps/${batch}`) {
        if (++looks === 1) give(404, { message: "issuer does not exist" });
        else if (looks < usableAt) give(400, { message: "batch not usable" });
        else give(200, found);
      } else give(404, { message: "Not Found" });
    };
    await withServer(handler, async (url) => {
      const bought = await ask<{ stamp: object }>(["buy", "--depth", "20", "--yes"], { swarm: { url } });
      expect(bought.stamp).to.include({ usable: true });
      usableAt = Infinity;
      looks = 0;
      const never = ["buy", "--depth", "20", "--yes"];
      expect(await codeOf(never, { swarm: { url }, postage: { waitSeconds: 1 } })).to.equal("POSTAGE_PENDING");
      const unseen = await ask<object>([...never, "--no-wait"], { swarm: { url } });
      expect(unseen).to.include({ batch, transactionHash: "0x1" }).and.not.to.have.property("stamp");
    });
  });

  describe("watch", () => {
    interface Watched {
      readonly healthy: boolean;
      readonly stamps: readonly { batch: string; status: string; hints: string[] }[];
    }
    const watch = async (args: readonly string[] = [], config: { swarm?: object; postage?: object } = {}) => {
      const { code, stdout, stderr } = await run(["watch", ...args], config);
      if (code !== 0) expect(errorCodeOf({ code, stdout, stderr })).to.equal("STAMPS_NEED_CARE");
      const { healthy, stamps } = JSON.parse(stdout) as Watched;
      return { code, healthy, states: stamps.map(({ batch, status }) => [batch, status]) };
    };

    it("exits with 0 where all is well, and with 1 where something is to be done", async () => {
      expect(await watch()).to.deep.equal({ code: 0, healthy: true, states: [] });
      const long = await buyOne(400);
      expect(await watch()).to.deep.equal({ code: 0, healthy: true, states: [[long, "ok"]] });
      expect((await watch(["--days", "500"])).states).to.deep.equal([[long, "warn"]]);
      expect((await watch([], { postage: { failDays: 500, warnDays: 600 } })).states).to.deep.equal([[long, "fail"]]);
      const short = await buyOne(1.5);
      expect(await watch()).to.deep.equal({
        code: 1,
        healthy: false,
        states: [
          [long, "ok"],
          [short, "fail"],
        ],
      });
      expect(await watch([long])).to.deep.equal({ code: 0, healthy: true, states: [[long, "ok"]] });
      const mutable = await buyOne(400, 20, false);
      expect((await watch([mutable])).states).to.deep.equal([[mutable, "warn"]]);
    });

    it("fails where a batch is used up, whatever the node reckons then", async () => {
      const batch = "ab".repeat(32);
      const stamp = { batchID: batch, label: "", utilization: 0, depth: 20, bucketDepth: 16, immutableFlag: true };
      const states: unknown[] = [];
      for (const batchTTL of [-500, 0, -1]) {
        const handler: RequestListener = (_, answer) =>
          answer.end(JSON.stringify({ stamps: [{ ...stamp, amount: "1", usable: true, batchTTL }] }));
        await withServer(handler, async (url) => {
          const { stdout } = await run(["watch", batch], { swarm: { url } });
          states.push((JSON.parse(stdout) as { stamps: { status: string }[] }).stamps[0]!.status);
        });
      }
      expect(states, "-1: the node does not know").to.deep.equal(["fail", "fail", "ok"]);
    });

    it("sees a bucket fill", async () => {
      const batch = await buyOne(400, 18);
      await new BeeStore({ url: node.url, batchId: batch }).write(pseudoRandomBytes(2_000_000, 3));
      const { stamps } = await ask<{ stamps: { used: number }[] }>(["list"]);
      const used = stamps[0]!.used;
      expect(used).to.be.within(0.25, 0.75);
      expect((await watch(["--used", "25%"])).states).to.deep.equal([[batch, "warn"]]);
      expect((await watch(["--used", "0.99"])).code).to.equal(0);
    });

    it("fails where the configured batch is gone", async () => {
      const gone = "cd".repeat(32);
      const found = await watch([], { swarm: { postageBatch: gone } });
      expect(found).to.deep.equal({ code: 1, healthy: false, states: [[gone, "fail"]] });
    });

    it("says where the node does not answer", async () => {
      expect(await codeOf(["watch"], { swarm: { url: "http://127.0.0.1:1" } })).to.equal("SWARM_UNREACHABLE");
    });
  });
});
