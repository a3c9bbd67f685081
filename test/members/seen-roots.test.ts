import { expect } from "chai";
import { join } from "node:path";
import type { Batch } from "../../src/cat/batch.js";
import type { QuorumRoot } from "../../src/members/quorum-root.js";
import { SeenRoots } from "../../src/members/seen-roots.js";
import { codeOf } from "../support/code-of.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { charterOfMembers } from "./support/announced-world.js";

describe("SeenRoots", () => {
  const charter = charterOfMembers();
  const voters = {
    registry: { chainId: 1, registry: "0x5FbDB2315678afecb367f032d93F642f64180aa3" },
    charter,
    threshold: 2,
  };
  const root = (seq: number, digest = `0x${"ab".repeat(32)}`): QuorumRoot => ({
    batch: { seq } as Batch,
    digest,
    approvers: [],
  });
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let seen: SeenRoots;
  const open = () => new SeenRoots(join(folder.path, "state", "seen-roots.sqlite"));
  beforeEach(async () => {
    folder = await makeTempFolder();
    seen = open();
  });
  afterEach(async () => {
    seen.close();
    await folder.remove();
  });

  it("keeps the latest act, also for the next run", () => {
    expect(seen.findLast(voters)).to.equal(undefined);
    for (const seq of [3, 5, 4]) seen.keep(voters, root(seq));
    expect(seen.findLast(voters)).to.equal(5);
    seen.close();
    seen = open();
    expect(seen.findLast(voters)).to.equal(5);
  });

  it("tells registries, charters and thresholds apart", () => {
    seen.keep(voters, root(5));
    const { registry } = voters;
    const others = [
      { ...voters, registry: { ...registry, chainId: 2 } },
      { ...voters, registry: { ...registry, registry: `0x${"11".repeat(20)}` } },
      { ...voters, charter: { ...charter, members: charter.members.slice(1) } },
      { ...voters, threshold: 1 },
    ];
    for (const other of others) expect(seen.findLast(other)).to.equal(undefined);
  });

  it("takes no other batch as an act that it saw: ROOTS_CONTRADICT", async () => {
    seen.keep(voters, root(5));
    seen.keep(voters, root(5));
    expect(await codeOf(() => seen.keep(voters, root(5, `0x${"cd".repeat(32)}`)))).to.equal("ROOTS_CONTRADICT");
    expect(seen.findLast(voters)).to.equal(5);
  });
});
