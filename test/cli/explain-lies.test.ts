import { expect } from "chai";
import { AbiCoder } from "ethers";
import { encodeDelta } from "../../src/cat/delta.js";
import { toHex } from "../../src/encoding/hex.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { registryInterface } from "../../src/registry/contract.js";
import { withdrawBuild } from "../../src/registry/transact.js";
import { type Story, storySchema } from "../../src/verifier/story-format.js";
import { makeRecord, makeStorePath, swarmIdOf } from "../support/fill-index.js";
import { encodeNar } from "../support/nar-tree.js";
import { approveBatch, draftBatch, publishBatch } from "../support/publish-batch.js";
import { CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

interface RawLog {
  readonly topics: string[];
  readonly data: string;
}

const STEERING = "\u001b[2J\u009b2Ja back\u202edoor\n  approved by all";

/** What a story says when somebody on the way to it lies. */
describe("catnix explain, lied to", function () {
  this.timeout(60_000);
  let world: CliWorld;
  const recordOf = (name: string, contents: string, storePath = makeStorePath(name)) =>
    makeRecord(name, encodeNar({ type: "regular", executable: false, contents: Buffer.from(contents) }), { storePath });
  const [first, second] = [recordOf("hello", "one"), recordOf("hello", "two")];
  const { hashPart } = parseStorePath(first.storePath);
  /** The same hash under another name, which a quorum let pass once. */
  const misnamed = recordOf("hello", "three", `/nix/store/${hashPart}-hallo`);

  before(async () => {
    world = await CliWorld.start();
    const { registry } = world;
    await publishBatch(registry, misnamed); // act 1
    await publishBatch(registry, first); // act 2
    await withdrawBuild(registry.registry, registry.guardian, toHex(swarmIdOf(first)), STEERING);
    // Act 3: the CAT has one build, the delta that goes with it another.
    const lied = encodeDelta([{ nixId: parseStorePath(first.storePath).nixId, seq: 3, swarmId: swarmIdOf(first) }]);
    const { address: delta } = await registry.store.write(lied);
    await approveBatch(registry, await draftBatch(registry, [second], { delta }));
    await world.writeConfig("catnix.json", { finality: "latest", rpcUrl: registry.rpcProxy.url });
  });
  after(() => world.close());
  afterEach(() => {
    world.registry.rpcProxy.rule = (_call, result) => result;
    world.registry.swarmProxy.rule = () => undefined;
  });

  const run = () => world.runHere(["explain", first.storePath, "--json"]);
  const ask = async (): Promise<Story> => storySchema.parse(JSON.parse((await run()).stdout));
  const lieAboutLogs = (change: (log: RawLog) => RawLog) => {
    world.registry.rpcProxy.rule = ({ method }, result) =>
      method === "eth_getLogs" ? (result as RawLog[]).map(change) : result;
  };

  it("takes for current what is proved up to the root, whatever a delta says", async () => {
    const { status, builds } = await ask();
    expect(status).to.equal("approved");
    expect(builds.filter(({ current }) => current).map(({ swarmId }) => swarmId)).to.deep.equal([
      toHex(swarmIdOf(second)),
    ]);
  });

  it("tells of a build that was listed under another name, and of all others", async () => {
    const { builds } = await ask();
    expect(builds.at(-1))
      .to.include({ seq: 1, current: false })
      .and.to.have.property("recordError")
      .that.is.a("string");
    expect(builds.find(({ current }) => current)!.record!.storePath).to.equal(second.storePath);
  });

  it("believes of approvers what they signed, and says of the rest that the endpoint tells it", async () => {
    const honest = await ask();
    for (const { batch } of honest.builds)
      expect(batch.approvers.map(({ by }) => by)).to.deep.equal(["signature", "signature"]);
    expect(honest.endpoint).to.equal(world.registry.rpcProxy.url);
    const { members } = await world.registry.registry.council();
    const batchApproved = registryInterface.getEvent("BatchApproved");
    lieAboutLogs((log) => {
      if (log.topics[0] !== batchApproved.topicHash) return log;
      const types = batchApproved.inputs.filter(({ indexed }) => !indexed);
      const values = [...AbiCoder.defaultAbiCoder().decode(types, log.data)] as unknown[];
      const at = types.findIndex(({ name }) => name === "approvers");
      const said = [...members, `0x${"11".repeat(20)}`];
      return { ...log, data: AbiCoder.defaultAbiCoder().encode(types, values.with(at, said)) };
    });
    const { builds } = await ask();
    const signed = new Set(honest.builds[0]!.batch.approvers.map(({ address }) => address));
    for (const { batch } of builds) {
      expect(batch.approvers.map(({ address }) => address)).to.deep.equal(members);
      for (const { address, by } of batch.approvers) expect(by).to.equal(signed.has(address) ? "signature" : "told");
    }
    expect((await world.runHere(["explain", first.storePath])).stdout)
      .to.include("(told)")
      .and.to.include("told by ");
  });

  it("tells nothing by events that do not lead to what the contract holds: RPC_ANSWER_INVALID, REGISTRY_HISTORY_BROKEN", async () => {
    const withdrawn = registryInterface.getEvent("BuildWithdrawn").topicHash;
    world.registry.rpcProxy.rule = ({ method }, result) =>
      method === "eth_getLogs" ? (result as RawLog[]).filter(({ topics }) => topics[0] !== withdrawn) : result;
    const silent = await run();
    expect([silent.stdout, errorCodeOf(silent)]).to.deep.equal(["", "RPC_ANSWER_INVALID"]);
    const words = Buffer.from("door").toString("hex");
    lieAboutLogs((log) => ({ ...log, data: log.data.replace(words, Buffer.from("gate").toString("hex")) }));
    const altered = await run();
    expect([altered.stdout, errorCodeOf(altered)]).to.deep.equal(["", "REGISTRY_HISTORY_BROKEN"]);
  });

  it("shows no record that is not the one of its address", async () => {
    const [own, other] = [toHex(swarmIdOf(second)), toHex(swarmIdOf(first))];
    for (const kind of ["bytes", "chunks"])
      for (const fault of [
        { kind: "flip", at: 30 },
        { kind: "instead", path: `/${kind}/${other}` },
      ] as const) {
        const lies = kind === "bytes" ? [`/bytes/${own}`] : [`/bytes/${own}`, `/chunks/${own}`];
        world.registry.swarmProxy.rule = ({ url }) => (lies.some((lie) => url!.startsWith(lie)) ? fault : undefined);
        const { record, recordError } = (await ask()).builds.find(({ current }) => current)!;
        // A file that is wrong is read chunk by chunk; where the chunks are, too, there is nothing to show.
        if (kind === "bytes") expect(record!.narHash).to.equal(second.narHash);
        else expect([record, typeof recordError]).to.deep.equal([undefined, "string"]);
      }
  });

  it("shows people no character that steers a terminal, whoever wrote it", async () => {
    const { stdout } = await world.runHere(["explain", first.storePath]);
    expect(stdout)
      .to.include("\\u{1b}[2J")
      .and.not.to.match(/[^\P{C}\n]/u);
    expect(stdout.split("\n").filter((line) => line.startsWith("  approved"))).to.have.length(4);
  });
});
