import { expect } from "chai";
import { readFile, writeFile } from "node:fs/promises";
import type { ResolutionJson } from "../../src/resolver/resolution-format.js";
import type { TestSafe } from "../support/deploy-safe.js";
import { startFaultProxy } from "../support/fault-proxy.js";
import { startRpcProxy } from "../support/rpc-proxy.js";
import { forgetWithdrawals, listClaims, makeIndex } from "./support/claims.js";
import { ConsortiumWorld, PUBLISH_THRESHOLD } from "./support/consortium-world.js";
import { type Home, mail } from "./support/member-home.js";
import { listRpcLies } from "./support/rpc-lies.js";

interface Attested {
  readonly address?: string;
  readonly rows: { readonly storePath: string; readonly result: string; readonly reason?: string }[];
}

/**
 * Seven members, each with a folder, keys and processes of their own: five accounts, a Safe of three owners of which two
 * sign, an account that delegates to a contract. They share a chain and Swarm; a draft comes to them by mail. The tests are one story, in their order.
 */
describe("story: a consortium of seven", function () {
  this.timeout(300_000);
  this.bail(true);
  let world: ConsortiumWorld;
  let members: ConsortiumWorld["members"];
  let publisher: Home;
  let outsider: Home;
  let guardian: Home;
  let newcomer: Home;
  let safe: TestSafe;
  let charter: string;
  let tool: string;
  let random: string;
  let program: string;

  before(async () => {
    world = await ConsortiumWorld.start();
    members = world.members;
    ({ publisher, outsider, guardian, newcomer } = world.others);
  });
  after(async () => {
    expect(await world.close()).to.deep.equal([]);
  });

  it("is founded: seven keys in seven places, a charter of their entries, a registry", async () => {
    const { asiago, brie, comte, danbo, edam, feta, gouda } = members;
    for (const member of [asiago, brie, comte, danbo, edam]) await world.enrol(member);
    safe = await world.enrolSafe(feta);
    await world.enrolDelegating(gouda);
    charter = await world.publishCharter();
    const council = await world.deployRegistry(charter);
    const shown = await outsider.ask<{ members: string[]; charter: string }>("registry", "show");
    expect(shown).to.deep.include({
      charter,
      members: [...council.members].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)),
    });
  });

  it("rebuilds what is published, and finds the package that comes out otherwise each time", async () => {
    const { asiago } = members;
    [tool, random] = [(await world.build("tool"))[0]!, (await world.build("random"))[0]!];
    await world.publish("first.json", tool, random);
    await mail(publisher, "first.json", asiago);
    const { code, stdout } = await asiago.run(...world.attestArgs(asiago, "first.json"), "--json", "--quiet");
    const { rows } = JSON.parse(stdout) as Attested;
    expect(code).to.equal(1); // for scripts: not all of it is vouched for
    expect(resultOf(rows, tool)).to.equal("rebuilt");
    expect(resultOf(rows, random)).to.equal("differs");
    const report = await readFile(asiago.file("first-attestation/report.md"), "utf8");
    expect(report).to.include("share/stamp");
    const attested = ["--attestation", "first-attestation/attestation.json"];
    expect(
      await asiago.refusal("batch", "sign", "first.json", ...asiago.keyOf("account"), "--yes", ...attested),
    ).to.equal("ATTESTATION_REFUSES");
  });

  const resultOf = (rows: Attested["rows"], path: string) => rows.find(({ storePath }) => storePath === path)?.result;

  /** Anybody finds a quorum's approvals on Swarm and submits them. */
  async function collectAndSubmit(out: string): Promise<void> {
    const { found, quorum } = await outsider.ask<{ found: number; quorum: boolean }>("batch", "collect", "--out", out);
    expect([found >= PUBLISH_THRESHOLD, quorum]).to.deep.equal([true, true]);
    await outsider.ask("batch", "submit", out, ...outsider.keyOf("account"));
  }

  it("leaves it out, signs the rest by four of seven, and an outsider collects and submits", async () => {
    const { asiago, danbo, feta, gouda } = members;
    await asiago.ask("batch", "leave-out", "first.json", random, "--with-referrers", "--out", "second.json");
    const signers = [asiago, danbo, feta, gouda];
    for (const member of signers) {
      if (member !== asiago) await mail(asiago, "second.json", member);
      await world.approve(member, "second.json");
      if (member === danbo)
        expect(await outsider.refusal("batch", "collect", "--out", "too-early.json")).to.equal("QUORUM_MISSING");
    }
    await collectAndSubmit("approved.json");
    const { light, status } = await resolveLight(tool);
    expect(status).to.equal("approved");
    expect(light!.approvers!.map(({ name }) => name)).to.have.members(signers.map(({ name }) => name));
  });

  const resolveLight = (path: string) => outsider.ask<ResolutionJson>("resolve", path, "--light", "--agree", "1");

  it("rebases a draft that another one overtook: members sign again, and fetch no NAR twice", async () => {
    const { asiago, brie, comte, danbo } = members;
    const [built, headers] = (await world.build("package")) as [string, string];
    program = built;
    await world.publish("landing.json", program);
    await world.publish("overtaken.json", headers); // it refers to the program: both drafts list that
    const signers = [asiago, brie, comte, danbo];
    for (const member of signers) {
      await mail(publisher, "landing.json", member);
      await world.approve(member, "landing.json");
    }
    await collectAndSubmit("landed.json");
    await mail(publisher, "overtaken.json", asiago);
    expect(await asiago.refusal("batch", "sign", "overtaken.json", ...asiago.keyOf("account"), "--yes")).to.equal(
      "BATCH_STALE",
    );
    await publisher.ask("batch", "rebase", "overtaken.json", "--out", "rebased.json");
    for (const member of signers) {
      await mail(publisher, "rebased.json", member);
      await world.approve(member, "rebased.json");
    }
    await collectAndSubmit("rebased-and-landed.json");
    for (const path of [tool, program, headers]) expect((await resolveLight(path)).status).to.equal("approved");
  });

  it("rotates one member out and one in: five sign, one of them a Safe on chain, and so does who joins", async () => {
    const { asiago, brie, comte, danbo, feta, gouda } = members;
    await world.enrol(newcomer);
    const [left, joined] = [world.accountOf(brie), world.accountOf(newcomer)];
    await mail(newcomer, "newcomer.member.json", asiago);
    const entries = ["--from", charter, "--without", brie.name, "--member", "newcomer.member.json"];
    await asiago.ask("charter", "create", ...entries, "--out", "charter-2.json");
    const next = (await asiago.ask<{ address: string }>("charter", "publish", "charter-2.json")).address;
    const change = ["--remove", left, "--add", joined, "--charter", next];
    await asiago.ask("registry", "rotate", ...change, "--out", "council.json");
    const signers = [asiago, comte, danbo, feta, gouda, newcomer];
    for (const member of signers) {
      if (member !== asiago) await mail(asiago, "council.json", member);
      if (member === feta) await approveOnChain(member, "council.json", "signed.json");
      else await world.signAct(member, "council.json", "signed.json");
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
    expect(shown.members).to.include(joined).and.not.to.include(left);
    expect(shown.charter).to.equal(next);
    const { light } = await resolveLight(tool);
    expect(light!.council.members).to.have.members(shown.members);
  });

  /** Two owners of the Safe let it approve an act by a transaction; the signature that goes with that is empty. */
  async function approveOnChain(member: Home, file: string, out: string): Promise<void> {
    const { digest } = await member.ask<{ digest: string }>("registry", "typed-data", file, "--safe", safe.address);
    const adding = ["registry", "add-signature", file, "--member", safe.address, "--signature", "0x", "--out", out];
    expect(await member.refusal(...adding)).to.equal("SIGNATURE_INVALID");
    const owners = [await world.openAccount(member, "owner-2"), await world.openAccount(member, "owner-3")];
    await safe.signOnChain(digest, owners);
    expect(await member.ask(...adding)).to.include({ kind: "contract", holds: true });
  }

  it("withdraws: the guardian alone, at once, and anybody sees it without believing an endpoint", async () => {
    const what = ["--path", tool, "--reason", "rehearsal"];
    await guardian.ask("registry", "withdraw", ...what, "--yes", ...guardian.keyOf("account"));
    const { code, stdout } = await outsider.run("resolve", tool, "--light", "--agree", "1", "--json", "--quiet");
    const { status, withdrawal } = JSON.parse(stdout) as ResolutionJson;
    expect(code).to.equal(1); // for scripts: it is not to be used
    expect([status, withdrawal?.by]).to.deep.equal(["withdrawn", "guardian"]);
  });

  it("prints no false line by --light: not by an RPC that lies, nor by a Swarm node, nor beside a corrupted index", async () => {
    const [rpc, swarm] = [await startRpcProxy(world.network.rpcUrl), await startFaultProxy(world.otherNode)];
    await outsider.configure({ ...world.chain, rpcUrl: rpc.url }, { url: swarm.url }, { relay: { port: 0 } });
    const { hash } = (await world.payer.provider!.getBlock("latest"))!;
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
      for (const { what, about, rule, code } of listRpcLies(world.network.rpcUrl, world.chain.registry)) {
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

      const index = await makeIndex(outsider);
      forgetWithdrawals(index);
      const { stdout } = await outsider.run("resolve", tool, "--from", "index");
      expect(listClaims(stdout).some((line) => line.includes("approved"))).to.equal(true); // as that file says
      expect(await claimed(tool)).to.deep.equal(truth.get(tool));
      await writeFile(index, "no database");
      for (const path of [tool, program]) expect(await claimed(path)).to.deep.equal(truth.get(path));
    } finally {
      await Promise.all([rpc.close(), swarm.close()]);
    }
    await world.configure(outsider);
  });

  it("retires: no further act, and what was approved is still proved", async () => {
    const { asiago, comte, danbo, edam } = members;
    const signers = [asiago, comte, danbo, edam, newcomer];
    await asiago.ask("registry", "retire", "--out", "retirement.json");
    for (const member of signers) {
      if (member !== asiago) await mail(asiago, "retirement.json", member);
      await world.signAct(member, "retirement.json", "signed-end.json");
      await mail(member, "signed-end.json", outsider, `end-${member.name}.json`);
    }
    const files = signers.map(({ name }) => `end-${name}.json`);
    await outsider.ask("registry", "submit", ...files, "--yes", ...outsider.keyOf("account"));
    expect(await publisher.refusal("publish", random, "--store", world.builds.client.root)).to.equal(
      "REGISTRY_RETIRED",
    );
    const { light, status } = await resolveLight((await world.build("library"))[0]!);
    expect([status, light!.retired]).to.deep.equal(["approved", true]);
  });
});
