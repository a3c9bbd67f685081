import { expect } from "chai";
import type { Wallet } from "ethers";
import { JsonRpcProvider, NonceManager, parseEther } from "ethers";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { type RunningDev, startDev, startServe } from "../../scripts/lab/catnix.js";
import { openKeystore } from "../../src/keys/keystore.js";
import { PermissiveDelegate__factory } from "../../src/registry/contract-types/factories/mocks/PermissiveDelegate__factory.js";
import type { ResolutionJson } from "../../src/resolver/resolution-format.js";
import { BuildWorld } from "../attest/support/build-world.js";
import { delegateTo, deploySafe, type TestSafe } from "../support/deploy-safe.js";
import { type LabFolder, makeLabFolder } from "../e2e/support/lab-folder.js";
import { listLeftBehind } from "../e2e/support/left-behind.js";
import { startFaultProxy } from "../support/fault-proxy.js";
import { startRpcProxy } from "../support/rpc-proxy.js";
import { type ChainPart, Home, mail } from "./support/member-home.js";
import { listRpcLies } from "./support/rpc-lies.js";

interface Attested {
  readonly address?: string;
  readonly rows: { readonly storePath: string; readonly result: string; readonly reason?: string }[];
}

const PUBLISH_THRESHOLD = 4;
const COUNCIL_THRESHOLD = 5;
const names = ["asiago", "brie", "comte", "danbo", "edam", "feta", "gouda"] as const;

/**
 * Seven members, each with a folder, keys and processes of their own: five accounts, a Safe of three owners of which two
 * sign, an account that delegates to a contract. They share a chain and Swarm; a draft comes to them by mail. The tests are one story, in their order.
 */
describe("story: a consortium of seven", function () {
  this.timeout(300_000);
  this.bail(true);
  let folder: LabFolder;
  let dev: RunningDev;
  let world: BuildWorld;
  let chain: ChainPart;
  let publisher: Home;
  let outsider: Home;
  let guardian: Home;
  let newcomer: Home;
  const members: Home[] = [];
  const accounts = new Map<Home, string>();
  const stores = new Map<Home, string>();
  let payer: NonceManager;
  let safe: TestSafe;
  let charter: string;
  let tool: string;
  let random: string;
  let program: string;

  before(async () => {
    folder = await makeLabFolder("consortium");
    dev = await startDev(join(folder.path, "network"));
    const { network } = dev;
    const provider = new JsonRpcProvider(network.rpcUrl, network.chainId, { staticNetwork: true });
    const password = (await readFile(network.passwordFile, "utf8")).trim();
    payer = new NonceManager((await openKeystore(network.keys.publisher, password)).connect(provider));
    world = await BuildWorld.make(folder.path);
    [publisher, outsider, guardian, newcomer] = (await Promise.all(
      ["publisher", "outsider", "guardian", "newcomer"].map((name) => Home.make(folder.path, name)),
    )) as [Home, Home, Home, Home];
    for (const name of names) members.push(await Home.make(folder.path, name));
  });
  after(async () => {
    await dev.stop();
    await folder.remove();
    expect(await listLeftBehind(folder.path)).to.deep.equal([]);
  });

  const uploadNode = () => dev.network.swarm[0];
  const otherNode = () => dev.network.swarm[1];
  const give = async (to: string) => (await payer.sendTransaction({ to, value: parseEther("1") })).wait();
  const nixKeysOf = (home: Home) => ["rebuilt", "copied"].map((how) => home.file(`${home.name}-${how}-1.secret`));

  /** A member's keys and its entry for the charter; the entry is all that leaves the folder. */
  async function enrol(member: Home, account?: string): Promise<void> {
    const address = account ?? (await member.makeKey("account"));
    accounts.set(member, address);
    await member.makeKey("owned");
    stores.set(member, await member.makeStore());
    for (const how of ["rebuilt", "copied"]) await member.ask("key", "create-nix", `${member.name}-${how}-1`);
    const keys = nixKeysOf(member).flatMap((file) => ["--nix-key", file]);
    const whose = account === undefined ? ["--key", member.file("account.json")] : ["--key", account];
    await member.ask(
      "charter",
      "member",
      "--name",
      member.name,
      ...whose,
      "--owned-key",
      member.file("owned.json"),
      ...keys,
    );
  }

  async function configure(who: Home, more: object = {}): Promise<void> {
    await who.configure(chain, { url: otherNode(), urls: [uploadNode()] }, more);
  }

  const owned = { member: { ownedKeyFile: "owned.json", ownedPasswordFile: "password" } };

  it("is founded: seven keys in seven places, a charter of their entries, a registry", async () => {
    for (const member of members.slice(0, 5)) await enrol(member);
    const owners = [];
    for (const at of [1, 2, 3]) owners.push(await members[5]!.makeKey(`owner-${at}`));
    safe = await deploySafe(payer, owners, 2);
    await enrol(members[5]!, safe.address);

    await enrol(members[6]!);
    const delegate = await new PermissiveDelegate__factory(payer).deploy();
    const wallet = await openAccount(members[6]!, "account");
    await give(wallet.address);
    await delegateTo(wallet.connect(payer.provider), await (await delegate.waitForDeployment()).getAddress());

    for (const member of members) await mail(member, `${member.name}.member.json`, publisher);
    const entries = members.flatMap(({ name }) => ["--member", `${name}.member.json`]);
    const { network } = dev;
    chain = {
      rpcUrl: network.rpcUrl,
      chainId: network.chainId,
      registry: network.registry,
      deploymentBlock: 0,
      finality: "latest",
    };
    await publisher.configure(chain, { url: uploadNode(), urls: [otherNode()] });
    await publisher.ask("charter", "create", "--name", "Cheese for everybody", "--system", "x86_64-linux", ...entries);
    charter = (await publisher.ask<{ address: string }>("charter", "publish", "charter.json")).address;

    for (const who of [publisher, outsider, guardian]) accounts.set(who, await who.makeKey("account"));
    for (const who of [publisher, outsider, guardian]) await give(accounts.get(who)!);
    const council = {
      ...{ members: members.map((member) => accounts.get(member)!), guardian: accounts.get(guardian)!, charter },
      ...{ publishThreshold: PUBLISH_THRESHOLD, councilThreshold: COUNCIL_THRESHOLD },
    };
    await writeFile(publisher.file("council.json"), JSON.stringify(council));
    const deployed = await publisher.ask<{ chain: ChainPart }>(
      "registry",
      "deploy",
      "--council",
      "council.json",
      ...publisher.keyOf("account"),
    );
    chain = { ...deployed.chain, rpcUrl: network.rpcUrl, finality: "latest" };
    await publisher.configure(chain, { url: uploadNode(), urls: [otherNode()] });
    for (const member of members) await configure(member, owned);
    for (const who of [outsider, guardian, newcomer]) await configure(who, who === newcomer ? owned : {});
    const shown = await outsider.ask<{ members: string[]; charter: string }>("registry", "show");
    expect(shown).to.deep.include({
      charter,
      members: [...council.members].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)),
    });
  });

  async function openAccount(member: Home, name: string): Promise<Wallet> {
    const password = (await readFile(member.file("password"), "utf8")).trim();
    return openKeystore(member.file(`${name}.json`), password);
  }

  const publish = (out: string, ...paths: string[]) =>
    publisher.ask("publish", ...paths, "--with-derivations", "--store", world.client.root, "--out", out);

  it("rebuilds what is published, and finds the package that comes out otherwise each time", async () => {
    [tool, random] = [await build("tool"), await build("random")];
    await publish("first.json", tool, random);
    await mail(publisher, "first.json", members[0]!);
    const { code, stdout } = await members[0]!.run(...attestArgs(members[0]!, "first.json"), "--json", "--quiet");
    const { rows } = JSON.parse(stdout) as Attested;
    expect(code).to.equal(1); // for scripts: not all of it is vouched for
    expect(resultOf(rows, tool)).to.equal("rebuilt");
    expect(resultOf(rows, random)).to.equal("differs");
    const report = await readFile(members[0]!.file("first-attestation/report.md"), "utf8");
    expect(report).to.include("share/stamp");
    const attested = ["--attestation", "first-attestation/attestation.json"];
    expect(
      await members[0]!.refusal("batch", "sign", "first.json", ...members[0]!.keyOf("account"), "--yes", ...attested),
    ).to.equal("ATTESTATION_REFUSES");
  });

  const build = async (attribute: string) => (await world.build(attribute)).published[0]!.storePath;
  const attestArgs = (member: Home, file: string) => [
    ...["attest", file, "--member", accounts.get(member)!],
    ...["--store", stores.get(member)!],
  ];
  const resultOf = (rows: Attested["rows"], path: string) => rows.find(({ storePath }) => storePath === path)?.result;

  /** Attests and signs as a member does, in its own folder; the approval goes to Swarm. */
  async function approve(member: Home, draft: string): Promise<void> {
    const folderOf = draft.replace(/\.json$/, "-attestation");
    await member.ask(...attestArgs(member, draft));
    const isSafe = member === members[5];
    const sign = (key: string) =>
      member.ask(
        "batch",
        "sign",
        draft,
        "--yes",
        ...member.keyOf(key),
        ...(isSafe ? ["--safe", accounts.get(member)!] : []),
        "--attestation",
        `${folderOf}/attestation.json`,
      );
    if (isSafe) for (const owner of ["owner-1", "owner-3"]) await sign(owner);
    else await sign("account");
  }

  /** Anybody finds a quorum's approvals on Swarm and submits them. */
  async function collectAndSubmit(out: string): Promise<void> {
    const { found, quorum } = await outsider.ask<{ found: number; quorum: boolean }>("batch", "collect", "--out", out);
    expect([found >= PUBLISH_THRESHOLD, quorum]).to.deep.equal([true, true]);
    await outsider.ask("batch", "submit", out, ...outsider.keyOf("account"));
  }

  it("leaves it out, signs the rest by four of seven, and an outsider collects and submits", async () => {
    const first = members[0]!;
    await first.ask("batch", "leave-out", "first.json", random, "--with-referrers", "--out", "second.json");
    const signers = [first, members[3]!, members[5]!, members[6]!];
    for (const member of signers) {
      if (member !== first) await mail(first, "second.json", member);
      await approve(member, "second.json");
      if (member === members[3])
        expect(await outsider.refusal("batch", "collect", "--out", "too-early.json")).to.equal("QUORUM_MISSING");
    }
    await collectAndSubmit("approved.json");
    const { light, status } = await resolveLight(tool);
    expect(status).to.equal("approved");
    expect(light!.approvers!.map(({ name }) => name)).to.have.members(signers.map(({ name }) => name));
  });

  const resolveLight = (path: string) => outsider.ask<ResolutionJson>("resolve", path, "--light", "--agree", "1");

  it("rebases a draft that another one overtook: members sign again, and fetch no NAR twice", async () => {
    const built = (await world.build("package")).published.map(({ storePath }) => storePath);
    const headers = built[1]!;
    program = built[0]!;
    await publish("landing.json", program);
    await publish("overtaken.json", headers); // it refers to the program: both drafts list that
    const signers = members.slice(0, 4);
    for (const member of signers) {
      await mail(publisher, "landing.json", member);
      await approve(member, "landing.json");
    }
    await collectAndSubmit("landed.json");
    const [first] = signers as [Home];
    await mail(publisher, "overtaken.json", first);
    expect(await first.refusal("batch", "sign", "overtaken.json", ...first.keyOf("account"), "--yes")).to.equal(
      "BATCH_STALE",
    );
    await publisher.ask("batch", "rebase", "overtaken.json", "--out", "rebased.json");
    for (const member of signers) {
      await mail(publisher, "rebased.json", member);
      await approve(member, "rebased.json");
    }
    await collectAndSubmit("rebased-and-landed.json");
    for (const path of [tool, program, headers]) expect((await resolveLight(path)).status).to.equal("approved");
  });

  it("rotates one member out and one in: five sign, one of them a Safe on chain, and so does who joins", async () => {
    await enrol(newcomer);
    const gone = members[1]!;
    const args = ["--remove", accounts.get(gone)!, "--add", accounts.get(newcomer)!, "--out", "council.json"];
    const [preparer] = members as [Home];
    await mail(newcomer, "newcomer.member.json", preparer);
    const entries = ["--from", charter, "--without", gone.name, "--member", "newcomer.member.json"];
    await preparer.ask("charter", "create", ...entries, "--out", "charter-2.json");
    const next = (await preparer.ask<{ address: string }>("charter", "publish", "charter-2.json")).address;
    await preparer.ask("registry", "rotate", ...args, "--charter", next);
    const signers = [...members.filter((member) => member !== gone && member !== members[4]), newcomer];
    for (const member of signers) {
      if (member !== preparer) await mail(preparer, "council.json", member);
      if (member === members[5]) await approveOnChain(member, "council.json", "signed.json");
      else
        await member.ask(
          "registry",
          "sign",
          "council.json",
          "--yes",
          ...member.keyOf("account"),
          "--out",
          "signed.json",
        );
      await mail(member, "signed.json", outsider, `${member.name}.json`);
    }
    const files = signers.map(({ name }) => `${name}.json`);
    const withoutNewcomer = files.slice(0, -1);
    const submit = ["registry", "submit"];
    expect(await outsider.refusal(...submit, ...withoutNewcomer, ...outsider.keyOf("account"))).to.equal(
      "APPROVALS_MISSING",
    );
    await outsider.ask(...submit, ...files, ...outsider.keyOf("account"));
    const shown = await outsider.ask<{ members: string[]; charter: string }>("registry", "show");
    expect(shown.members).to.include(accounts.get(newcomer)!).and.not.to.include(accounts.get(gone)!);
    expect(shown.charter).to.equal(next);
    const { light } = await resolveLight(tool);
    expect(light!.council.members).to.have.members(shown.members);
  });

  /** Two owners of the Safe let it approve an act by a transaction; the signature that goes with that is empty. */
  async function approveOnChain(member: Home, file: string, out: string): Promise<void> {
    const { digest } = await member.ask<{ digest: string }>("registry", "typed-data", file, "--safe", safe.address);
    const adding = ["registry", "add-signature", file, "--member", safe.address, "--signature", "0x", "--out", out];
    expect(await member.refusal(...adding)).to.equal("SIGNATURE_INVALID");
    const owners = [await openAccount(member, "owner-2"), await openAccount(member, "owner-3")];
    await safe.signOnChain(digest, owners);
    expect(await member.ask(...adding)).to.include({ kind: "contract", holds: true });
  }

  it("withdraws: the guardian alone, at once, and anybody sees it without believing an endpoint", async () => {
    const args = [
      "registry",
      "withdraw",
      "--path",
      tool,
      "--reason",
      "rehearsal",
      "--yes",
      ...guardian.keyOf("account"),
    ];
    await guardian.ask(...args);
    const { code, stdout } = await outsider.run("resolve", tool, "--light", "--agree", "1", "--json", "--quiet");
    const { status, withdrawal } = JSON.parse(stdout) as ResolutionJson;
    expect(code).to.equal(1); // for scripts: it is not to be used
    expect([status, withdrawal?.by]).to.deep.equal(["withdrawn", "guardian"]);
  });

  it("prints no false line by --light: not by an RPC that lies, nor by a Swarm node, nor beside a corrupted index", async () => {
    const [rpc, swarm] = [await startRpcProxy(dev.network.rpcUrl), await startFaultProxy(otherNode())];
    await outsider.configure({ ...chain, rpcUrl: rpc.url }, { url: swarm.url }, { relay: { port: 0 } });
    const { hash } = (await payer.provider!.getBlock("latest"))!;
    const ask = (path: string) => outsider.run("resolve", path, "--block-hash", hash!);
    const claimed = async (path: string) => listClaims((await ask(path)).stdout);
    const truth = new Map([
      [tool, await claimed(tool)],
      [program, await claimed(program)],
    ]);
    const expectTrue = async (what: string, path: string, code: string | undefined) => {
      const { stdout, stderr } = await ask(path);
      expect(stderr, what).to.include(code ?? "");
      const claims = listClaims(stdout);
      expect(
        claims.filter((line) => !truth.get(path)!.includes(line)),
        what,
      ).to.deep.equal([]);
      return claims;
    };
    try {
      for (const { what, about, rule, code } of listRpcLies(dev.network.rpcUrl, chain.registry)) {
        rpc.rule = rule;
        const claims = await expectTrue(what, about === "withdrawn" ? tool : program, code);
        expect(claims.length > 0, what).to.equal(code === undefined);
      }
      rpc.rule = (_call, result) => result;
      const { root, swarmId, record } = await outsider.ask<ResolutionJson>("resolve", program, "--block-hash", hash!);
      for (const address of [root, swarmId!, record!.narAddress]) {
        swarm.rule = ({ url }) => (url!.includes(address) ? { kind: "flip", at: 20 } : undefined);
        await expectTrue(address, program, "SWARM_MISMATCH");
      }
      swarm.rule = () => undefined;

      const index = await makeIndex();
      rewriteIndex(index);
      const { stdout } = await outsider.run("resolve", tool, "--from", "index");
      expect(listClaims(stdout).some((line) => line.includes("approved"))).to.equal(true); // as that file says
      expect(await claimed(tool)).to.deep.equal(truth.get(tool));
      await writeFile(index, "no database");
      for (const path of [tool, program]) expect(await claimed(path)).to.deep.equal(truth.get(path));
    } finally {
      await Promise.all([rpc.close(), swarm.close()]);
    }
    await configure(outsider);
  });

  /** What an answer claims: all but what it calls told or missing, and ages, which grow. */
  const listClaims = (stdout: string) =>
    stdout
      .split("\n")
      .filter((line) => line !== "" && !/^[?–]/.test(line))
      .map((line) => line.replace(/, -?[0-9]+ s ago$/, ""));

  /** Lets the outsider follow the registry once. @returns the index */
  async function makeIndex(): Promise<string> {
    const relay = await startServe(outsider.file("catnix.json"));
    while (!(await fetch(`${relay.url}/ready`)).ok) await setTimeout(100);
    await relay.stop();
    return outsider.file("state/index.sqlite");
  }

  /** Nothing was withdrawn, it says then. */
  function rewriteIndex(file: string): void {
    const database = new DatabaseSync(file);
    database.exec("DELETE FROM withdrawals");
    database.close();
  }

  it("retires: no further act, and what was approved is still proved", async () => {
    const [preparer, ...rest] = [members[0]!, members[2]!, members[3]!, members[4]!, newcomer] as [Home, ...Home[]];
    await preparer.ask("registry", "retire", "--out", "retirement.json");
    for (const member of [preparer, ...rest]) {
      if (member !== preparer) await mail(preparer, "retirement.json", member);
      await member.ask(
        "registry",
        "sign",
        "retirement.json",
        "--yes",
        ...member.keyOf("account"),
        "--out",
        "signed-end.json",
      );
      await mail(member, "signed-end.json", outsider, `end-${member.name}.json`);
    }
    const files = [preparer, ...rest].map(({ name }) => `end-${name}.json`);
    await outsider.ask("registry", "submit", ...files, "--yes", ...outsider.keyOf("account"));
    expect(await publisher.refusal("publish", random, "--store", world.client.root)).to.equal("REGISTRY_RETIRED");
    const { light, status } = await resolveLight(await build("library"));
    expect([status, light!.retired]).to.deep.equal(["approved", true]);
  });
});
