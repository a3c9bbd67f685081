import { expect } from "chai";
import { AbiCoder, concat, id, keccak256, verifyTypedData, Wallet } from "ethers";
import {
  type Batch,
  batchDigest,
  BATCH_TYPES,
  domainOf,
  firstHead,
  NO_PACK,
  toTypedBatch,
} from "../../src/cat/batch.js";

const REGISTRY = { chainId: 31_337, registry: "0x5FbDB2315678afecb367f032d93F642f64180aa3" };
const BATCH: Batch = {
  seq: 1,
  parent: `0x${"11".repeat(32)}`,
  root: "22".repeat(32),
  depth: 11,
  delta: "33".repeat(32),
  rows: 63_000,
  pack: "44".repeat(32),
  deadline: 1_900_000_000,
};
// EIP-712, by hand: the types as the contract writes them, and the plain ABI.
const hash = (types: string[], values: unknown[]) => keccak256(AbiCoder.defaultAbiCoder().encode(types, values));

function domainSeparator({ chainId, registry }: typeof REGISTRY): string {
  const type = id("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
  return hash(
    ["bytes32", "bytes32", "bytes32", "uint256", "address"],
    [type, id("CatRegistry"), id("1"), chainId, registry],
  );
}

function digestByHand(batch: Batch): string {
  const type = id(
    "Batch(uint64 seq,bytes32 parent,bytes32 root,uint8 depth,bytes32 delta,uint64 rows,bytes32 pack,uint64 deadline)",
  );
  const { seq, parent, root, depth, delta, rows, pack, deadline } = batch;
  const struct = hash(
    ["bytes32", "uint64", "bytes32", "bytes32", "uint8", "bytes32", "uint64", "bytes32", "uint64"],
    [type, seq, parent, `0x${root}`, depth, `0x${delta}`, rows, `0x${pack}`, deadline],
  );
  return keccak256(concat(["0x1901", domainSeparator(REGISTRY), struct]));
}

describe("batch", () => {
  it("has the digest of EIP-712, computed by hand", () => {
    for (const batch of [BATCH, { ...BATCH, pack: NO_PACK, seq: Number.MAX_SAFE_INTEGER, depth: 32 }])
      expect(batchDigest(REGISTRY, batch)).to.equal(digestByHand(batch));
  });

  it("has the digest that it always had", () => {
    // Computed with digestByHand above, and held so that no change of it goes unseen.
    expect(batchDigest(REGISTRY, BATCH)).to.equal("0x04b500971e67f6915c9e99a9066503ff49ec4912952f827bb4c4ccac0377e518");
  });

  it("has another digest for any other field, chain or registry", () => {
    const changes: Partial<Batch>[] = [
      { seq: 2 },
      { parent: `0x${"12".repeat(32)}` },
      { root: "23".repeat(32) },
      { depth: 12 },
      { delta: "34".repeat(32) },
      { rows: 63_001 },
      { pack: NO_PACK },
      { deadline: 1_900_000_001 },
    ];
    expect(changes).to.have.length(Object.keys(BATCH).length);
    const digests = [
      batchDigest(REGISTRY, BATCH),
      ...changes.map((change) => batchDigest(REGISTRY, { ...BATCH, ...change })),
      batchDigest({ ...REGISTRY, chainId: 1 }, BATCH),
      batchDigest({ ...REGISTRY, registry: "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512" }, BATCH),
    ];
    expect(new Set(digests).size).to.equal(digests.length);
  });

  it("starts from a head that is the domain separator", () => {
    expect(firstHead(REGISTRY)).to.equal(domainSeparator(REGISTRY));
  });

  it("is what wallets sign as typed data", async () => {
    const wallet = Wallet.createRandom();
    const signature = await wallet.signTypedData(domainOf(REGISTRY), BATCH_TYPES, toTypedBatch(BATCH));
    expect(verifyTypedData(domainOf(REGISTRY), BATCH_TYPES, toTypedBatch(BATCH), signature)).to.equal(wallet.address);
    expect(wallet.signingKey.sign(batchDigest(REGISTRY, BATCH)).serialized).to.equal(signature);
  });
});
