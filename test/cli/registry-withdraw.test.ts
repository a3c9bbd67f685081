import { expect } from "chai";
import { concat, Wallet, ZeroAddress } from "ethers";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { toSafeBatch } from "../../src/cli/safe-batch.js";
import { toHex } from "../../src/encoding/hex.js";
import { withdrawBuild } from "../../src/registry/transact.js";
import { deploySafe } from "../support/deploy-safe.js";
import { makeRecord, swarmIdOf } from "../support/fill-index.js";
import { publishBatch } from "../support/publish-batch.js";
import { changeCouncil } from "../support/submit-acts.js";
import { wellKnownKey } from "../support/well-known-key.js";
import { CliWorld } from "./support/cli-world.js";
import { cliCommand, errorCodeOf } from "./support/run-cli.js";

interface Withdrawn {
  readonly builds: readonly {
    swarmId: string;
    storePath?: string;
    batches: number[];
    current: boolean;
    gas?: number;
  }[];
  readonly gas: number;
  readonly cachedUntil?: number;
  readonly withdrawnMeanwhile?: number;
}

/** The guardian takes out a path, or all that it needs, wherever it was listed. */
describe("catnix registry withdraw", function () {
  this.timeout(120_000);
  let world: CliWorld;
  beforeEach(async () => {
    world = await CliWorld.start();
  });
  afterEach(() => world.close());

  const record = (name: string, build: string, ...references: { storePath: string }[]) =>
    makeRecord(name, Buffer.from(build), {
      references: references.map(({ storePath }) => storePath.slice("/nix/store/".length)).sort(),
    });
  const idOf = (it: ReturnType<typeof record>) => toHex(swarmIdOf(it));
  const run = (...args: string[]) => world.runHere(["registry", "withdraw", "--reason", "x", "--json", ...args]);
  const asGuardian = () => [...world.keyOf("guardian"), "--yes"];
  async function ask(...args: string[]): Promise<Withdrawn> {
    const { code, stdout, stderr } = await run(...args);
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as Withdrawn;
  }
  const isWithdrawn = async (it: ReturnType<typeof record>) =>
    (await world.registry.registry.withdrawnThrough(swarmIdOf(it))) > 0;
  const countAlarms = async () => (await world.registry.registry.alarmState()).alarms;

  it("finds every build of a path that stands: the listed one and those that it replaced, and none that is dead", async () => {
    const [dead, first, second, other] = [record("a", "0"), record("a", "1"), record("a", "2"), record("b", "b")];
    await publishBatch(world.registry, dead, other);
    await publishBatch(world.registry, { tombstone: dead.storePath });
    for (const it of [first, second, first]) await publishBatch(world.registry, it);

    const { builds, gas } = await ask("--path", dead.storePath, "--dry-run");
    expect(builds.map(({ swarmId, batches, current }) => [swarmId, batches, current])).to.deep.equal([
      [idOf(first), [3, 5], true],
      [idOf(second), [4], false],
    ]);
    expect(gas).to.be.greaterThan(2 * 21_000);
    expect(await countAlarms()).to.equal(0);
    const shown = await world.runHere(["registry", "withdraw", "--reason", "x", "--path", dead.storePath, "--dry-run"]);
    expect(shown.stdout).to.include(dead.storePath).and.include("2 builds of 1 path").and.include("replaced");

    const unanswered = await run("--path", dead.storePath, ...world.keyOf("guardian"));
    expect(errorCodeOf(unanswered)).to.equal("NOT_CONFIRMED");
    const done = await ask("--path", dead.storePath, ...asGuardian());
    expect(done.builds.map(({ swarmId }) => swarmId)).to.deep.equal([idOf(first), idOf(second)]);
    expect(done.gas).to.equal(done.builds.reduce((sum, it) => sum + it.gas!, 0));
    expect(done.cachedUntil).to.be.closeTo(Date.now() / 1000 + 30 * 86_400, 60);
    expect(await Promise.all([dead, first, second, other].map(isWithdrawn))).to.deep.equal([false, true, true, false]);

    const again = await run("--path", dead.storePath, ...asGuardian());
    expect(errorCodeOf(again)).to.equal("CAT_PATH_WITHDRAWN");
    // A later batch lists it again, on purpose: then it stands again.
    await publishBatch(world.registry, other);
    await publishBatch(world.registry, second);
    expect((await ask("--path", dead.storePath, ...asGuardian())).builds).to.have.length(1);
  });

  it("with --closure finds what any build of the path refers to, and says to people what is left at clients", async () => {
    const [libc, oldLib, lib, outside] = [
      record("libc", "c"),
      record("old", "o"),
      record("lib", "l"),
      record("z", "z"),
    ];
    const libWithLibc = record("lib2", "m", libc);
    const before = record("app", "1", oldLib, libc);
    const app = record("app", "2", lib, libWithLibc);
    await publishBatch(world.registry, libc, oldLib, lib, outside, libWithLibc, before);
    await publishBatch(world.registry, app);
    const args = ["registry", "withdraw", "--reason", "x", "--path", app.storePath, "--closure"];
    const { code, stdout, stderr } = await world.runHere([...args, ...asGuardian()]);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.include("6 builds of 5 paths").and.include("6 builds withdrawn with");
    expect(stdout).to.include("30 days").and.include("catnix verify").and.include("binary-cache-v*.sqlite");
    for (const it of [libc, oldLib, lib, libWithLibc, before, app]) expect(await isWithdrawn(it)).to.equal(true);
    expect(await isWithdrawn(outside)).to.equal(false);
  });

  it("withdraws what it finds, and says which batches and records could not be looked through", async () => {
    const [lost, old, now] = [record("dep", "d"), record("a", "1", record("dep", "d")), record("a", "2")];
    const batch = await publishBatch(world.registry, old);
    await publishBatch(world.registry, now, lost);
    world.registry.swarmProxy.rule = ({ url }) =>
      url!.includes(batch.delta) ? { kind: "status", status: 404 } : undefined;
    const result = await run("--path", now.storePath, ...asGuardian());
    expect([result.code, errorCodeOf(result)]).to.deep.equal([1, "WITHDRAWAL_INCOMPLETE"]);
    const { builds, unread } = JSON.parse(result.stdout) as Withdrawn & { unread: number[] };
    expect([builds.map(({ swarmId }) => swarmId), unread]).to.deep.equal([[idOf(now)], [1]]);

    world.registry.swarmProxy.rule = ({ url }) =>
      url!.includes(idOf(old)) ? { kind: "status", status: 404 } : undefined;
    const closure = await run("--path", now.storePath, "--closure", ...asGuardian());
    expect(errorCodeOf(closure)).to.equal("WITHDRAWAL_INCOMPLETE");
    expect(await Promise.all([old, now, lost].map(isWithdrawn))).to.deep.equal([true, true, false]);
    world.registry.swarmProxy.rule = () => undefined;
    expect((await ask("--path", now.storePath, "--closure", ...asGuardian())).builds).to.have.length(1);
  });

  it("is the guardian's alone, who may be nobody, and is asked for a key and a reason that fits", async () => {
    const it_ = record("a", "1");
    await publishBatch(world.registry, it_);
    const path = ["--path", it_.storePath];
    expect(errorCodeOf(await run(...path, ...world.keyOf("alice"), "--yes"))).to.equal("NOT_GUARDIAN");
    for (const args of [
      path,
      ["--batch", "1", "--closure", "--dry-run"],
      [...path, "--reason", "x".repeat(1025), "--dry-run"],
      [...path, "--calldata", "--dry-run"],
    ])
      expect((await run(...args)).code, args.join(" ")).to.equal(64);
    await changeCouncil(world.registry, { guardian: ZeroAddress });
    for (const args of [["--dry-run"], asGuardian()])
      expect(errorCodeOf(await run(...path, ...args))).to.equal("NOT_GUARDIAN");
    expect(await countAlarms()).to.equal(0);
  });

  it("passes over what a transaction of a former start withdraws meanwhile", async () => {
    const [a, b] = [record("a", "1"), record("a", "2")];
    for (const it of [a, b]) await publishBatch(world.registry, it);
    const { registry, guardian, rpcProxy } = world.registry;
    const rpc = (method: string, ...params: unknown[]) => world.registry.rpc(method, ...params);
    const config = await world.writeConfig("proxied.json", { rpcUrl: rpcProxy.url });
    const hasSent = () => rpcProxy.calls.some(({ method }) => method === "eth_sendRawTransaction");
    // What was sent and is not in a block: no endpoint that simulates at the latest block sees it.
    await rpc("evm_setAutomine", false);
    const pending = withdrawBuild(registry, guardian, idOf(a), "before").catch((error: unknown) => error);
    const mining = setInterval(() => void (hasSent() && rpc("evm_mine")), 100);
    try {
      const { builds, withdrawnMeanwhile } = await ask("--config", config, "--path", a.storePath, ...asGuardian());
      expect([builds.map(({ swarmId }) => swarmId), withdrawnMeanwhile]).to.deep.equal([[idOf(b)], 1]);
    } finally {
      clearInterval(mining);
      await rpc("evm_setAutomine", true);
    }
    await pending;
    expect(await countAlarms()).to.equal(2);
  });

  /** A path that refers to twenty others: the transactions of two rounds. */
  async function publishTwenty(): Promise<ReturnType<typeof record>> {
    const libraries = Array.from({ length: 20 }, (_, at) => record(`lib${at}`, "l"));
    const app = record("app", "1", ...libraries);
    await publishBatch(world.registry, ...libraries, app);
    return app;
  }

  for (const ending of ["SIGTERM", "SIGKILL"] as const)
    it(`goes on after a ${ending} in the middle, and leaves nothing out`, async () => {
      const app = await publishTwenty();
      const { rpcProxy } = world.registry;
      const config = await world.writeConfig("proxied.json", { rpcUrl: rpcProxy.url });
      const args = ["--config", config, "registry", "withdraw", "--reason", "x", "--closure", "--path", app.storePath];
      const child = spawn(...cliCommand([...args, ...asGuardian()]), {
        cwd: world.folder,
        stdio: ["ignore", "ignore", "pipe"],
      });
      rpcProxy.rule = ({ method }, result) => {
        if (method === "eth_getTransactionReceipt" && result !== null) child.kill(ending);
        return result;
      };
      let stderr = "";
      child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
      await once(child, "close");
      rpcProxy.rule = (_call, result) => result;
      expect(stderr).to.match(/about \d+ gas in 21 transactions; at .* gwei that is /);
      if (ending === "SIGTERM")
        expect(stderr).to.match(/of 21 builds withdrawn, \d+ more sent; the same command goes on/);
      expect(await countAlarms()).to.equal(16); // one round was sent at once
      expect((await ask("--closure", "--path", app.storePath, ...asGuardian())).builds).to.have.length(5);
      expect(await countAlarms()).to.equal(21);
    });

  it("says beforehand what the guardian cannot pay, stops where it cannot, and goes on once it can", async () => {
    const app = await publishTwenty();
    const path = ["--closure", "--path", app.storePath];
    const { cost, gasPrice, gas } = (await ask(...path, "--dry-run")) as unknown as Record<string, string>;
    expect(BigInt(cost!)).to.equal(BigInt(gas!) * BigInt(gasPrice!));
    const address = await world.registry.guardian.getAddress();
    await world.registry.rpc("anvil_setBalance", address, `0x${(BigInt(cost!) / 4n).toString(16)}`);
    const shown = await world.runHere(["registry", "withdraw", "--reason", "x", ...path, "--dry-run"]);
    expect(shown.stdout).to.include("NOT ENOUGH").and.include("nothing was sent");
    const stopped = await world.runHere(["registry", "withdraw", "--reason", "x", ...path, ...asGuardian()]);
    expect(stopped.stderr).to.include("NOT ENOUGH").and.include("TRANSACTION_FAILED");
    const done = await countAlarms();
    expect(done).to.be.within(1, 20);
    expect(stopped.stderr).to.include(`${done} of 21 builds withdrawn; the same command goes on`);
    await world.registry.rpc("anvil_setBalance", address, "0xde0b6b3a7640000");
    expect((await ask(...path, ...asGuardian())).builds).to.have.length(21 - done);
  });

  it("refuses what means nothing: the number of another act, and an address that is no record", async () => {
    const it_ = record("a", "1");
    await publishBatch(world.registry, it_);
    await changeCouncil(world.registry, { publishThreshold: 1 });
    for (const args of [["--dry-run"], asGuardian()])
      expect(errorCodeOf(await run("--batch", "2", ...args))).to.equal("WITHDRAWAL_POINTLESS");
    const { address } = await world.registry.store.write(Buffer.from("a NAR"));
    const key = world.keyOf("guardian");
    expect(errorCodeOf(await run("--build", address, ...key))).to.equal("WITHDRAWAL_POINTLESS");
    expect(await countAlarms()).to.equal(0);
    // What Swarm lacks may be a record, and who says yes knows better.
    for (const args of [
      ["--build", "ab".repeat(32), ...key],
      ["--build", address, ...asGuardian()],
      ["--build", idOf(it_), ...key],
      ["--batch", "1", ...key],
    ])
      await ask(...args);
    expect(await countAlarms()).to.equal(4);
  });

  it("puts into a Safe's one transaction what fits, and says how many are left", () => {
    const call = { to: ZeroAddress, value: "0", data: "0x", gas: 61_000 } as const;
    const id = { chainId: 100, registry: ZeroAddress };
    const make = (count: number) =>
      toSafeBatch({ id }, { calls: Array.from({ length: count }, () => call), guardian: ZeroAddress, reason: "bad" });
    const { batch, left } = make(300);
    expect(left).to.equal(300 - Math.floor(12_000_000 / 61_000));
    expect(batch)
      .to.have.property("transactions")
      .with.length(300 - left);
    expect(batch).to.have.nested.property(
      "meta.description",
      `bad (${left} more do not fit: run catnix again after these)`,
    );
    expect(make(2).batch).to.have.nested.property("meta.description", "bad");
  });

  it("prepares the transactions of a guardian that is a Safe, which a quorum of its owners sends", async () => {
    const [a, b] = [record("a", "1"), record("a", "2")];
    for (const it of [a, b]) await publishBatch(world.registry, it);
    const owners = [5, 6, 7].map((at) => new Wallet(wellKnownKey(at)));
    const { sender } = world.registry;
    const safe = await deploySafe(
      sender,
      owners.map(({ address }) => address),
      2,
    );
    await changeCouncil(world.registry, { guardian: safe.address });
    const prepared = (await ask("--path", a.storePath, "--calldata")) as unknown as {
      version: string;
      chainId: string;
      transactions: { to: string; value: string; data: string; contractMethod: null }[];
    };
    expect(prepared).to.include({ version: "1.0", chainId: "31337" });
    expect(prepared.transactions).to.have.length(2);
    const text = await world.runHere(["registry", "withdraw", "--reason", "x", "--path", a.storePath, "--calldata"]);
    expect(text.stdout).to.include(`data ${prepared.transactions[0]!.data}`);
    for (const { to, value, data } of prepared.transactions) {
      const nonce = (await safe.contract.getFunction("nonce").staticCall()) as bigint;
      const call = [to, value, data, 0, 0, 0, 0, ZeroAddress, ZeroAddress] as const;
      const hash = (await safe.contract.getFunction("getTransactionHash").staticCall(...call, nonce)) as string;
      const by = owners.slice(0, 2).sort((x, y) => (BigInt(x.address) < BigInt(y.address) ? -1 : 1));
      const signatures = concat(by.map(({ signingKey }) => signingKey.sign(hash).serialized));
      await (await safe.contract.getFunction("execTransaction").send(...call, signatures)).wait();
    }
    expect(await Promise.all([a, b].map(isWithdrawn))).to.deep.equal([true, true]);
    expect(errorCodeOf(await run("--path", a.storePath, "--calldata"))).to.equal("CAT_PATH_WITHDRAWN");
  });
});
