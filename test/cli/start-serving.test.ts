import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { startServing, type Serving } from "../../src/cli/start-serving.js";
import { configSchema } from "../../src/config/schema.js";
import { silentLogger } from "../../src/log/logger.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { codeOf } from "../support/code-of.js";
import { makeRecord } from "../support/fill-index.js";
import { httpGet } from "../support/http-get.js";
import { publishBatch } from "../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";
import { makeTempFolder } from "../support/temp-folder.js";

const RECORD = makeRecord("hello", Buffer.from("the NAR of hello"));
const NARINFO = `/${parseStorePath(RECORD.storePath, "/nix/store").hashPart}.narinfo`;

describe("startServing, at an RPC that is away", function () {
  this.timeout(60_000);
  let world: RegistryWorld;
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let serving: Serving | undefined;

  before(async () => {
    world = await startRegistryWorld();
    await publishBatch(world, RECORD);
  });
  beforeEach(async () => {
    folder = await makeTempFolder();
  });
  afterEach(async () => {
    await serving?.close();
    serving = undefined;
    world.rpcProxy.down = false;
    world.rpcProxy.rule = (_call, result) => result;
    await folder.remove();
  });
  after(() => world.close());

  async function start(): Promise<string> {
    const { chainId, registry } = world.registry.id;
    const config = configSchema.parse({
      stateDir: folder.path,
      chain: {
        ...{ rpcUrl: world.rpcProxy.url, chainId, registry, deploymentBlock: world.deploymentBlock },
        ...{ finality: "latest", pollSeconds: 0.05 },
      },
      swarm: { url: world.swarmProxy.url },
      relay: { port: 0 },
    });
    serving = await startServing(config, silentLogger);
    return serving.url;
  }

  /** Starts once with the RPC at hand, so that there is an index. */
  async function makeIndex(): Promise<void> {
    await waitUntilReady(await start());
    await serving!.close();
    serving = undefined;
  }

  async function readReady(url: string): Promise<{ status: number; reason?: string }> {
    const { status, body } = await httpGet(`${url}/ready`);
    return { status, ...(JSON.parse(body.toString()) as { reason?: string }) };
  }

  async function waitUntilReady(url: string): Promise<void> {
    for (let tries = 0; (await readReady(url)).status !== 200; tries++) {
      if (tries === 200) throw new Error("it does not get ready");
      await sleep(50);
    }
  }

  it("serves the index it has, says that it is stale, and goes on once the RPC is back", async () => {
    await makeIndex();
    world.rpcProxy.down = true;
    const url = await start();
    expect((await httpGet(url + NARINFO)).status).to.equal(200);
    const { status, reason } = await readReady(url);
    expect([status, reason?.includes("RPC_UNAVAILABLE")]).to.deep.equal([503, true]);

    world.rpcProxy.down = false;
    await waitUntilReady(url);
  });

  it("ends while the RPC is away", async () => {
    await makeIndex();
    world.rpcProxy.down = true;
    await start();
    await serving!.close();
  });

  it("does not take the chain that comes back for its own where it is another", async () => {
    await makeIndex();
    world.rpcProxy.down = true;
    const url = await start();
    world.rpcProxy.rule = ({ method }, result) => (method === "eth_chainId" ? "0x1" : result);
    world.rpcProxy.down = false;
    for (let tries = 0; !(await readReady(url)).reason?.includes("RPC_WRONG_CHAIN"); tries++) {
      if (tries === 200) throw new Error("it does not say so");
      await sleep(50);
    }
    expect((await httpGet(url + NARINFO)).status).to.equal(200);
  });

  it("does not start without an index", async () => {
    world.rpcProxy.down = true;
    expect(await codeOf(start)).to.equal("RPC_UNAVAILABLE");
  });

  it("does not start at another chain, nor without the registry, index or not", async () => {
    const wrong = [
      ["eth_chainId", "0x1", "RPC_WRONG_CHAIN"],
      ["eth_getCode", "0x", "REGISTRY_MISSING"],
    ] as const;
    await makeIndex();
    for (const [method, answer, code] of wrong) {
      world.rpcProxy.rule = (call, result) => (call.method === method ? answer : result);
      expect(await codeOf(start)).to.equal(code);
    }
  });
});
