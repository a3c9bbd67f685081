import { expect } from "chai";
import { NonceManager, Wallet } from "ethers";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { batchDigest } from "../../src/cat/batch.js";
import { readBatchFile, writeBatchFile } from "../../src/consortium/batch-file.js";
import type { CollectFrom } from "../../src/consortium/collect-approvals.js";
import { announceApproval } from "../../src/members/announce.js";
import { submitBatch } from "../../src/registry/transact.js";
import { type MemberName, nameCharter, ownedKeyOf, signAs, walletOf } from "../members/support/announced-world.js";
import { RpcRefusal } from "../support/rpc-proxy.js";
import { changeCouncil } from "../support/submit-acts.js";
import { wellKnownKey } from "../support/well-known-key.js";
import { CliWorld } from "./support/cli-world.js";
import { cliCommand, errorCodeOf } from "./support/run-cli.js";

/** What becomes of an approved batch when somebody submits it: alone, at the same time as others, again, or too late. */
describe("catnix batch submit", function () {
  this.timeout(90_000);
  let world: CliWorld;
  let from: CollectFrom;
  before(async () => {
    world = await CliWorld.start();
    from = await nameCharter(world.registry);
  });
  afterEach(async () => {
    world.registry.rpcProxy.rule = (_call, result) => result;
    await world.registry.rpc("evm_setAutomine", true);
  });
  after(() => world.close());

  const payer = new Wallet(wellKnownKey(0));
  const noncesOf = (block: string) => world.registry.rpc("eth_getTransactionCount", payer.address, block);
  const sentCalls = () =>
    world.registry.rpcProxy.calls.filter(({ method }) => method === "eth_sendRawTransaction").length;
  const submit = (...args: string[]) => ["batch", "submit", ...args, ...world.keyOf("payer"), "--json"];
  async function ask(...args: string[]): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await world.runHere(args);
    expect([code, stderr]).to.deep.equal([0, ""]);
    return JSON.parse(stdout) as Record<string, unknown>;
  }
  const refuse = async (...args: string[]) => {
    const result = await world.runHere(args);
    expect([result.code === 0, result.stdout]).to.deep.equal([false, ""]);
    return errorCodeOf(result);
  };
  const announce = async (name: MemberName, file: string) => {
    const { batch } = await readBatchFile(file);
    await announceApproval(from.stores, ownedKeyOf(name), from.registry.id, await signAs(world.registry, name, batch));
  };
  /** A draft that alice and bob have signed. */
  async function approved(name: string): Promise<string> {
    const file = await world.draft(name);
    const content = await readBatchFile(file);
    const signed = await Promise.all(
      (["alice", "bob"] as const).map(async (member) => {
        const { signature } = await signAs(world.registry, member, content.batch);
        return { member: walletOf(member).address, signature };
      }),
    );
    await writeBatchFile(file, { ...content, approvals: signed });
    return file;
  }
  const proxied = () => world.writeConfig("proxied.json", { rpcUrl: world.registry.rpcProxy.url });

  it("--collect: takes what members put on Swarm, and says who is missing", async () => {
    const file = await world.draft("collected");
    const { batch } = await readBatchFile(file);
    await announce("alice", file);
    await rm(file);
    const { seq } = await world.registry.registry.state();
    expect(await refuse(...submit("--collect"))).to.equal("QUORUM_MISSING");
    expect((await world.registry.registry.state()).seq).to.equal(seq);
    await writeBatchFile(file, { registry: from.registry.id, batch, approvals: [] });
    setTimeout(() => void announce("carol", file), 1500);
    expect(await ask(...submit("--collect", "--wait", "--every", "1"))).to.deep.include({ seq: batch.seq });
    expect(await world.registry.registry.state()).to.include({ head: batchDigest(from.registry.id, batch) });
  });

  it("--collect: adds what a file has, whatever else is in it", async () => {
    const file = await world.draft("handed");
    const content = await readBatchFile(file);
    await announce("alice", file);
    const { signature } = await signAs(world.registry, "bob", content.batch);
    const approvals = [
      { member: walletOf("bob").address, signature },
      { member: walletOf("alice").address, signature }, // not hers; what is on Swarm is
      { member: walletOf("carol").address, signature },
    ];
    await writeBatchFile(file, { ...content, approvals });
    const { stderr, code } = await world.runHere(submit("--collect", file).slice(0, -1));
    expect(code, stderr).to.equal(0);
    expect(stderr)
      .to.match(/carol {2}.*missing/)
      .and.to.include(`batch announce --seq ${content.batch.seq}`);
  });

  it("--collect: takes the batch that a quorum approved, and none that is over", async () => {
    const over = await world.draft("over", { deadline: Math.floor(Date.now() / 1000) - 60 });
    const good = await world.draft("good");
    for (const name of ["alice", "bob"] as const) await announce(name, over);
    for (const name of ["bob", "carol"] as const) await announce(name, good);
    const { batch } = await readBatchFile(good);
    expect(await refuse(...submit("--collect", "--digest", `0x${"5c".repeat(32)}`))).to.equal("BATCH_UNKNOWN");
    const digest = batchDigest(from.registry.id, (await readBatchFile(over)).batch);
    expect(await refuse(...submit("--collect", "--digest", digest))).to.equal("CALL_REVERTED");
    expect(await ask(...submit("--collect"))).to.deep.include({ root: batch.root });
  });

  it("wants files or --collect", async () => {
    expect(await refuse(...submit())).to.equal("USAGE");
    expect(await refuse(...submit("a.json", "--wait"))).to.equal("USAGE");
    expect(await refuse(...submit("a.json", "--digest", `0x${"5c".repeat(32)}`))).to.equal("USAGE");
  });

  it("says that another act came first", async () => {
    const file = await approved("overtaken");
    const { sender } = world.registry;
    if (sender instanceof NonceManager) sender.reset(); // the payer's commands sent from the same account
    await changeCouncil(world.registry, {});
    expect(await refuse(...submit(file))).to.equal("BATCH_STALE");
    // An endpoint that is behind is no reason to make another draft.
    const { seq } = await world.registry.registry.state();
    const ahead = await world.draft("ahead", { seq: seq + 2 });
    expect(await refuse(...submit(ahead))).to.equal("RPC_ANSWER_INVALID");
  });

  it("pays once where an earlier attempt was killed after it had sent", async () => {
    const file = await approved("killed");
    const config = await proxied();
    await world.registry.rpc("evm_setAutomine", false);
    const [before, sent] = [Number(await noncesOf("latest")), sentCalls()];
    const [program, words] = cliCommand([...submit(file), "--config", config]);
    const first = spawn(program, words, { cwd: world.folder, stdio: "ignore" });
    const exited = once(first, "exit");
    world.registry.rpcProxy.rule = ({ method }, result) => {
      if (method === "eth_sendRawTransaction") first.kill("SIGKILL");
      return result;
    };
    await exited;
    expect([sentCalls(), Number(await noncesOf("pending"))]).to.deep.equal([sent + 1, before + 1]);

    // The second one looks at what the payer has sent, and waits for that.
    const looked = new Promise<void>((resolve) => {
      world.registry.rpcProxy.rule = ({ method, params }, result) => {
        if (method === "eth_getTransactionCount" && params[1] === "pending") resolve();
        return result;
      };
    });
    const second = ask(...submit(file), "--config", config);
    await looked;
    await world.registry.mine(1);
    expect(await second).to.deep.include({ already: true, seq: (await readBatchFile(file)).batch.seq });
    expect([sentCalls(), Number(await noncesOf("latest"))]).to.deep.equal([sent + 1, before + 1]);
  });

  it("is content where the node knows its transaction already, as of another process of the same payer", async () => {
    const file = await approved("twice");
    const config = await proxied();
    const [before, sent] = [Number(await noncesOf("latest")), sentCalls()];
    await world.registry.rpc("evm_setAutomine", false);
    const refused = new Promise<void>((resolve) => {
      world.registry.rpcProxy.rule = ({ method, params }, result) => {
        // The node took it, and says what it says to whoever sends it again.
        if (method === "eth_sendRawTransaction") throw new RpcRefusal("already known");
        if (method === "eth_getTransactionCount" && params[1] === "pending" && sentCalls() > sent) resolve();
        return result;
      };
    });
    const submitting = ask(...submit(file), "--config", config);
    await refused;
    await world.registry.mine(1);
    expect(await submitting).to.deep.include({ already: true, seq: (await readBatchFile(file)).batch.seq });
    expect(Number(await noncesOf("latest"))).to.equal(before + 1);
  });

  it("is content where somebody else's submission comes first", async () => {
    const file = await approved("raced");
    const config = await proxied();
    const { batch, approvals } = await readBatchFile(file);
    const { registry } = world.registry;
    const other = new Wallet(wellKnownKey(9), registry.chain.provider);
    let theirs: string | undefined;
    // Between its simulation and what it sends.
    world.registry.rpcProxy.rule = async ({ method }, result) => {
      if (method === "eth_estimateGas" && theirs === undefined)
        theirs = (await submitBatch(registry, other, batch, approvals)).transactionHash;
      return result;
    };
    expect(await ask(...submit(file), "--config", config)).to.deep.include({
      already: true,
      transactionHash: theirs,
    });
  });
});
