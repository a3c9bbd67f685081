import { expect } from "chai";
import { SigningKey } from "ethers";
import { makeChunk } from "../../src/bmt/chunk.js";
import { makeOwnedChunk } from "../../src/owned/owned-chunk.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { createOwnedReader } from "../../src/swarm/owned-reader.js";
import { codeOf } from "../support/code-of.js";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.js";
import { startNode } from "../support/start-node.js";
import { wellKnownKey } from "../support/well-known-key.js";

describe("swarm/owned-reader", () => {
  const id = new Uint8Array(32).fill(7);
  const payload = Buffer.from("what the owner says");
  const chunk = makeOwnedChunk(new SigningKey(wellKnownKey(1)), id, makeChunk(payload.length, payload));
  const read = (...urls: string[]) => createOwnedReader(urls).getOwned(chunk.owner, id);
  let empty: Awaited<ReturnType<typeof startNode>>;
  let full: Awaited<ReturnType<typeof startNode>>;
  let proxy: FaultProxy;

  before(async () => {
    [empty, full] = [await startNode(), await startNode()];
    proxy = await startFaultProxy(full.url);
    await new BeeStore({ url: full.url, batchId: "0".repeat(64) }).putOwned(chunk);
  });
  afterEach(() => (proxy.rule = () => undefined));
  after(async () => {
    await proxy.close();
    await Promise.all([empty, full].map((node) => node.close()));
  });

  it("takes the chunk from the first node that has it", async () => {
    for (const urls of [[full.url], [full.url, empty.url], [empty.url, full.url]])
      expect(await read(...urls)).to.deep.equal(chunk);
  });

  it("goes on past a node that does not answer, or lies", async () => {
    for (const fault of [
      { kind: "reset", after: 0 },
      { kind: "flip", at: 110 },
      { kind: "status", status: 500 },
    ] as const) {
      proxy.rule = () => fault;
      expect(await read(proxy.url, full.url)).to.deep.equal(chunk);
    }
  });

  it("says what says most where none has it", async () => {
    proxy.rule = () => ({ kind: "reset", after: 0 });
    expect(await codeOf(() => read(proxy.url, empty.url))).to.equal("SWARM_NOT_FOUND");
    expect(await codeOf(() => read(proxy.url))).to.equal("SWARM_UNREACHABLE");
  });

  it("heeds its signal", async () => {
    const reason = new Error("enough");
    const reading = createOwnedReader([full.url]).getOwned(chunk.owner, id, { signal: AbortSignal.abort(reason) });
    expect(await reading.catch((error: unknown) => error)).to.equal(reason);
  });
});
