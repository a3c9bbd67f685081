import { expect } from "chai";
import { readAlarms } from "../../src/registry/read-alarms.js";
import type { Registry } from "../../src/registry/registry.js";
import type { ChainView } from "../../src/resolver/chain-view.js";
import { startAlarmedWorld } from "../support/alarmed-world.js";
import { codeOf } from "../support/code-of.js";
import type { RegistryWorld } from "../support/registry-world.js";
import { bearBlocks } from "../support/rpc-proxy.js";

describe("readAlarms", function () {
  this.timeout(60_000);
  let world: RegistryWorld;
  let seen: Registry;
  let view: ChainView;
  before(async () => {
    ({ world, seen, view } = await startAlarmedWorld());
  });
  after(() => world.close());
  afterEach(() => {
    world.rpcProxy.rule = (_call, result) => result;
  });

  const rangeOf = (logRange: number) => ({
    ...{ from: world.deploymentBlock, to: view.block.number, logRange, ...view.alarmState },
  });
  const read = (logRange = 1000) => readAlarms(seen, rangeOf(logRange));
  const countLogs = () => world.rpcProxy.calls.filter(({ method }) => method === "eth_getLogs").length;
  const lie = (change: (logs: unknown[]) => unknown[]) => {
    world.rpcProxy.rule = ({ method }, result) => (method === "eth_getLogs" ? change(result as unknown[]) : result);
  };

  it("has them all by one question, or by several where the endpoint does not bear that", async () => {
    world.rpcProxy.calls.length = 0;
    const alarms = await read();
    expect(alarms.map(({ reason }) => reason)).to.deep.equal(["first", "second", "builder lost"]);
    expect(countLogs()).to.equal(1);
    world.rpcProxy.rule = bearBlocks(5);
    expect(await read(5)).to.deep.equal(alarms);
    world.rpcProxy.rule = bearBlocks(1);
    expect(await codeOf(() => read(5))).to.equal("RPC_UNAVAILABLE");
  });

  it("asks nothing where there is none", async () => {
    world.rpcProxy.calls.length = 0;
    expect(await readAlarms(seen, { ...rangeOf(1000), alarms: 0 })).to.deep.equal([]);
    expect(countLogs()).to.equal(0);
  });

  it("refuses what leaves one out, alters one, or has one more: RPC_ANSWER_INVALID", async () => {
    for (let at = 0; at < 3; at++) {
      lie((logs) => logs.filter((_, i) => i !== at));
      expect(await codeOf(() => read()), `without ${at}`).to.equal("RPC_ANSWER_INVALID");
    }
    lie((logs) => [...logs, logs[0]]);
    expect(await codeOf(() => read())).to.equal("RPC_ANSWER_INVALID");
    const words = Buffer.from("builder lost").toString("hex");
    lie((logs) =>
      logs.map((log) => JSON.parse(JSON.stringify(log).replace(words, words.replace("6c", "6d"))) as unknown),
    );
    expect(await codeOf(() => read())).to.equal("RPC_ANSWER_INVALID");
  });
});
