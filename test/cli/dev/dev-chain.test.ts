import { expect } from "chai";
import { Wallet } from "ethers";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type DevChain, startDevChain } from "../../../src/cli/dev/dev-chain.js";
import { findChildren } from "../../support/child-processes.js";
import { codeOf } from "../../support/code-of.js";
import { makeTempFolder } from "../../support/temp-folder.js";
import { wellKnownKey } from "../../support/well-known-key.js";

const CHAIN_ID = 31_337;
const ANYBODY = "0x00000000000000000000000000000000000000aa";
/** Runtime code that keeps the time of the call: `TIMESTAMP PUSH0 SSTORE`. */
const CLOCK_CODE = "0x425f55";

describe("cli: the chain of catnix dev", function () {
  this.timeout(60_000);
  const wallet = new Wallet(wellKnownKey(0));
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let journalFile: string;
  let chain: DevChain;

  const start = async () => (chain = await startDevChain({ journalFile, port: 0, chainId: CHAIN_ID }));
  beforeEach(async () => {
    folder = await makeTempFolder();
    journalFile = join(folder.path, "chain.sqlite");
    await start();
  });
  afterEach(async () => {
    await chain.close();
    await folder.remove();
  });

  interface RpcAnswer {
    readonly result?: unknown;
    readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
  }
  const post = async (body: unknown): Promise<RpcAnswer> => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(chain.rpcUrl, { method: "POST", headers, body: JSON.stringify(body) });
    return (await response.json()) as RpcAnswer;
  };
  const ask = (method: string, ...params: unknown[]) => post({ jsonrpc: "2.0", id: 1, method, params });
  const call = async <T = string>(method: string, ...params: unknown[]): Promise<T> => {
    const { result, error } = await ask(method, ...params);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result as T;
  };
  const sign = (nonce: number, to = ANYBODY) =>
    wallet.signTransaction({
      ...{ chainId: CHAIN_ID, nonce, to, value: 1, gasLimit: 100_000, type: 2 },
      ...{ maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1 },
    });
  const block = (name = "latest") =>
    call<{ hash: string; number: string; timestamp: string; transactions: string[] }>(
      "eth_getBlockByNumber",
      name,
      false,
    );
  /** Stops it as a power cut would, or in good order, and starts it again. */
  const restart = async () => {
    await chain.close();
    await start();
  };

  it("mines a block for each transaction, and has the same blocks after a restart", async () => {
    for (let nonce = 0; nonce < 3; nonce++) {
      const hash = await call("eth_sendRawTransaction", await sign(nonce));
      expect(await call<object>("eth_getTransactionReceipt", hash)).to.include({ status: "0x1" });
    }
    const before = await block();
    expect([before.number, before.transactions.length]).to.deep.equal(["0x3", 1]);
    await restart();
    expect(await block()).to.deep.equal(before);
    expect(await call("eth_getBalance", ANYBODY, "latest")).to.equal("0x3");
    await call("eth_sendRawTransaction", await sign(3));
    await restart();
    expect((await block()).number).to.equal("0x4");
  });

  it("has the same blocks again whatever made them", async () => {
    const [unlocked] = await call<string[]>("eth_accounts");
    await call("anvil_setBalance", ANYBODY, "0xde0b6b3a7640000");
    await call("eth_sendTransaction", { from: unlocked, to: ANYBODY, value: "0x5" });
    await call("anvil_impersonateAccount", ANYBODY);
    await call("eth_sendTransaction", { from: ANYBODY, to: unlocked, value: "0x6" });
    await call("hardhat_stopImpersonatingAccount", ANYBODY);
    await call("evm_increaseTime", 3600);
    await call("evm_mine");
    await call("evm_mine", { timestamp: Number((await block()).timestamp) + 100 });
    await call("anvil_mine", "0x5", 60);
    await call("evm_setNextBlockTimestamp", Number((await block()).timestamp) + 77);
    await call("anvil_setCode", "0x00000000000000000000000000000000000000cc", CLOCK_CODE);
    await call("eth_sendTransaction", { from: unlocked, to: "0x00000000000000000000000000000000000000cc" });
    const snapshot = await call("evm_snapshot");
    await call("evm_mine");
    expect(await call<boolean>("evm_revert", snapshot)).to.equal(true);
    await call("evm_setAutomine", false);
    const receiptless = await call("eth_sendTransaction", { from: unlocked, to: ANYBODY, gas: "0x5208" });
    await call("eth_sendRawTransaction", await sign(3));
    expect(await call<null>("eth_getTransactionReceipt", receiptless)).to.equal(null);
    const pooled = await call<object>("txpool_status");
    const before = await block();
    await restart();
    expect(await block()).to.deep.equal(before);
    expect(await call<object>("txpool_status")).to.deep.equal(pooled);
    expect(await call<boolean>("anvil_getAutomine")).to.equal(false);
    await call("evm_mine");
    expect((await block()).transactions).to.have.length(2);
    await call("evm_setAutomine", true);
    expect(await call<object>("eth_sendRawTransactionSync", await sign(4))).to.include({ status: "0x1" });
    const last = await block();
    await restart();
    expect(await block()).to.deep.equal(last);
  });

  it("goes back to a snapshot, and then to none that was taken after it", async () => {
    const outer = await call("evm_snapshot");
    await call("evm_mine");
    const inner = await call("evm_snapshot");
    await call("evm_mine");
    await restart();
    expect(await call<boolean>("evm_revert", outer)).to.equal(true);
    for (const gone of [inner, outer, "0x99", "x"]) expect(await call<boolean>("evm_revert", gone)).to.equal(false);
    expect((await block()).number).to.equal("0x0");
    expect(await call<boolean>("evm_revert", await call("evm_snapshot"))).to.equal(true);
    await call("evm_mine");
    const before = await block();
    await restart();
    expect(await block()).to.deep.equal(before);
  });

  it("keeps what was answered where anvil itself is killed, and says that it has ended", async () => {
    await call("eth_sendRawTransaction", await sign(0));
    const before = await block();
    const anvils = await findChildren(process.pid, "anvil");
    expect(anvils).to.have.length(1);
    process.kill(anvils[0]!, "SIGKILL");
    await chain.ended;
    expect((await ask("eth_blockNumber")).error?.data).to.include({ code: "DEV_CHAIN_ENDED" });
    await restart();
    expect(await block()).to.deep.equal(before);
  });

  it("goes on by the machine's clock, and never backwards", async () => {
    const day = 86_400;
    await call("evm_mine");
    await restart();
    expect(Number((await block("pending")).timestamp)).to.be.closeTo(Date.now() / 1000, 5);
    await call("evm_mine", { timestamp: Math.floor(Date.now() / 1000) + day });
    const { timestamp } = await block();
    await restart();
    expect(Number((await block("pending")).timestamp)).to.be.closeTo(Number(timestamp), 5);
    expect((await ask("evm_mine", { timestamp: 5 })).error).to.include({ code: -32_602 });
    for (const [method, seconds] of [
      ["evm_setTime", Number(timestamp) - 1000],
      ["evm_increaseTime", -1000],
    ] as const)
      expect([method, (await ask(method, seconds)).error?.code]).to.deep.equal([method, -32_602]);
    expect(Number((await block("pending")).timestamp)).to.be.closeTo(Number(timestamp), 5);
    await restart(); // what was refused does no harm
    expect((await block()).timestamp).to.equal(timestamp);
  });

  it("forgets a transaction that anvil refuses", async () => {
    await call("eth_sendRawTransaction", await sign(0));
    expect((await ask("eth_sendRawTransaction", await sign(0))).error).to.include({ code: -32_003 });
    expect((await ask("eth_sendRawTransaction", "0x1234")).error).to.include({ code: -32_602 });
    expect((await ask("anvil_setBalance", "nobody", "0x1")).error).to.include({ code: -32_602 });
    const before = await block();
    await restart();
    expect(await block()).to.deep.equal(before);
  });

  it("refuses methods that would undo the network, and whatever it does not know", async () => {
    const refused = ["anvil_reset", "hardhat_reset", "anvil_loadState", "anvil_setChainId", "evm_setIntervalMining"];
    const unknown = [
      "eth_sendRawTransactionConditional",
      "evm_foo",
      "foo",
      "toString",
      "anvil_toString",
      "evm___proto__",
    ];
    for (const method of [...refused, "anvil_reorg", "anvil_rollback", ...unknown])
      expect([method, (await ask(method)).error?.code]).to.deep.equal([method, -32_601]);
    for (const params of [["x"], [{ blocks: 1, more: 1 }], ["0x10000000"], [1, -1], [1, 1, 1]])
      expect([params, (await ask("anvil_mine", ...params)).error?.code]).to.deep.equal([params, -32_602]);
    expect((await block()).number).to.equal("0x0");
  });

  it("has the ten accounts that tools look for", async () => {
    const accounts = await call<string[]>("eth_accounts");
    expect([accounts.length, accounts[0]]).to.deep.equal([10, wallet.address.toLowerCase()]);
    for (const from of accounts)
      expect(await call("eth_sendTransaction", { from, to: ANYBODY, value: "0x1" })).to.match(/^0x/);
    expect(await call("eth_getBalance", ANYBODY, "latest")).to.equal("0xa");
  });

  it("keeps calls of many megabytes", async () => {
    const code = `0x${"5b".repeat(3 << 20)}`;
    await call("anvil_setCode", ANYBODY, code);
    await call("evm_mine");
    await restart();
    expect((await call("eth_getCode", ANYBODY, "latest")) === code).to.equal(true);
  });

  it("answers lists of calls in their order, and says what is no call", async () => {
    const raw = [await sign(0), await sign(1)];
    const answers = (await post([
      ...raw.map((params, id) => ({ jsonrpc: "2.0", id, method: "eth_sendRawTransaction", params: [params] })),
      { jsonrpc: "2.0", id: "number", method: "eth_blockNumber" },
      { jsonrpc: "2.0", id: "null", method: "eth_blockNumber", params: null },
    ])) as { id: unknown; result: unknown }[];
    expect(answers.map(({ id }) => id)).to.deep.equal([0, 1, "number", "null"]);
    expect(answers.slice(2).map(({ result }) => result)).to.deep.equal(["0x2", "0x2"]);
    for (const body of [[], {}, 7, { method: 7 }, { method: "eth_blockNumber", params: "x" }])
      expect([body, (await post(body)).error?.code]).to.deep.equal([body, -32_600]);
    const text = await fetch(chain.rpcUrl, { method: "POST", body: "{" });
    expect(((await text.json()) as RpcAnswer).error?.code).to.equal(-32_600);
    expect((await fetch(chain.rpcUrl)).status).to.equal(404);
    expect((await fetch(chain.rpcUrl, { method: "POST", body: new Uint8Array(17 << 20) })).status).to.equal(413);
  });

  it("says that a port is taken", async () => {
    const port = Number(new URL(chain.rpcUrl).port);
    const other = join(folder.path, "other.sqlite");
    expect(await codeOf(() => startDevChain({ journalFile: other, port, chainId: CHAIN_ID }))).to.equal(
      "DEV_CHAIN_FAILED",
    );
  });

  it("refuses a journal that makes other blocks, or that is none", async () => {
    await call("eth_sendRawTransaction", await sign(0));
    await call("evm_mine");
    await call("evm_mine");
    await chain.close();
    const changes = [
      "UPDATE entries SET time = time + 1 WHERE n = 2",
      "UPDATE entries SET params = '[\"0x12\"]' WHERE n = 1",
      "UPDATE entries SET params = '{' WHERE n = 1",
      "DELETE FROM entries WHERE n = 2",
      "UPDATE genesis SET time = time - 1",
      "DELETE FROM genesis",
      "PRAGMA user_version = 99",
    ];
    for (const change of changes) {
      const changed = join(folder.path, "changed.sqlite");
      const database = new DatabaseSync(journalFile);
      database.exec(`VACUUM INTO '${changed}'`);
      database.close();
      const copy = new DatabaseSync(changed);
      copy.exec(change);
      copy.close();
      const options = { journalFile: changed, port: 0, chainId: CHAIN_ID };
      expect([change, await codeOf(() => startDevChain(options))]).to.deep.equal([change, "DEV_FOLDER_BROKEN"]);
      for (const end of ["", "-wal", "-shm"]) await rm(`${changed}${end}`, { force: true });
    }
    await start();
    expect((await block()).number).to.equal("0x3");
  });
});
