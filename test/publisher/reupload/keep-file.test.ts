import { expect } from "chai";
import { fileAddress } from "../../../src/bmt/file-hasher.js";
import { toHex } from "../../../src/encoding/hex.js";
import { keepFile, type MakeFile } from "../../../src/publisher/reupload/keep-file.js";
import { BeeEndpoint } from "../../../src/swarm/bee-endpoint.js";
import { BeeStore } from "../../../src/swarm/bee-store.js";
import { startNode } from "../../support/start-node.js";

describe("keepFile", () => {
  const batch = "0".repeat(64);
  const right = Buffer.from("what was there");
  const address = toHex(fileAddress(right));
  let node: Awaited<ReturnType<typeof startNode>>;
  beforeEach(async () => {
    node = await startNode();
  });
  afterEach(() => node.close());

  const keep = async (...copies: MakeFile[]) => {
    const [store, endpoint] = [new BeeStore({ url: node.url, batchId: batch }), new BeeEndpoint({ url: node.url })];
    const options = { store, node: endpoint, batch, checkOnly: false, all: false, retries: 0 };
    const { kind } = await keepFile({ address, what: "record", copies }, options);
    return [kind, await store.has(address)];
  };

  it("makes a file again from the first copy that is the same", async () => {
    expect(await keep(() => [Buffer.from("another")])).to.deep.equal(["lost", false]);
    const copies = [() => [Buffer.from("another")], () => [right]];
    expect(await keep(...copies)).to.deep.equal(["repaired", true]);
    expect(await keep(...copies)).to.deep.equal(["there", true]);
  });

  it("does not say of a copy that changed meanwhile that it has repaired anything", async () => {
    let times = 0;
    expect(await keep(() => [++times === 1 ? right : Buffer.from("changed")])).to.deep.equal(["lost", false]);
    expect(times).to.equal(2);
  });
});
