import { Bee } from "@ethersphere/bee-js";
import { expect } from "chai";
import { splitFile } from "../../../src/bmt/split-file.js";
import type { Chunk } from "../../../src/bmt/chunk.js";
import { BeeStore } from "../../../src/swarm/bee-store.js";
import { damageChunk } from "../../support/damage-chunk.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import { startNode } from "../../support/start-node.js";

const NONE = "0".repeat(64);

describe("the embedded node's stewardship", () => {
  let node: Awaited<ReturnType<typeof startNode>>;
  let bee: Bee;
  before(async () => {
    node = await startNode();
    bee = new Bee(node.url);
  });
  after(() => node.close());

  const bytes = pseudoRandomBytes(600_000, 11);
  const chunksOf = async () => {
    const chunks: Chunk[] = [];
    await splitFile([bytes], (some) => void chunks.push(...some));
    return chunks;
  };

  it("tells bee-js of every chunk of a file whether all of them are there", async () => {
    const { address } = await new BeeStore({ url: node.url, batchId: NONE }).write(bytes);
    expect(await bee.isReferenceRetrievable(address)).to.equal(true);
    await bee.reuploadPinnedData(NONE, address);
    for (const at of [3, -1]) {
      damageChunk(node.file, (await chunksOf()).at(at)!.address); // a leaf, the root
      expect(await bee.isReferenceRetrievable(address)).to.equal(false);
      expect((await fetch(`${node.url}/stewardship/${address}`, { method: "PUT", headers: stamped })).status).to.equal(
        500,
      );
      await new BeeStore({ url: node.url, batchId: NONE }).write(bytes);
      expect(await bee.isReferenceRetrievable(address)).to.equal(true);
    }
    expect(await bee.isReferenceRetrievable("ab".repeat(32))).to.equal(false);
  });

  it("fetches from a peer what is missing", async () => {
    const { address } = await new BeeStore({ url: node.url, batchId: NONE }).write(bytes);
    const other = await startNode({ peers: [node.url] });
    try {
      expect(await new Bee(other.url).isReferenceRetrievable(address)).to.equal(true);
      await new Bee(other.url).reuploadPinnedData(NONE, address);
    } finally {
      await other.close();
    }
  });

  const stamped = { "swarm-postage-batch-id": NONE };
  it("refuses what is no address, and who pays nothing", async () => {
    const ask = async (path: string, init?: RequestInit) =>
      (await fetch(`${node.url}/stewardship/${path}`, init)).status;
    expect([
      await ask("xyz"),
      await ask("xyz", { method: "PUT", headers: stamped }),
      await ask(NONE, { method: "PUT" }),
    ]).to.deep.equal([400, 400, 400]);
  });
});
