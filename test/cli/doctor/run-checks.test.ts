import { expect } from "chai";
import { once } from "node:events";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Finding } from "../../../src/cli/doctor/finding.js";
import { runChecks } from "../../../src/cli/doctor/run-checks.js";
import { startServing } from "../../../src/cli/start-serving.js";
import { explainConfig } from "../../../src/config/explain.js";
import { configSchema } from "../../../src/config/schema.js";
import { IndexWriter } from "../../../src/index/index-writer.js";
import { silentLogger } from "../../../src/log/logger.js";
import { formatSecretKey, generateSecretKey } from "../../../src/nix/signing-key.js";
import { startFaultProxy } from "../../support/fault-proxy.js";
import { commitBatch, makeRecord, testRegistry } from "../../support/fill-index.js";
import { bearBlocks, RpcRefusal, type RpcRule } from "../../support/rpc-proxy.js";
import { retireRegistry } from "../../support/submit-acts.js";
import { CliWorld } from "../support/cli-world.js";

type Status = Finding["status"];

/** Every check against real parts, and against those same parts with one fault. */
describe("doctor: runChecks", function () {
  this.timeout(60_000);
  let world: CliWorld;
  const untouched: RpcRule = (_call, result) => result;

  before(async () => {
    world = await CliWorld.start();
    await world.registry.mine(10); // so that more than the genesis is final
  });
  afterEach(() => {
    world.registry.rpcProxy.rule = untouched;
    world.registry.rpcProxy.down = false;
    world.registry.swarmProxy.rule = () => undefined;
  });
  after(() => world.close());

  const chainOf = () => ({ rpcUrl: world.registry.rpcProxy.url, finality: "latest" });

  /** What is found with these settings. */
  async function check(chain: object = {}, others: object = {}, keys: string[] = []): Promise<Finding[]> {
    const free = { relay: { port: 0 }, stateDir: world.file("state") };
    const file = await world.writeConfig("checked.json", { ...chainOf(), ...chain }, { ...free, ...others });
    return runChecks(await explainConfig({ file, env: {} }), keys, new AbortController().signal);
  }

  const statusesOf = (findings: Finding[], name: string): Status[] =>
    findings.filter(({ check }) => check === name).map(({ status }) => status);

  /** Everything that is not ok, but the Nix of this machine. */
  const troubleOf = (findings: Finding[]): string[] =>
    findings
      .filter(({ check, status }) => status !== "ok" && !check.startsWith("nix"))
      .map(({ check, status, code }) => [status, check, ...(code === undefined ? [] : [code])].join(" "));

  it("finds all well where it is, in one order", async () => {
    const found = await check();
    expect(troubleOf(found)).to.deep.equal([]);
    expect(found.slice(0, -1).map((finding) => finding.check)).to.include.ordered.members([
      ...["node", "configuration", "state folder", "clock", "chain", "registry", "finality", "logs"],
      ...["index", "swarm", "stamp", "relay", "keys"],
    ]);
    for (const { status, hint } of found) expect(hint === undefined).to.equal(status === "ok");
  });

  describe("configuration and disk", () => {
    it("says what is wrong with the configuration, and goes no further", async () => {
      const found = await check({ chainId: 0 });
      expect(troubleOf(found)).to.deep.equal(["fail configuration"]);
      expect(found).to.have.length(2);
    });

    it("wants a registry, and looks at all else without one", async () => {
      const found = await check({ registry: undefined });
      expect(troubleOf(found)).to.deep.equal(["fail configuration"]);
      expect(statusesOf(found, "swarm")).to.deep.equal(["ok"]);
    });

    it("warns of a secret in a file that others can read", async () => {
      const secret = chainOf().rpcUrl.replace("//", "//user:secret@");
      const found = await check({ rpcUrl: secret });
      expect(troubleOf(found)).to.deep.equal(["warn configuration"]);
      expect(JSON.stringify(found)).not.to.include("secret@");
      await chmod(world.file("checked.json"), 0o600);
      expect(troubleOf(await check({ rpcUrl: secret }))).to.deep.equal([]);
      await chmod(world.file("checked.json"), 0o644);
    });

    it("fails for a state folder that cannot be one", async () => {
      await writeFile(world.file("file"), "");
      for (const stateDir of [world.file("file"), world.file("file/below")])
        expect(troubleOf(await check({}, { stateDir }))).to.include("fail state folder");
    });

    it("leaves nothing in a state folder", async () => {
      await mkdir(world.file("here"));
      expect(statusesOf(await check({}, { stateDir: world.file("here") }), "state folder")).to.deep.equal(["ok"]);
      expect(await world.list("here")).to.deep.equal([]);
    });
  });

  describe("chain", () => {
    const faults: [what: string, rule: RpcRule, chain: object, trouble: string[]][] = [
      ["another chain", untouched, { chainId: 5 }, ["fail chain RPC_WRONG_CHAIN"]],
      [
        "no contract",
        untouched,
        { registry: "0x000000000000000000000000000000000000dEaD" },
        ["fail registry REGISTRY_MISSING"],
      ],
      [
        "an endpoint that knows no final block",
        ({ method, params }, result) =>
          method === "eth_getBlockByNumber" && params[0] === "finalized" ? null : result,
        { finality: "finalized" },
        ["fail finality RPC_ANSWER_INVALID"],
      ],
      ["an endpoint that gives few logs at once", bearBlocks(1), {}, ["warn logs"]],
      [
        "an endpoint that gives no logs",
        ({ method }, result) => {
          if (method === "eth_getLogs") throw new RpcRefusal("method not allowed");
          return result;
        },
        {},
        ["fail logs RPC_UNAVAILABLE"],
      ],
      [
        "an old block",
        ({ method }, result) => {
          if (method === "eth_chainId") return "0x64";
          return method === "eth_getBlockByNumber" ? { ...(result as object), timestamp: "0x5f000000" } : result;
        },
        { chainId: 100 },
        ["fail chain"],
      ],
      ["a deployment block that is to come", untouched, { deploymentBlock: 1_000_000 }, ["fail chain"]],
    ];
    for (const [what, rule, chain, trouble] of faults)
      it(`finds ${what}`, async () => {
        world.registry.rpcProxy.rule = (call, result) =>
          call.method === "eth_getLogs" || call.method.startsWith("eth_getBlock") || call.method === "eth_chainId"
            ? rule(call, result)
            : result;
        expect(troubleOf(await check(chain))).to.deep.equal(trouble);
      });

    it("finds an endpoint that is away, and one that never answers", async () => {
      world.registry.rpcProxy.down = true;
      expect(troubleOf(await check())).to.deep.equal(["fail chain RPC_UNAVAILABLE"]);
      world.registry.rpcProxy.down = false;
      world.registry.rpcProxy.rule = () => new Promise(() => undefined);
      expect(troubleOf(await check())).to.deep.equal(["fail chain RPC_UNAVAILABLE"]);
    });
  });

  describe("index and relay", () => {
    const portOf = (url: string) => Number(new URL(url).port);

    it("finds a relay that is ready, and the index that it follows into", async () => {
      const { id } = world.registry.registry;
      const { rpcProxy, swarmProxy, deploymentBlock } = world.registry;
      const chain = { ...id, rpcUrl: rpcProxy.url, deploymentBlock, finality: "latest", pollSeconds: 0.05 };
      const parts = { stateDir: world.file("served"), chain, swarm: { url: swarmProxy.url } };
      const serving = await startServing(configSchema.parse({ ...parts, relay: { port: 0 } }), silentLogger);
      try {
        const relay = { port: portOf(serving.url) };
        for (let tries = 0; (await fetch(`${serving.url}/ready`)).status !== 200; tries++)
          expect(tries).to.be.below(500);
        expect(troubleOf(await check({}, { stateDir: parts.stateDir, relay }))).to.deep.equal([]);
        expect(troubleOf(await check({}, { relay, storeDir: "/gnu/store" }))).to.deep.equal(["fail relay"]);
        rpcProxy.down = true;
        for (let tries = 0; (await fetch(`${serving.url}/ready`)).status === 200; tries++)
          expect(tries).to.be.below(500);
        expect(troubleOf(await check({}, { relay }))).to.deep.equal(["fail chain RPC_UNAVAILABLE", "warn relay"]);
      } finally {
        await serving.close();
      }
    });

    it("finds the port free, or taken by something else", async () => {
      const other = createServer((_request, response) => response.end("hello")).listen(0, "127.0.0.1");
      await once(other, "listening");
      const { port } = other.address() as AddressInfo;
      try {
        expect(troubleOf(await check({}, { relay: { port } }))).to.deep.equal(["fail relay"]);
      } finally {
        other.close();
        await once(other, "close");
      }
      expect(troubleOf(await check({}, { relay: { port } }))).to.deep.equal([]);
      expect(troubleOf(await check({}, { relay: { port, host: "192.0.2.1" } }))).to.deep.equal(["fail relay"]);
    });

    it("finds the index of another registry, and one that is empty", async () => {
      await mkdir(world.file("foreign"));
      const foreign = new IndexWriter(world.file("foreign/index.sqlite"), testRegistry, "/nix/store");
      expect(troubleOf(await check({}, { stateDir: world.file("foreign") }))).to.deep.equal(["warn index"]);
      await commitBatch(foreign, makeRecord("a", Buffer.from("a")));
      foreign.close();
      const found = await check(
        { registry: "0x000000000000000000000000000000000000dEaD" },
        { stateDir: world.file("foreign") },
      );
      expect(troubleOf(found)).to.include("fail index INDEX_OF_ANOTHER_REGISTRY");
    });
  });

  describe("Swarm", () => {
    it("asks each node, and looks at the cache", async () => {
      const second = await startFaultProxy(world.registry.swarmProxy.url);
      const { url } = world.registry.swarmProxy;
      const both = { url, urls: [second.url, url], cacheDir: world.file("cache") };
      const found = await check({}, { swarm: both });
      expect(troubleOf(found)).to.deep.equal([]);
      expect(statusesOf(found, "swarm")).to.deep.equal(["ok", "ok"]);
      expect(statusesOf(found, "stamp")).to.deep.equal(["ok"]);
      expect(statusesOf(found, "cache")).to.deep.equal(["ok"]);
      second.rule = () => ({ kind: "status", status: 503 });
      expect(troubleOf(await check({}, { swarm: both }))).to.deep.equal(["fail swarm SWARM_BUSY"]);
      await second.close();
      const unusable = { ...both, urls: [], cacheDir: "/sys/catnix/cache" };
      expect(troubleOf(await check({}, { swarm: unusable })).filter((one) => !one.endsWith("cache"))).to.deep.equal([]);
    });

    it("finds a node that is away, that never answers, that is something else", async () => {
      const { swarmProxy } = world.registry;
      expect(troubleOf(await check({}, { swarm: { url: "http://127.0.0.1:1" } }))).to.deep.equal([
        "fail swarm SWARM_UNREACHABLE",
      ]);
      swarmProxy.rule = () => ({ kind: "hang" });
      expect(troubleOf(await check())).to.deep.equal(["fail swarm SWARM_TIMEOUT"]);
      const rpc = await startFaultProxy(world.registry.rpcUrl);
      expect(troubleOf(await check({}, { swarm: { url: rpc.url } }))[0]).to.match(/^fail swarm SWARM_/);
      await rpc.close();
    });

    it("fails where a Bee does not own the stamp", async () => {
      const bee = createServer(({ url }, response) => {
        const known = url === "/health" || url === "/readiness";
        const answer = { code: 404, message: "x", status: "ok", version: "2.8.1", apiVersion: "8.0.0" };
        response.writeHead(known ? 200 : 404).end(JSON.stringify(answer));
      }).listen(0, "127.0.0.1");
      await once(bee, "listening");
      const url = `http://127.0.0.1:${(bee.address() as AddressInfo).port}`;
      try {
        expect(troubleOf(await check({}, { swarm: { url } }))).to.deep.equal(["warn stamp"]);
        const found = await check({}, { swarm: { url, postageBatch: "ab".repeat(32) } });
        expect(troubleOf(found)).to.deep.equal(["fail stamp"]);
      } finally {
        bee.closeAllConnections();
        bee.close();
      }
    });

    it("finds a stamp that the node has, and does without where it may", async () => {
      const { url } = world.registry.swarmProxy;
      const buy = { method: "POST", headers: { immutable: "false" } };
      const { batchID } = (await (await fetch(`${url}/stamps/600000000000/20`, buy)).json()) as { batchID: string };
      expect(troubleOf(await check({}, { swarm: { url, postageBatch: batchID } }))).to.deep.equal(["warn stamp"]);
      expect(troubleOf(await check({}, { swarm: { url, postageBatch: "ab".repeat(32) } }))).to.deep.equal([]);
    });

    it("finds a node that is not ready", async () => {
      world.registry.swarmProxy.rule = ({ url }) =>
        url === "/readiness" ? { kind: "status", status: 400 } : undefined;
      expect(troubleOf(await check())).to.deep.equal(["fail swarm"]);
    });
  });

  describe("keys", () => {
    it("wants keys that their owner alone can read, and a relay's key that is one", async () => {
      const secret = formatSecretKey(generateSecretKey("test-1"));
      const signingKeyFile = world.file("relay-key");
      await writeFile(signingKeyFile, secret, { mode: 0o600 });
      const relay = { port: 0, signingKeyFile };
      const found = await check({}, { relay }, [world.file("alice.json"), world.file("open")]);
      expect(troubleOf(found)).to.deep.equal(["fail keys KEY_FILE_OPEN"]);
      expect(statusesOf(found, "keys")).to.deep.equal(["ok", "ok", "fail"]);
      expect(JSON.stringify(found)).not.to.include(secret.split(":")[1]);
      await chmod(signingKeyFile, 0o644);
      expect(troubleOf(await check({}, { relay }))).to.deep.equal(["fail keys KEY_FILE_OPEN"]);
      await chmod(signingKeyFile, 0o600);
      await writeFile(signingKeyFile, "no key");
      expect(troubleOf(await check({}, { relay }))).to.deep.equal(["fail keys NIX_KEY_INVALID"]);
      const open = { ...relay, host: "192.0.2.1", port: 1 };
      expect(troubleOf(await check({}, { relay: open }))).to.include("fail relay RELAY_SIGNS_LOOPBACK_ONLY");
    });
  });

  describe("a registry that is over", () => {
    it("is found to be retired", async () => {
      await retireRegistry(world.registry, { successorChainId: 100n, successor: testRegistry.registry });
      expect(troubleOf(await check())).to.deep.equal(["warn registry"]);
    });
  });
});
