import { expect } from "chai";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCatnix, startServe } from "../../scripts/lab/catnix.js";
import { damageNar } from "../../scripts/lab/damage-nar.js";
import type { NixClient } from "../../scripts/lab/nix-client.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { startFaultProxy } from "../support/fault-proxy.js";
import { keyOf, publish, sign, submit, waitFor, waitForRelay } from "./support/consortium.js";
import { PublishedClosure } from "./support/published-closure.js";

/** What an attacker, a failing disk or a regret may do to a cache that is in use. */
describe("e2e: attacks on a cache, and its restart", function () {
  this.timeout(120_000);
  let world: PublishedClosure;
  let second: { url: string; publicKey: string };
  let user: NixClient;

  before(async () => {
    world = await PublishedClosure.make();
    second = await world.makeSecondCache(world.closure.root);
  });
  beforeEach(async () => {
    user = await world.folder.newClient();
  });
  afterEach(() => user.remove());
  after(async () => {
    expect(await world.close()).to.deep.equal([]);
  });

  /** The relay first, then the second cache. */
  const both = () => ({
    substituters: [...world.from.substituters, second.url],
    trustedKeys: [...world.from.trustedKeys, second.publicKey],
  });

  it("one bit of a stored chunk flips on both nodes: nothing is registered, and the second substituter is used", async () => {
    const { program } = world.closure;
    const databases = ["publisher", "signers"].map((name) => join(world.network.dir, `swarm-${name}.sqlite`));
    const repair = damageNar(databases, world.addressesOf(program).narAddress);
    const alone = await user.realise([program], world.from);
    expect(alone.code).not.to.equal(0);
    expect(await user.isValid(program)).to.equal(false);
    expect((await user.verify()).code).to.equal(0);

    const result = await user.realise([program], both());
    expect(result.code, result.stderr).to.equal(0);
    expect(result.stderr).to.include(`copying path '${program}' from '${world.network.relay}'`);
    expect(result.stderr).to.include(`copying path '${program}' from 'file://`);
    expect(await user.narHashes([program])).to.deep.equal(await world.builder.narHashes([program]));

    repair();
    const other = await world.folder.newClient();
    const repaired = await other.realise([program], world.from);
    expect(repaired.code, repaired.stderr).to.equal(0);
  });

  it("a Swarm node that lies to a relay: nothing is registered", async () => {
    const { program } = world.closure;
    const { signerConfig, swarm, publicKey } = world.network;
    const liar = await startFaultProxy(swarm[1]);
    const honest = JSON.parse(await readFile(signerConfig, "utf8")) as { relay: object };
    const file = join(world.folder.path, "lied-to.json");
    const stateDir = join(world.folder.path, "lied-to");
    const config = { ...honest, stateDir, swarm: { url: liar.url }, relay: { ...honest.relay, port: 0 } };
    await writeFile(file, JSON.stringify(config));
    const relay = await startServe(file);
    try {
      await waitForRelay(relay.url, 1); // what the index is made of passes through the node too
      liar.rule = ({ url }) => (/^\/(bytes|chunks)\//.test(url!) ? { kind: "flip", at: 20 } : undefined);
      const result = await user.realise([program], { substituters: [relay.url], trustedKeys: [publicKey] });
      expect(result.code).not.to.equal(0);
      expect(await user.isValid(program)).to.equal(false);
      expect(liar.requests.some((request) => request.startsWith("GET /chunks/"))).to.equal(true);
    } finally {
      expect(await relay.stop()).to.equal(0);
      await liar.close();
    }
  });

  it("a batch with one signature of two is refused by the contract, and its path is not served", async () => {
    const { unapproved, network, builder, folder } = world;
    const file = join(folder.path, "unapproved.json");
    await publish(network, builder.root, unapproved, file);
    expect((await sign(network, file, "member-3")).code).to.equal(0);
    const { code, stdout, stderr } = await submit(network, file);
    expect([code, stdout]).to.deep.equal([1, ""]);
    expect(JSON.parse(stderr)).to.have.nested.include({
      "error.code": "CALL_REVERTED",
      "error.details.error": "CatRegistryBelowThreshold",
    });
    expect((await world.statusesOf(unapproved)).narInfo).to.equal(404);
    expect((await user.realise([unapproved], world.from)).code).not.to.equal(0);
  });

  it("a withdrawn build: 404 for its narinfo and its NAR, and the second substituter is used", async () => {
    const { root, paths } = world.closure;
    const { network } = world;
    expect(await world.statusesOf(root)).to.deep.equal({ narInfo: 200, nar: 200 });
    const stale = await world.folder.newClient(); // it keeps the narinfo for 30 days
    await stale.pathInfo([root], network.relay);

    const why = ["--path", root, "--reason", "test", "--yes", ...keyOf(network, "guardian")];
    const withdrawn = await runCatnix(["--config", network.config, "registry", "withdraw", ...why]);
    expect(withdrawn.code, withdrawn.stderr).to.equal(0);
    await waitFor("the withdrawal", async () => (await world.statusesOf(root)).narInfo === 404);
    expect(await world.statusesOf(root)).to.deep.equal({ narInfo: 404, nar: 404 });

    for (const client of [user, stale]) {
      expect((await client.realise([root], world.from)).code).not.to.equal(0);
      expect(await client.isValid(root)).to.equal(false);
    }
    await user.clearCache();
    const relay = await startFaultProxy(network.relay);
    try {
      const from = { ...both(), substituters: [relay.url, second.url] };
      const result = await user.realise([root], from);
      expect(result.code, result.stderr).to.equal(0);
      expect(relay.requests).to.include(`GET /${parseStorePath(root).hashPart}.narinfo`);
      expect(await user.narHashes(paths)).to.deep.equal(await world.builder.narHashes(paths));
    } finally {
      await relay.close();
    }
  });

  it("catnix dev ends by Ctrl-C and goes on where it was: the same registry, mappings and withdrawals", async () => {
    const { network, closure } = world;
    expect(await world.stop()).to.equal(0);
    await world.startAgain();
    expect(world.network).to.deep.equal(network);
    await waitForRelay(network.relay, 1);
    expect(await world.statusesOf(closure.root)).to.deep.equal({ narInfo: 404, nar: 404 });
    const result = await user.realise([closure.program], world.from);
    expect(result.code, result.stderr).to.equal(0);
  });
});
