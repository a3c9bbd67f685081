import { expect } from "chai";
import { getBytes } from "ethers";
import { readFile, writeFile } from "node:fs/promises";
import type { Batch } from "../../src/cat/batch.js";
import { toHex } from "../../src/encoding/hex.js";
import { rootId } from "../../src/members/identifiers.js";
import { ownedAddress } from "../../src/owned/owned-chunk.js";
import { withdrawBuild } from "../../src/registry/transact.js";
import { resolutionSchema } from "../../src/resolver/resolution-format.js";
import { makeRecord, makeStorePath } from "../support/fill-index.js";
import { encodeNar } from "../support/nar-tree.js";
import { publishBatch } from "../support/publish-batch.js";
import { formatCharter } from "../../src/members/charter.js";
import { announceRoot } from "../../src/members/announce.js";
import type { StatementStore } from "../../src/members/statements.js";
import {
  charterOfMembers,
  type MemberName,
  nameCharter,
  ownedKeyOf,
  signAs,
} from "../members/support/announced-world.js";
import { CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

describe("catnix resolve --charter and catnix fetch --charter", function () {
  this.timeout(60_000);
  const charter = charterOfMembers();
  let world: CliWorld;
  let stores: StatementStore;
  let config: string;
  let address: string;
  before(async () => {
    world = await CliWorld.start();
    ({ stores } = await nameCharter(world.registry, charter));
    ({ charter: address } = await world.registry.registry.council());
    await writeFile(world.file("charter.json"), formatCharter(charter));
    // Nobody listens there: whatever is answered was answered without a chain.
    config = await world.writeConfig("no-chain.json", { rpcUrl: "http://127.0.0.1:1" });
    for (const name of ["one", "two"]) await announce(await publish(name), "alice", "bob");
    await announce(await publish("three"), "carol");
  });
  after(() => world.close());

  async function publish(name: string): Promise<Batch> {
    const nar = encodeNar({ type: "regular", executable: false, contents: Buffer.from(name) });
    await world.registry.store.write(nar);
    return publishBatch(world.registry, makeRecord(name, nar));
  }
  async function announce(batch: Batch, ...names: MemberName[]): Promise<void> {
    for (const name of names)
      await announceRoot(
        stores,
        ownedKeyOf(name),
        world.registry.registry.id,
        await signAs(world.registry, name, batch),
      );
  }
  const byMembers = (threshold = 2, from = world.file("charter.json")) => [
    ...["--charter", from, "--threshold", String(threshold), "--config", config],
  ];
  const run = (...args: string[]) => world.runHere([...args, "--json"]);

  it("proves a path up to the root that a quorum announced, and says what that does not prove", async () => {
    for (const from of [world.file("charter.json"), address]) {
      const { code, stdout, stderr } = await run("resolve", makeStorePath("two"), ...byMembers(2, from));
      expect([code, stderr]).to.deep.equal([0, ""]);
      const answer = resolutionSchema.parse(JSON.parse(stdout));
      expect(answer).to.deep.include({
        ...{ from: "members", status: "approved", seq: 3 },
        members: {
          charter: address,
          threshold: 2,
          approvers: charter.members
            .filter(({ name }) => name !== "carol")
            .map(({ address, name }) => ({ address, name })),
          unproven: ["freshness", "withdrawals"],
        },
      });
      expect(answer).not.to.have.any.keys("block", "withdrawal", "batch");
      expect(answer.record?.storePath).to.equal(makeStorePath("two"));
      // The proof is one that the contract takes of the root at that act.
      expect(answer.proof).to.deep.include({ seq: 3 });
    }
    const shown = await world.runHere(["resolve", makeStorePath("one"), ...byMembers()]);
    expect(shown.code).to.equal(0);
    expect(shown.stdout).to.match(/unproven.*no chain was asked/);
    expect(shown.stderr).to.include("unproven");
  });

  it("fetches what was announced", async () => {
    const { code, stdout } = await run("fetch", makeStorePath("one"), "--out", world.file("one"), ...byMembers());
    expect(code).to.equal(0);
    const unproven = ["freshness", "withdrawals"];
    expect(JSON.parse(stdout)).to.deep.include({ from: "members", seq: 3, unproven }).and.not.to.have.any.keys("block");
    expect(await readFile(world.file("one"), "utf8")).to.equal("one");
  });

  it("goes back to no act older than the one seen last: ROOT_NOT_ANNOUNCED, unless that is asked for", async () => {
    const resolve = (...more: string[]) => run("resolve", makeStorePath("one"), ...byMembers(), ...more);
    expect((await resolve()).code).to.equal(0);
    const { id } = world.registry.registry;
    const newest = charter.members.map(({ ownedKey }) => toHex(ownedAddress(getBytes(ownedKey), rootId(id, 3))));
    world.registry.swarmProxy.rule = ({ url }) =>
      newest.some((address) => url?.includes(address)) ? { kind: "status", status: 404 } : undefined;
    try {
      expect(errorCodeOf(await resolve())).to.equal("ROOT_NOT_ANNOUNCED");
      const older = await resolve("--from-seq", "1");
      expect([older.code, resolutionSchema.parse(JSON.parse(older.stdout)).seq]).to.deep.equal([0, 2]);
      expect(errorCodeOf(await resolve()), "what was seen stays seen").to.equal("ROOT_NOT_ANNOUNCED");
    } finally {
      world.registry.swarmProxy.rule = () => undefined;
    }
  });

  const rejects: Record<string, [code: string, args: () => string[]]> = {
    "a path that too few announced": ["CAT_PATH_UNKNOWN", () => [makeStorePath("three"), ...byMembers()]],
    "an answer older than asked for": [
      "ROOT_NOT_ANNOUNCED",
      () => [makeStorePath("two"), ...byMembers(), "--from-seq", "4"],
    ],
    "a quorum that nobody reached": ["ROOT_NOT_ANNOUNCED", () => [makeStorePath("two"), ...byMembers(3)]],
    "more members than there are": ["USAGE", () => [makeStorePath("two"), ...byMembers(4)]],
    "no threshold": ["USAGE", () => [makeStorePath("two"), "--charter", address, "--config", config]],
    "a charter and a chain": ["USAGE", () => [makeStorePath("two"), ...byMembers(), "--from", "chain"]],
    "a charter and proofs": ["USAGE", () => [makeStorePath("two"), ...byMembers(), "--light"]],
    "a charter and a block": [
      "USAGE",
      () => [makeStorePath("two"), ...byMembers(), "--block-hash", `0x${"ab".repeat(32)}`],
    ],
    "a threshold without a charter": ["USAGE", () => [makeStorePath("two"), "--threshold", "2", "--config", config]],
    "a lowest act without a charter": ["USAGE", () => [makeStorePath("two"), "--from-seq", "2", "--light"]],
    "a threshold of none": ["USAGE", () => [makeStorePath("two"), ...byMembers(0)]],
    "a charter that is none": [
      "CHARTER_INVALID",
      () => [makeStorePath("two"), ...byMembers(2, world.file("catnix.json"))],
    ],
    "a charter that is not there": [
      "FILE_UNREADABLE",
      () => [makeStorePath("two"), ...byMembers(2, world.file("absent"))],
    ],
  };
  for (const [what, [code, args]] of Object.entries(rejects))
    it(`refuses ${what}: ${code}`, async () => {
      const result = await run("resolve", ...args());
      expect(result.code).not.to.equal(0);
      expect(errorCodeOf(result)).to.equal(code);
    });

  it("refuses the charter of another store folder", async () => {
    await writeFile(world.file("gnu.json"), formatCharter({ ...charter, storeDir: "/gnu/store" }));
    const result = await run("resolve", makeStorePath("two"), ...byMembers(2, world.file("gnu.json")));
    expect(errorCodeOf(result)).to.equal("USAGE");
  });

  it("says that freshness is unproven for a reason: a withdrawal is not seen", async () => {
    const before = await run("resolve", makeStorePath("one"), ...byMembers());
    const { swarmId } = resolutionSchema.parse(JSON.parse(before.stdout));
    await withdrawBuild(world.registry.registry, world.registry.guardian, swarmId!, "x");
    expect(errorCodeOf(await run("resolve", makeStorePath("one")))).to.equal("CAT_PATH_WITHDRAWN");
    expect((await run("resolve", makeStorePath("one"), ...byMembers())).code).to.equal(0);
  });
});
