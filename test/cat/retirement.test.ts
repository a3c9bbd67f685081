import { expect } from "chai";
import { AbiCoder, concat, id, keccak256, ZeroAddress } from "ethers";
import { firstHead } from "../../src/cat/batch.js";
import { type Retirement, retirementDigest } from "../../src/cat/retirement.js";

const REGISTRY = { chainId: 31_337, registry: "0x5FbDB2315678afecb367f032d93F642f64180aa3" };
const RETIREMENT: Retirement = {
  seq: 3,
  parent: `0x${"11".repeat(32)}`,
  successorChainId: 100n,
  successor: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
  deadline: 1_900_000_000,
};

/** EIP-712 by hand. */
function digestByHand({ seq, parent, successorChainId, successor, deadline }: Retirement): string {
  const type = id("Retirement(uint64 seq,bytes32 parent,uint256 successorChainId,address successor,uint64 deadline)");
  const struct = AbiCoder.defaultAbiCoder().encode(
    ["bytes32", "uint64", "bytes32", "uint256", "address", "uint64"],
    [type, seq, parent, successorChainId, successor, deadline],
  );
  return keccak256(concat(["0x1901", firstHead(REGISTRY), keccak256(struct)]));
}

describe("retirement", () => {
  it("has the digest of EIP-712, computed by hand", () => {
    const none = { ...RETIREMENT, successorChainId: 0n, successor: ZeroAddress };
    for (const retirement of [RETIREMENT, none, { ...RETIREMENT, successorChainId: 2n ** 256n - 1n }])
      expect(retirementDigest(REGISTRY, retirement)).to.equal(digestByHand(retirement));
  });

  it("has another digest for any other field, chain or registry", () => {
    const changes: Partial<Retirement>[] = [
      { seq: 4 },
      { parent: `0x${"12".repeat(32)}` },
      { successorChainId: 101n },
      { successor: ZeroAddress },
      { deadline: 1_900_000_001 },
    ];
    expect(changes).to.have.length(Object.keys(RETIREMENT).length);
    const digests = [
      retirementDigest(REGISTRY, RETIREMENT),
      ...changes.map((change) => retirementDigest(REGISTRY, { ...RETIREMENT, ...change })),
      retirementDigest({ ...REGISTRY, chainId: 1 }, RETIREMENT),
      retirementDigest({ ...REGISTRY, registry: RETIREMENT.successor }, RETIREMENT),
    ];
    expect(new Set(digests).size).to.equal(digests.length);
  });
});
