import { expect } from "chai";
import { AbiCoder, concat, NonceManager, Signature, Wallet } from "ethers";
import { readFile, writeFile } from "node:fs/promises";
import { typedDataOf } from "../../src/cat/act.js";
import { hashTypedData } from "../../src/cli/describe-typed-data.js";
import { readActFile } from "../../src/consortium/act-file.js";
import { readBatchFile, typedBatch } from "../../src/consortium/batch-file.js";
import { createKeystore } from "../../src/keys/keystore.js";
import type { TypedDataJson } from "../../src/keys/typed-data.js";
import { ERC1271Wallet__factory } from "../../src/registry/contract-types/factories/mocks/ERC1271Wallet__factory.js";
import { PermissiveDelegate__factory } from "../../src/registry/contract-types/factories/mocks/PermissiveDelegate__factory.js";
import { formatCharter } from "../../src/members/charter.js";
import { joinSafeParts, typedSafeMessage } from "../../src/registry/safe.js";
import { sampleCharter, sampleMember } from "../members/support/sample-charter.js";
import { delegateTo, deploySafe, type TestSafe } from "../support/deploy-safe.js";
import { changeCouncil } from "../support/submit-acts.js";
import { signPayload, startTestWallet } from "../support/test-wallet.js";
import { wellKnownKey } from "../support/well-known-key.js";
import { CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

interface Verdicts {
  readonly verdicts: { member: string; kind: string; verdict: string; safe?: object }[];
}
interface TypedDataFacts {
  readonly typedData: TypedDataJson;
  readonly digest: string;
  readonly signs: string;
  readonly signMessage?: string;
}

/** Members that are no plain accounts: a real Safe of three owners of which two sign, a contract, an account with EIP-7702 code. */
describe("catnix batch, signed by contracts and from elsewhere", function () {
  this.timeout(120_000);
  const owners = [5, 6, 7].map((account) => new Wallet(wellKnownKey(account)));
  let world: CliWorld;
  let safe: TestSafe;
  let contract: string;
  let delegated: Wallet;
  before(async () => {
    world = await CliWorld.start();
    const { sender, registry } = world.registry;
    // Of its own nonces: the commands pay by the sender's key.
    const deployer = new Wallet(wellKnownKey(9), registry.chain.provider);
    safe = await deploySafe(
      deployer,
      owners.map(({ address }) => address),
      2,
    );
    const deployed = await new ERC1271Wallet__factory(sender).deploy(owners[0]!.address);
    contract = await (await deployed.waitForDeployment()).getAddress();
    delegated = new Wallet(wellKnownKey(8), registry.chain.provider);
    const delegate = await new PermissiveDelegate__factory(sender).deploy();
    await delegateTo(delegated, await (await delegate.waitForDeployment()).getAddress());
    for (const [at, owner] of owners.entries())
      await createKeystore(world.file(`owner-${at}.json`), "", { privateKey: owner.privateKey, fast: true });
    await createKeystore(world.file("delegated.json"), "", { privateKey: delegated.privateKey, fast: true });
    await writeFile(world.file("empty"), "", { mode: 0o600 });

    const { members } = await registry.council();
    await changeCouncil(world.registry, { members: [...members, safe.address, contract, delegated.address] }, [
      {
        address: safe.address,
        async signTypedData(domain, types, value) {
          const message = typedSafeMessage(registry, safe.address, { domain, types, value });
          const parts = owners.slice(0, 2).map(async (owner) => ({
            owner: owner.address,
            signature: await owner.signTypedData(message.domain, message.types, message.value),
          }));
          return joinSafeParts(await Promise.all(parts));
        },
      },
      { address: contract, signTypedData: owners[0]!.signTypedData.bind(owners[0]) },
      delegated,
    ]);
  });
  after(() => world.close());

  const keyOf = (name: string) => ["--key", world.file(`${name}.json`), "--password-file", world.file("empty")];
  async function ask<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await world.runHere([...args, "--json"]);
    expect([code, stderr]).to.deep.equal([0, ""]);
    return JSON.parse(stdout) as T;
  }
  const refusal = async (...args: string[]) => errorCodeOf(await world.runHere([...args, "--json"]));
  const sign = (file: string, ...args: string[]) => ask("batch", "sign", file, "--yes", ...args);
  const signForSafe = (file: string, owner: number) => sign(file, "--safe", safe.address, ...keyOf(`owner-${owner}`));
  const verdictOf = async (file: string, member: string) =>
    (await ask<Verdicts>("batch", "show", file)).verdicts.find((it) => it.member === member);
  const submit = (...files: string[]) => ask("batch", "submit", ...files, ...world.keyOf("payer"));
  const approversOf = async () => (await ask<{ acts: { approvers: string[] }[] }>("batch", "list")).acts[0]!.approvers;

  it("signs for a Safe owner by owner, until it takes it, and the registry takes the Safe's approval", async () => {
    const file = await world.draft("by-owners");
    expect(await signForSafe(file, 2)).to.deep.include({ holds: false, threshold: 2, owners: [owners[2]!.address] });
    expect(await verdictOf(file, safe.address)).to.deep.include({ kind: "contract", verdict: "does not hold" });
    const half = await world.runHere(["batch", "show", file]);
    expect(half.stdout).to.include("1 of the 2 owners");
    expect(await signForSafe(file, 0)).to.deep.include({ holds: true });
    await sign(file, ...world.keyOf("alice"));
    await submit(file);
    expect(await approversOf()).to.include(safe.address);
  });

  it("puts owners together who signed in files of their own", async () => {
    const file = await world.draft("apart");
    const files = [0, 1].map((at) => world.file(`owner-${at}-signed.json`));
    for (const at of [0, 1])
      await ask("batch", "sign", file, "--yes", "--safe", safe.address, ...keyOf(`owner-${at}`), "--out", files[at]!);
    await sign(file, ...world.keyOf("bob"));
    await submit(file, ...files);
    expect(await approversOf())
      .to.have.length(2)
      .and.to.include(safe.address);
  });

  it("leaves out a Safe of which too few owners signed, and says so", async () => {
    const file = await world.draft("too-few");
    await signForSafe(file, 1);
    for (const member of ["alice", "bob"] as const) await sign(file, ...world.keyOf(member));
    const { code, stderr } = await world.runHere(["batch", "submit", file, ...world.keyOf("payer")]);
    expect([code, stderr.includes(safe.address)]).to.deep.equal([0, true]);
    expect(await approversOf())
      .to.have.length(2)
      .and.not.to.include(safe.address);
  });

  it("takes what a Safe signed on chain, by an empty signature", async () => {
    const file = await world.draft("on-chain");
    const { digest, signMessage } = await ask<TypedDataFacts>("batch", "typed-data", file, "--safe", safe.address);
    const add = ["batch", "add-signature", file, "--member", safe.address, "--signature", "0x"];
    expect(await refusal(...add)).to.equal("SIGNATURE_INVALID");
    await safe.signOnChain(digest, owners.slice(1));
    expect(signMessage).to.include(digest.slice(2));
    expect(await ask(...add)).to.deep.include({ holds: true, signature: "0x" });
    await sign(file, ...world.keyOf("alice"));
    await submit(file);
    expect(await approversOf()).to.include(safe.address);
  });

  it("signs as an account that delegates to a contract, and asks that contract nothing", async () => {
    const file = await world.draft("by-delegated");
    await sign(file, ...keyOf("delegated"));
    expect(await verdictOf(file, delegated.address)).to.deep.include({ kind: "delegated account", verdict: "holds" });
    const args = ["batch", "add-signature", file, "--member", delegated.address];
    expect(await refusal(...args, "--signature", `0x${"11".repeat(65)}`)).to.equal("SIGNATURE_INVALID");
    await sign(file, ...world.keyOf("alice"));
    await submit(file);
    expect(await approversOf()).to.include(delegated.address);
  });

  it("exports what was checked, and imports what was signed elsewhere, of accounts, owners and contracts", async () => {
    const file = await world.draft("elsewhere");
    const exportTo = async (...args: string[]) => {
      const out = world.file("sign-me.json");
      const facts = await ask<TypedDataFacts>("batch", "typed-data", file, ...args, "--out", out);
      const payload = JSON.parse(await readFile(out, "utf8")) as Parameters<typeof signPayload>[1];
      expect(payload).to.deep.equal(facts.typedData);
      return (wallet: Wallet) => signPayload(wallet, payload);
    };
    const add = (member: string, signature: string) =>
      ask("batch", "add-signature", file, "--member", member, "--signature", signature);

    const alice = new Wallet(wellKnownKey(1));
    const compact = Signature.from((await exportTo("--member", alice.address))(alice)).compactSerialized;
    expect(await add(alice.address, compact)).to.deep.include({ kind: "account", holds: true });

    const byContract = (await exportTo("--member", contract))(owners[0]!);
    await writeFile(world.file("signature"), ` ${byContract.toUpperCase().replace("0X", "0x")}\n`);
    const fromFile = [
      "batch",
      "add-signature",
      file,
      "--member",
      contract,
      "--signature-file",
      world.file("signature"),
    ];
    expect(await ask(...fromFile)).to.deep.include({ kind: "contract", holds: true });

    const bySafe = await exportTo("--safe", safe.address);
    expect(await add(safe.address, bySafe(owners[1]!))).to.deep.include({ holds: false, threshold: 2 });
    expect(await add(safe.address, bySafe(owners[2]!))).to.deep.include({ holds: true });
    await submit(file);
    expect(await approversOf()).to.have.members([alice.address, contract, safe.address]);
  });

  it("imports no signature of anybody else, of anything else, or by nobody", async () => {
    const file = await world.draft("refused");
    const before = await readFile(file, "utf8");
    const alice = new Wallet(wellKnownKey(1));
    const elsewhere = alice.signMessageSync("hello");
    const content = await readBatchFile(file);
    const batch = typedBatch(content);
    const good = Signature.from(await alice.signTypedData(batch.domain, batch.types, batch.value));
    const curve = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const highS = `${good.r}${(curve - BigInt(good.s)).toString(16).padStart(64, "0")}${good.yParity === 0 ? "1c" : "1b"}`;
    // ERC-6492: for an account that is not deployed yet, with what would deploy it.
    const wrapped = AbiCoder.defaultAbiCoder().encode(["address", "bytes", "bytes"], [contract, "0x", good.serialized]);
    const undeployed = concat([wrapped, `0x${"6492".repeat(16)}`]);
    // Of the same batch on another chain, and in another registry.
    const others = [{ chainId: 1 }, { verifyingContract: safe.address }].map((fields) =>
      alice.signTypedData({ ...batch.domain, ...fields }, batch.types, batch.value),
    );
    for (const member of [alice.address, contract, safe.address])
      for (const signature of [
        ...[elsewhere, "0x", "0x1234", `0x${"00".repeat(65)}`],
        ...[highS, undeployed, concat([good.serialized, "0x00"]), ...(await Promise.all(others))],
      ])
        expect(await refusal("batch", "add-signature", file, "--member", member, "--signature", signature)).to.equal(
          "SIGNATURE_INVALID",
        );
    const nobody = new Wallet(wellKnownKey(9)).address;
    expect(await refusal("batch", "add-signature", file, "--member", nobody, "--signature", elsewhere)).to.equal(
      "NOT_A_MEMBER",
    );
    const none = ["batch", "add-signature", file, "--member", alice.address];
    expect(await refusal(...none)).to.equal("USAGE");
    await writeFile(world.file("prose"), "signed, alice");
    expect(await refusal(...none, "--signature-file", world.file("prose"))).to.equal("USAGE");
    expect(await readFile(file, "utf8")).to.equal(before);
  });

  it("exports nothing that was not checked, or for nobody in particular", async () => {
    const alice = new Wallet(wellKnownKey(1)).address;
    const broken = await world.draft("broken", { root: "ab".repeat(32) });
    expect(await refusal("batch", "typed-data", broken, "--member", alice)).to.equal("CAT_ROOT_MISMATCH");
    const file = await world.draft("fine");
    expect(await refusal("batch", "typed-data", file)).to.equal("USAGE");
    expect(await refusal("batch", "typed-data", file, "--member", alice, "--safe", safe.address)).to.equal("USAGE");
    const nobody = new Wallet(wellKnownKey(9)).address;
    expect(await refusal("batch", "typed-data", file, "--member", nobody)).to.equal("NOT_A_MEMBER");
  });

  it("signs for no Safe by who does not own it, and for no contract that is none", async () => {
    const file = await world.draft("foreign");
    const signFor = (member: string, ...key: string[]) =>
      refusal("batch", "sign", file, "--yes", "--safe", member, ...key);
    expect(await signFor(safe.address, ...world.keyOf("alice"))).to.equal("SAFE_OWNER_UNKNOWN");
    expect(await signFor(contract, ...keyOf("owner-0"))).to.equal("SAFE_UNSUPPORTED");
    expect(await signFor(delegated.address, ...keyOf("owner-0"))).to.equal("SAFE_UNSUPPORTED");
    expect((await readBatchFile(file)).approvals).to.deep.equal([]);
  });

  it("signs for a Safe by a wallet that has an owner's key", async () => {
    const file = await world.draft("owner-in-wallet");
    const wallet = await startTestWallet([owners[1]!.privateKey]);
    try {
      const args = ["--wallet", wallet.url, "--account", owners[1]!.address];
      const { code, stdout } = await world.runHere([
        "batch",
        "sign",
        file,
        "--yes",
        "--safe",
        safe.address,
        ...args,
        "--json",
      ]);
      expect([code, (JSON.parse(stdout) as { owner: string }).owner]).to.deep.equal([0, owners[1]!.address]);
    } finally {
      await wallet.close();
    }
  });

  it("shows the hashes that a hardware wallet shows, of batches and of other acts, of an account and of a Safe", async () => {
    const act = world.file("council.json");
    await ask("registry", "rotate", "--publish-threshold", "1", "--out", act);
    const data = typedDataOf(world.registry.registry.id, (await readActFile(act)).act);
    const message = typedSafeMessage(world.registry.registry, safe.address, data);
    const hashes = [data, message].flatMap((it) => {
      const { domainHash, messageHash, digest } = hashTypedData(it);
      return [domainHash, messageHash, digest];
    });
    const signed = await world.runHere([
      ...["registry", "sign", act, "--yes", "--out", world.file("signed-council.json")],
      ...["--safe", safe.address, ...keyOf("owner-0")],
    ]);
    for (const hash of hashes) expect(signed.stdout).to.include(hash);
    const exported = await world.runHere(["registry", "typed-data", act, "--safe", safe.address]);
    for (const hash of hashes) expect(exported.stderr).to.include(hash);
    expect(await ask("registry", "show", act)).to.deep.include({ hashes: hashTypedData(data) });
    const file = await world.draft("hashes");
    const facts = await ask<TypedDataFacts & { hashes: { digest: string } }>(
      ...["batch", "typed-data", file, "--safe", safe.address],
    );
    expect(facts.hashes.digest).to.equal(facts.signs);
  });

  describe("over Swarm", () => {
    before(async () => {
      const ofSafe = { ...sampleMember("the-safe", 26), address: safe.address };
      const charter = sampleCharter([sampleMember("alice", 1), sampleMember("bob", 2), ofSafe]);
      const { address } = await world.registry.store.write(formatCharter(charter));
      for (const [name, at] of [
        ["alice", 21],
        ["the-safe", 46],
      ] as const)
        await createKeystore(world.file(`${name}-owned.json`), "", { privateKey: wellKnownKey(at), fast: true });
      const { sender } = world.registry;
      if (sender instanceof NonceManager) sender.reset(); // the payer's commands sent from the same account
      await changeCouncil(world.registry, { charter: address });
    });

    const owned = (name: string) => [
      ...["--owned-key", world.file(`${name}-owned.json`)],
      ...["--owned-password-file", world.file("empty")],
    ];
    interface Collected {
      readonly found: number;
      readonly members: { name?: string; state: string; error?: object; approval?: { signature: string } }[];
    }
    const stateOfSafe = ({ members }: Collected) => members.find(({ name }) => name === "the-safe")!;
    const submitCollected = (...args: string[]) =>
      ask("batch", "submit", "--collect", ...args, ...world.keyOf("payer"));

    it("collects what the owners of a Safe signed, once it is enough, and no single owner undoes it", async () => {
      const file = await world.draft("safe-on-swarm");
      const signAsOwner = (at: number, out: string) =>
        sign(file, "--safe", safe.address, ...keyOf(`owner-${at}`), ...owned("the-safe"), "--out", out);
      const together = world.file("together.json");
      expect(await signAsOwner(0, together)).not.to.have.property("ownedChunk");
      expect(await signAsOwner(2, together)).to.have.property("ownedChunk");
      await sign(file, ...world.keyOf("alice"), ...owned("alice"), "--out", world.file("unused.json"));
      // Of the third owner, whose part alone is worth nothing, and which stands in the file that is handed over.
      const alone = world.file("alone.json");
      await sign(file, "--safe", safe.address, ...keyOf("owner-1"), "--out", alone);
      const collected = await ask<Collected>("batch", "collect", alone);
      expect(collected.found).to.equal(2);
      expect(stateOfSafe(collected)).to.deep.include({ state: "approved" });
      expect(await verdictOf(alone, safe.address)).to.deep.include({ verdict: "holds" });
      await submitCollected(alone);
      expect(await approversOf())
        .to.have.length(2)
        .and.to.include(safe.address);
    });

    it("collects what a Safe signed on chain", async () => {
      const file = await world.draft("safe-on-chain");
      const { digest } = await ask<TypedDataFacts>("batch", "typed-data", file, "--safe", safe.address);
      await safe.signOnChain(digest, owners.slice(0, 2));
      await ask("batch", "add-signature", file, "--member", safe.address, "--signature", "0x");
      await ask("batch", "announce", file, ...owned("the-safe"));
      await sign(file, ...world.keyOf("alice"), ...owned("alice"));
      const out = world.file("from-swarm.json");
      const collected = await ask<Collected>("batch", "collect", "--out", out);
      expect(stateOfSafe(collected)).to.deep.include({ state: "approved" });
      expect(stateOfSafe(collected).approval).to.deep.include({ signature: "0x" });
      await submitCollected();
      expect(await approversOf()).to.include(safe.address);
    });

    it("counts no Safe's approval any more that its owners have outlived", async () => {
      const file = await world.draft("safe-changed");
      for (const at of [0, 1]) await sign(file, "--safe", safe.address, ...keyOf(`owner-${at}`), ...owned("the-safe"));
      await safe.changeThreshold(3, owners.slice(0, 2));
      try {
        const result = await world.runHere(["batch", "collect", "--out", world.file("changed.json"), "--json"]);
        expect(errorCodeOf(result)).to.equal("QUORUM_MISSING");
        expect(stateOfSafe(JSON.parse(result.stdout) as Collected)).to.deep.include({ state: "invalid" });
      } finally {
        await safe.changeThreshold(2, owners);
      }
    });
  });
});
