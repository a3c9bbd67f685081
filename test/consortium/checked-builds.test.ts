import { expect } from "chai";
import { join } from "node:path";
import type { CatRecord } from "../../src/cat/record.js";
import { CheckedBuilds } from "../../src/consortium/checked-builds.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { codeOf } from "../support/code-of.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { Consortium } from "./support/consortium.js";

const idOf = ({ storePath }: CatRecord) => parseStorePath(storePath).nixId;

describe("consortium/checked-builds", function () {
  this.timeout(60_000);
  let consortium: Consortium;
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let builds: CheckedBuilds;
  let records: CatRecord[];

  before(async () => {
    consortium = await Consortium.start();
    records = await Promise.all(["one", "two", "three"].map((name) => consortium.list(name)));
  });
  after(() => consortium.close());
  beforeEach(async () => {
    folder = await makeTempFolder();
    builds = new CheckedBuilds(join(folder.path, "checked.sqlite"), "0xA");
  });
  afterEach(async () => {
    builds.close();
    consortium.mendSwarm();
    await folder.remove();
  });

  const narsAsked = () =>
    records.filter(({ narAddress }) =>
      consortium.world.swarmProxy.requests.some((asked) => asked.includes(narAddress)),
    );

  it("spares the NARs of a batch that is checked again on another parent, and only those", async () => {
    const [one, two] = records as [CatRecord, CatRecord, CatRecord];
    const first = await consortium.check(await consortium.draft([one, two]), { checkedBuilds: builds });
    expect([first.narsChecked, first.narsCheckedBefore]).to.deep.equal([true, 0]);
    await consortium.approve(await consortium.list("between"));
    consortium.mendSwarm();
    const progress: number[] = [];
    const again = await consortium.check(await consortium.draft(records), {
      checkedBuilds: builds,
      onProgress: ({ checked, of }) => progress.push(checked, of),
    });
    expect([again.narsChecked, again.narsCheckedBefore]).to.deep.equal([true, 2]);
    expect(narsAsked()).to.deep.equal([records[2]]);
    expect(progress).to.deep.equal([3, 3]);
  });

  it("fetches all when told to", async () => {
    const batch = await consortium.draft(records);
    await consortium.check(batch, { checkedBuilds: builds });
    consortium.mendSwarm();
    const checked = await consortium.check(batch, { checkedBuilds: builds, recheck: true });
    expect(checked.narsCheckedBefore).to.equal(0);
    expect(narsAsked()).to.have.length(3);
  });

  it("remembers what was right before another one failed, and never the one that failed", async () => {
    const batch = await consortium.draft(records);
    // The last of three, two of which are fetched at a time: it begins when one is through.
    const last = records.toSorted((a, b) => Buffer.compare(idOf(a), idOf(b))).at(-1)!;
    consortium.breakSwarm(last.narAddress, { kind: "status", status: 404 });
    expect(await codeOf(() => consortium.check(batch, { checkedBuilds: builds }))).to.equal("SWARM_NOT_FOUND");
    consortium.mendSwarm();
    const checked = await consortium.check(batch, { checkedBuilds: builds });
    expect(checked.narsCheckedBefore).to.be.within(1, 2);
    expect(narsAsked()).to.include(last);
  });

  it("knows a build by path and content, in whichever process", () => {
    const row = { nixId: new Uint8Array(20).fill(1), seq: 1, swarmId: new Uint8Array(32).fill(2) };
    builds.add(row, Date.now());
    using other = {
      builds: new CheckedBuilds(join(folder.path, "checked.sqlite"), "0xA"),
      [Symbol.dispose]: () => other.builds.close(),
    };
    expect(other.builds.has({ ...row, seq: 7 })).to.equal(true);
    const anothers = new CheckedBuilds(join(folder.path, "checked.sqlite"), "0xB");
    expect(anothers.has(row)).to.equal(false);
    anothers.close();
    expect(other.builds.has({ ...row, nixId: new Uint8Array(20).fill(3) })).to.equal(false);
    expect(other.builds.has({ ...row, swarmId: new Uint8Array(32).fill(3) })).to.equal(false);
  });
});
