import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import type { CatRecord } from "../../src/cat/record.js";
import { toHex } from "../../src/encoding/hex.js";
import type { FollowSignaturesOptions } from "../../src/indexer/follow-signatures.js";
import { NO_CHARTER } from "../../src/members/read-charter.js";
import { signaturesId } from "../../src/members/identifiers.js";
import { ownedAddress } from "../../src/owned/owned-chunk.js";
import { ownerOf } from "../../src/owned/signature.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { makeRecord, swarmIdOf } from "../support/fill-index.js";
import { type KeyedMember, type Kind, makeKeyedMember, makeList, putCharter, putList } from "../support/member-keys.js";
import { publishBatch } from "../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";
import { changeCouncil } from "../support/submit-acts.js";

const recordOf = (name: string) => makeRecord(name, Buffer.from(name));
const [hello, tool, late] = [recordOf("hello-1"), recordOf("tool-1"), recordOf("late-1")];

describe("indexer: members' signatures", function () {
  this.timeout(60_000);
  const [alice, bob] = [makeKeyedMember("alice", 1), makeKeyedMember("bob", 2)];
  let world: RegistryWorld;
  let uploads: BeeStore;
  let stop: AbortController;
  let running: Promise<void>;

  beforeEach(async () => {
    world = await startRegistryWorld();
    uploads = new BeeStore({ url: world.swarmProxy.url, batchId: "0".repeat(64) });
    stop = new AbortController();
    running = Promise.resolve();
    await changeCouncil(world, { charter: await putCharter(uploads, [alice, bob]) });
  });
  afterEach(async () => {
    stop.abort();
    await running;
    await world.close();
  });

  async function follow(options: Partial<FollowSignaturesOptions> = {}) {
    const owned = new BeeStore({ url: world.swarmProxy.url, retries: 0 });
    const indexer = await world.makeIndexer({ members: { owned, ...options } });
    running = indexer.run(stop.signal);
    return indexer;
  }

  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await sleep(20);
  }

  const namesOf = (record: CatRecord) =>
    world.index.signatures
      .find(swarmIdOf(record))
      .map((text) => text.slice(0, text.indexOf(":")))
      .sort();
  const isIn = (record: CatRecord, ...names: string[]) => namesOf(record).join() === names.join();
  const publishList = (member: KeyedMember, batch: Parameters<typeof makeList>[2], ...signed: [CatRecord, Kind][]) => {
    const { id } = world.registry;
    return putList(uploads, member, id, batch.seq, makeList(member, id, batch, signed));
  };
  /** Where a member names its list. */
  const chunkOf = ({ ownedKey }: KeyedMember, seq: number) =>
    toHex(ownedAddress(ownerOf(ownedKey), signaturesId(world.registry.id, seq)));

  it("come in after their batch, also those of who publishes late", async () => {
    const batch = await publishBatch(world, hello, tool);
    await publishList(alice, batch, [hello, "rebuilt"], [tool, "copied"]);
    await follow();
    await until(() => isIn(hello, "alice-rebuilt-1") && isIn(tool, "alice-copied-1"));
    expect(world.index.signatures.progress()).to.deep.equal([
      { name: "alice", batches: 1, missing: 0 },
      { name: "bob", batches: 1, missing: 1 },
    ]);
    await publishList(bob, batch, [hello, "copied"]);
    await until(() => isIn(hello, "alice-rebuilt-1", "bob-copied-1"));
    const next = await publishBatch(world, late);
    await publishList(bob, next, [late, "rebuilt"]);
    await until(() => isIn(late, "bob-rebuilt-1"));
  });

  it("come in of an index that had the batches before", async () => {
    const batch = await publishBatch(world, hello);
    await publishList(alice, batch, [hello, "rebuilt"]);
    await (await world.makeIndexer()).step();
    expect(namesOf(hello)).to.deep.equal([]);
    await follow();
    await until(() => isIn(hello, "alice-rebuilt-1"));
  });

  it("are not looked for where nobody asked for them", async () => {
    const batch = await publishBatch(world, hello);
    await publishList(alice, batch, [hello, "rebuilt"]);
    const indexer = await world.makeIndexer();
    world.swarmProxy.requests.length = 0;
    running = indexer.run(stop.signal);
    await until(() => world.index.cursor()?.seq === batch.seq);
    await sleep(200);
    expect(world.swarmProxy.requests.filter((request) => request.includes(chunkOf(alice, batch.seq)))).to.deep.equal(
      [],
    );
    expect(world.index.signatures.members()).to.deep.equal([]);
  });

  it("of a member whose list hangs cost nobody else, and come in later", async () => {
    const batch = await publishBatch(world, hello, tool);
    const address = await publishList(alice, batch, [hello, "rebuilt"]);
    await publishList(bob, batch, [hello, "copied"]);
    const hanging = [chunkOf(alice, batch.seq), address];
    let hung = 0;
    world.swarmProxy.rule = ({ url }) => {
      if (!url!.includes(hanging[hung % 2]!)) return undefined;
      hung++;
      return hung % 2 === 1 ? { kind: "hang" } : { kind: "drip", bytes: 1, everyMs: 100 };
    };
    const indexer = await follow({ visitMs: 300 });
    await until(() => isIn(hello, "bob-copied-1"));
    const next = await publishBatch(world, late);
    await publishList(bob, next, [late, "copied"]);
    await until(() => isIn(late, "bob-copied-1"));
    expect(indexer.health().stale).to.equal(undefined);
    await until(() => hung >= 2);
    world.swarmProxy.rule = () => undefined;
    await until(() => isIn(hello, "alice-rebuilt-1", "bob-copied-1"));
  });

  it("of a member that lies cost nobody else, and a lie is read once", async () => {
    const batch = await publishBatch(world, hello, tool);
    const list = makeList(alice, world.registry.id, batch, [[hello, "rebuilt"]]).slice();
    const at = list.length - 60;
    list[at] = list[at] === 65 ? 66 : 65;
    const lie = await putList(uploads, alice, world.registry.id, batch.seq, list);
    await publishList(bob, batch, [hello, "copied"]);
    world.swarmProxy.requests.length = 0;
    await follow();
    const countAsked = (address: string) =>
      world.swarmProxy.requests.filter((request) => request.includes(address)).length;
    await until(() => isIn(hello, "bob-copied-1") && countAsked(chunkOf(alice, batch.seq)) >= 4);
    expect(countAsked(lie)).to.equal(1);
    expect(world.index.signatures.progress()[0]).to.deep.equal({ name: "alice", batches: 1, missing: 1 });
    await publishList(alice, batch, [hello, "rebuilt"]);
    await until(() => isIn(hello, "alice-rebuilt-1", "bob-copied-1"));
  });

  it("are looked for ever more rarely while there is no list", async () => {
    const batch = await publishBatch(world, hello);
    world.swarmProxy.requests.length = 0;
    await follow();
    await until(() => world.index.cursor()?.seq === batch.seq);
    await sleep(1500); // thirty polls
    const asked = world.swarmProxy.requests.filter((request) => request.includes(chunkOf(bob, batch.seq)));
    expect(asked.length).to.be.within(3, 7);
  });

  it("of records that Swarm lacks come in with them", async () => {
    const batch = await publishBatch(world, hello, tool);
    const gone = [batch.pack, toHex(swarmIdOf(hello))];
    world.swarmProxy.rule = ({ url }) =>
      gone.some((address) => url!.includes(address)) ? { kind: "status", status: 404 } : undefined;
    await publishList(alice, batch, [hello, "rebuilt"], [tool, "copied"]);
    await follow();
    await until(() => isIn(tool, "alice-copied-1"));
    expect(world.index.countMissingRecords()).to.equal(1);
    world.swarmProxy.rule = () => undefined;
    await until(() => isIn(hello, "alice-rebuilt-1"));
  });

  it("go with the key that leaves the charter, and those of the new one come", async () => {
    const batch = await publishBatch(world, hello);
    await publishList(alice, batch, [hello, "rebuilt"]);
    await publishList(bob, batch, [hello, "copied"]);
    await follow();
    await until(() => isIn(hello, "alice-rebuilt-1", "bob-copied-1"));
    const renewed = { ...makeKeyedMember("alice", 1, 2) };
    await changeCouncil(world, { charter: await putCharter(uploads, [renewed, bob]) });
    await until(() => isIn(hello, "bob-copied-1"));
    await publishList(renewed, batch, [hello, "rebuilt"]);
    await until(() => isIn(hello, "alice-rebuilt-2", "bob-copied-1"));
    await changeCouncil(world, { charter: NO_CHARTER });
    await until(() => isIn(hello));
  });

  it("stay as they are while the charter cannot be had", async () => {
    const batch = await publishBatch(world, hello);
    await publishList(alice, batch, [hello, "rebuilt"]);
    await follow();
    await until(() => isIn(hello, "alice-rebuilt-1"));
    const { address } = await uploads.write(Buffer.from("no charter"));
    await changeCouncil(world, { charter: address });
    const next = await publishBatch(world, late);
    await publishList(alice, next, [late, "copied"]);
    await until(() => isIn(late, "alice-copied-1"));
    expect(namesOf(hello)).to.deep.equal(["alice-rebuilt-1"]);
  });

  it("of who is no member of the council are not passed on, whatever the charter says", async () => {
    const carol = makeKeyedMember("carol", 7);
    await changeCouncil(world, { charter: await putCharter(uploads, [alice, carol]) });
    const batch = await publishBatch(world, hello);
    await publishList(carol, batch, [hello, "rebuilt"]);
    await publishList(alice, batch, [hello, "copied"]);
    await follow();
    await until(() => isIn(hello, "alice-copied-1"));
    expect(world.index.signatures.members().map(({ name }) => name)).to.deep.equal(["alice"]);
  });

  it("come in once Swarm is back", async () => {
    const batch = await publishBatch(world, hello);
    await publishList(alice, batch, [hello, "rebuilt"]);
    let down = 0;
    world.swarmProxy.rule = ({ url }) =>
      url!.includes(chunkOf(alice, batch.seq)) && down++ < 3 ? { kind: "reset", after: 0 } : undefined;
    await follow();
    await until(() => isIn(hello, "alice-rebuilt-1"));
    expect(down).to.equal(4);
  });

  it("are left where they are when it is told to stop", async () => {
    const batch = await publishBatch(world, hello);
    await publishList(alice, batch, [hello, "rebuilt"]);
    let hung = false;
    world.swarmProxy.rule = ({ url }) => {
      if (!url!.includes(chunkOf(alice, batch.seq))) return undefined;
      hung = true;
      return { kind: "hang" };
    };
    // Nothing but the signal ends this wait.
    await follow({ owned: new BeeStore({ url: world.swarmProxy.url, firstByteMs: 1e9 }) });
    await until(() => hung);
    stop.abort();
    await running;
    expect(namesOf(hello)).to.deep.equal([]);
  });
});
