import { expect } from "chai";
import { configSchema } from "../../src/config/schema.js";
import { prepareStamp, type PrepareOptions } from "../../src/publisher/prepare-stamp.js";
import { BeeEndpoint } from "../../src/swarm/bee-endpoint.js";
import { createSwarmNode, type SwarmNode } from "../../src/swarm/node/create-swarm-node.js";
import type { StampTrouble } from "../../src/swarm/postage/judge-stamp.js";
import { codeOf } from "../support/code-of.js";
import { makeTempFolder } from "../support/temp-folder.js";

const NONE = "0".repeat(64);
const UNKNOWN = "ab".repeat(32);
/** PLUR a chunk: a day at the embedded node's price. */
const DAY = 17_280 * 24_000;

describe("prepareStamp", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let node: SwarmNode;
  /** Answers of a Bee that the embedded node does not give. */
  let bee: (path: string) => Response | undefined;
  before(async () => {
    folder = await makeTempFolder();
    node = createSwarmNode({ file: `${folder.path}/chunks.db` });
  });
  beforeEach(() => {
    bee = () => undefined;
  });
  after(async () => {
    node.close();
    await folder.remove();
  });

  const url = "http://swarm.invalid";
  const endpoint = new BeeEndpoint({
    url,
    fetch: (request) => bee(new URL(request.url).pathname) ?? node.fetch(request),
    retries: 0,
  });
  const prepare = (batch: string, options: Partial<PrepareOptions> = {}) =>
    prepareStamp(endpoint, batch, {
      ...{ limits: configSchema.parse({}).postage, allowMutable: false, waitSeconds: 0 },
      ...options,
    });
  const buy = async (days: number, immutable = true): Promise<string> => {
    const headers = { immutable: String(immutable) };
    const request = new Request(`${url}/stamps/${Math.ceil(days * DAY)}/20`, { method: "POST", headers });
    return ((await (await node.fetch(request)).json()) as { batchID: string }).batchID;
  };
  const asBee = (path: string) =>
    path === "/health" ? Response.json({ status: "ok", version: "2.8.1", apiVersion: "8.0.0" }) : undefined;

  it("needs no batch for the embedded node, and one that it owns for a Bee", async () => {
    expect([await prepare(NONE), await prepare(UNKNOWN)]).to.deep.equal([undefined, undefined]);
    bee = asBee;
    expect(await codeOf(() => prepare(NONE))).to.equal("SWARM_BATCH_MISSING");
    expect(await codeOf(() => prepare(UNKNOWN))).to.equal("STAMP_UNKNOWN");
  });

  it("takes an immutable batch, and a mutable one only where that is said", async () => {
    const [good, mutable] = [await buy(90), await buy(90, false)];
    expect(await prepare(good)).to.include({ batch: good, immutable: true });
    expect(await codeOf(() => prepare(mutable))).to.equal("STAMP_MUTABLE");
    expect(await prepare(mutable, { allowMutable: true })).to.include({ batch: mutable });
  });

  it("tells of one that ends soon", async () => {
    const told: StampTrouble[] = [];
    const onTrouble: PrepareOptions["onTrouble"] = (_stamp, troubles) => void told.push(...troubles);
    for (const days of [90, 10, 1]) await prepare(await buy(days), { onTrouble });
    expect(told).to.deep.equal(["expiring", "ending"]);
  });

  it("waits for one that is too new, as long as it may", async () => {
    const batch = await buy(90);
    const found = (await (await node.fetch(new Request(`${url}/stamps/${batch}`))).json()) as object;
    let looks = 0;
    const usable = () => looks >= 4;
    bee = (path) => {
      if (path === "/stamps") return Response.json({ stamps: [{ ...found, usable: usable() }] });
      if (path !== `/stamps/${batch}` || (looks++, usable())) return undefined;
      return Response.json({ code: 400, message: "batch not usable" }, { status: 400 });
    };
    const waits: number[] = [];
    const stamp = await prepare(batch, { waitSeconds: 30, onWait: (seconds) => waits.push(seconds) });
    expect([stamp!.usable, waits.length]).to.deep.equal([true, 2]);
    looks = -1000;
    expect(await codeOf(() => prepare(batch))).to.equal("POSTAGE_PENDING");
  });

  it("stops at its signal", async () => {
    const batch = await buy(90);
    bee = (path) => (path.startsWith("/stamps") ? Response.json({ stamps: [] }) : undefined);
    const stop = new AbortController();
    const reason = new RangeError("enough");
    bee = (path) => {
      if (!path.startsWith("/stamps")) return undefined;
      setTimeout(() => stop.abort(reason), 10);
      const stamp = { batchID: batch, label: "", utilization: 0, depth: 20, bucketDepth: 16, immutableFlag: true };
      return Response.json({ ...stamp, amount: 1, batchTTL: -1, usable: false });
    };
    const failed = await prepare(batch, { waitSeconds: 30, signal: stop.signal }).catch((error: unknown) => error);
    expect(failed).to.equal(reason);
  });
});
