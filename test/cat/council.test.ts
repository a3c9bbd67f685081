import { expect } from "chai";
import { AbiCoder, concat, id, keccak256, verifyTypedData, Wallet } from "ethers";
import { domainOf, firstHead } from "../../src/cat/batch.js";
import { type Council, COUNCIL_TYPES, councilDigest, toTypedCouncil } from "../../src/cat/council.js";

const REGISTRY = { chainId: 31_337, registry: "0x5FbDB2315678afecb367f032d93F642f64180aa3" };
const [A, B] = ["0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"];
const COUNCIL: Council = {
  seq: 3,
  parent: `0x${"11".repeat(32)}`,
  members: [A, B],
  publishThreshold: 1,
  councilThreshold: 2,
  guardian: B,
  charter: "22".repeat(32),
  deadline: 1_900_000_000,
};

/** EIP-712 by hand: an array is the hash of its members, each in a word of its own. */
function digestByHand(council: Council): string {
  const type = id(
    "Council(uint64 seq,bytes32 parent,address[] members,uint8 publishThreshold,uint8 councilThreshold,address guardian,bytes32 charter,uint64 deadline)",
  );
  const { seq, parent, members, publishThreshold, councilThreshold, guardian, charter, deadline } = council;
  const words = members.map((member) => AbiCoder.defaultAbiCoder().encode(["address"], [member]));
  const struct = AbiCoder.defaultAbiCoder().encode(
    ["bytes32", "uint64", "bytes32", "bytes32", "uint8", "uint8", "address", "bytes32", "uint64"],
    [
      ...[type, seq, parent, keccak256(concat(words)), publishThreshold, councilThreshold, guardian],
      ...[`0x${charter}`, deadline],
    ],
  );
  return keccak256(concat(["0x1901", firstHead(REGISTRY), keccak256(struct)]));
}

describe("council", () => {
  it("has the digest of EIP-712, computed by hand", () => {
    for (const council of [COUNCIL, { ...COUNCIL, members: [] }, { ...COUNCIL, members: [B], publishThreshold: 255 }])
      expect(councilDigest(REGISTRY, council)).to.equal(digestByHand(council));
  });

  it("has another digest for any other field, chain or registry", () => {
    const changes: Partial<Council>[] = [
      { seq: 4 },
      { parent: `0x${"12".repeat(32)}` },
      { members: [A] },
      { publishThreshold: 2 },
      { councilThreshold: 1 },
      { guardian: A },
      { charter: "23".repeat(32) },
      { deadline: 1_900_000_001 },
    ];
    expect(changes).to.have.length(Object.keys(COUNCIL).length);
    const digests = [
      councilDigest(REGISTRY, COUNCIL),
      ...changes.map((change) => councilDigest(REGISTRY, { ...COUNCIL, ...change })),
      councilDigest({ ...REGISTRY, chainId: 1 }, COUNCIL),
      councilDigest({ ...REGISTRY, registry: A }, COUNCIL),
    ];
    expect(new Set(digests).size).to.equal(digests.length);
  });

  it("is what wallets sign as typed data", async () => {
    const wallet = Wallet.createRandom();
    const signature = await wallet.signTypedData(domainOf(REGISTRY), COUNCIL_TYPES, toTypedCouncil(COUNCIL));
    const signer = verifyTypedData(domainOf(REGISTRY), COUNCIL_TYPES, toTypedCouncil(COUNCIL), signature);
    expect(signer).to.equal(wallet.address);
    expect(wallet.signingKey.sign(councilDigest(REGISTRY, COUNCIL)).serialized).to.equal(signature);
  });
});
