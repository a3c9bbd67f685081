import { expect } from "chai";
import { SigningKey } from "ethers";
import { makeChunk } from "../../src/bmt/chunk.js";
import { toHex } from "../../src/encoding/hex.js";
import { keccak256 } from "../../src/encoding/keccak.js";
import { formatAddress } from "../../src/cli/format-owner.js";
import { MAX_STATEMENT_SIZE, putStatement, readStatement } from "../../src/members/statements.js";
import { makeOwnedChunk, ownedAddress } from "../../src/owned/owned-chunk.js";
import { ownerOf } from "../../src/owned/signature.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { codeOf } from "../support/code-of.js";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { startNode } from "../support/start-node.js";
import { wellKnownKey } from "../support/well-known-key.js";

describe("statements of members", () => {
  const [key, other] = [1, 2].map((at) => new SigningKey(wellKnownKey(at))) as [SigningKey, SigningKey];
  const owner = formatAddress(ownerOf(key));
  const id = (name: string) => keccak256(Buffer.from(name));
  let node: Awaited<ReturnType<typeof startNode>>;
  let proxy: FaultProxy;
  let stores: { owned: BeeStore; content: BeeStore };
  before(async () => {
    node = await startNode();
    proxy = await startFaultProxy(node.url);
    const store = new BeeStore({ url: proxy.url, batchId: "0".repeat(64), retries: 0 });
    stores = { owned: store, content: store };
  });
  beforeEach(() => (proxy.rule = () => undefined));
  after(async () => {
    await proxy.close();
    await node.close();
  });

  for (const size of [0, 1, 416, 4095, 4096, 4097, 8193, MAX_STATEMENT_SIZE])
    it(`come back as they were put, ${size} bytes long`, async () => {
      const payload = pseudoRandomBytes(size, size);
      const address = await putStatement(stores, key, id(`size ${size}`), payload);
      expect(address).to.equal(toHex(ownedAddress(ownerOf(key), id(`size ${size}`))));
      const read = await readStatement(stores, owner, id(`size ${size}`));
      expect(read && toHex(read)).to.equal(toHex(payload));
    });

  it("are replaced by their owner, and are nobody else's", async () => {
    for (const text of ["one", "two"]) await putStatement(stores, key, id("again"), Buffer.from(text));
    expect(Buffer.from((await readStatement(stores, owner, id("again")))!).toString()).to.equal("two");
    expect(await readStatement(stores, formatAddress(ownerOf(other)), id("again"))).to.equal(undefined);
    expect(await readStatement(stores, owner, id("never"))).to.equal(undefined);
  });

  it("are refused where another owner's chunk, or an older one of another identifier, is given instead: SWARM_MISMATCH", async () => {
    await putStatement(stores, key, id("mine"), Buffer.from("mine"));
    await putStatement(stores, key, id("old"), Buffer.from("old"));
    await putStatement(stores, other, id("mine"), Buffer.from("theirs"));
    for (const instead of [ownedAddress(ownerOf(other), id("mine")), ownedAddress(ownerOf(key), id("old"))]) {
      proxy.rule = () => ({ kind: "instead", path: `/chunks/${toHex(instead)}` });
      expect(await codeOf(() => readStatement(stores, owner, id("mine")))).to.equal("SWARM_MISMATCH");
    }
    proxy.rule = () => ({ kind: "flip", at: 106 });
    expect(await codeOf(() => readStatement(stores, owner, id("mine")))).to.equal("SWARM_MISMATCH");
  });

  it("are refused where they are too long, before anything of that is read: STATEMENT_INVALID", async () => {
    const putting = putStatement(stores, key, id("x"), new Uint8Array(MAX_STATEMENT_SIZE + 1));
    expect(await putting.catch((error: unknown) => error)).to.be.instanceOf(RangeError);
    const size = MAX_STATEMENT_SIZE + 1;
    const chunk = makeChunk(size, pseudoRandomBytes(17 * 32, 1));
    await stores.owned.putOwned(makeOwnedChunk(key, id("long"), chunk));
    proxy.requests.length = 0;
    expect(await codeOf(() => readStatement(stores, owner, id("long")))).to.equal("STATEMENT_INVALID");
    expect(proxy.requests).to.have.length(1);
  });

  it("say what is wrong where a part of a long one is lost", async () => {
    await putStatement(stores, key, id("lost"), pseudoRandomBytes(9000, 3));
    proxy.rule = ({ url }) => (url?.startsWith("/bytes/") ? { kind: "status", status: 404 } : undefined);
    expect(await codeOf(() => readStatement(stores, owner, id("lost")))).to.equal("SWARM_NOT_FOUND");
  });

  it("are waited for no longer than told: STATEMENT_LATE; and no longer than the caller", async () => {
    proxy.rule = () => ({ kind: "hang" });
    expect(await codeOf(() => readStatement(stores, owner, id("x"), { timeoutMs: 100 }))).to.equal("STATEMENT_LATE");
    const leave = new AbortController();
    const reading = readStatement(stores, owner, id("x"), { signal: leave.signal }).catch((error: unknown) => error);
    leave.abort(new Error("left"));
    expect(await reading).to.have.property("message", "left");
  });
});
