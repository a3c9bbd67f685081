import { expect } from "chai";
import { verifyTypedData, Wallet, ZeroAddress, ZeroHash } from "ethers";
import { type Act, actDigest, contentOf, typedDataOf } from "../../src/cat/act.js";
import { type Batch, batchDigest } from "../../src/cat/batch.js";
import { type Council, councilDigest } from "../../src/cat/council.js";
import { type Retirement, retirementDigest } from "../../src/cat/retirement.js";
import { wellKnownKey } from "../support/well-known-key.js";

const id = { chainId: 31_337, registry: "0x5FbDB2315678afecb367f032d93F642f64180aa3" };
const wallet = new Wallet(wellKnownKey(1));
const place = { seq: 3, parent: ZeroHash, deadline: 4_000_000_000 };
const address = "ab".repeat(32);
const batch: Batch = { ...place, root: address, depth: 1, delta: address, rows: 2, pack: address };
const council: Council = {
  ...place,
  members: [wallet.address],
  publishThreshold: 1,
  councilThreshold: 1,
  guardian: ZeroAddress,
  charter: address,
};
const retirement: Retirement = { ...place, successorChainId: 2n ** 255n, successor: wallet.address };

const acts: [act: Act, digest: string][] = [
  [{ kind: "batch", batch }, batchDigest(id, batch)],
  [{ kind: "council", council }, councilDigest(id, council)],
  [{ kind: "retirement", retirement }, retirementDigest(id, retirement)],
];

describe("act", () => {
  for (const [act, digest] of acts)
    it(`a ${act.kind} has the digest that its members sign`, async () => {
      expect(actDigest(id, act)).to.equal(digest);
      expect(contentOf(act)).to.include({ seq: 3, deadline: 4_000_000_000 });
      const { domain, types, value } = typedDataOf(id, act);
      const signature = await wallet.signTypedData(domain, types, value);
      expect(verifyTypedData(domain, types, value, signature)).to.equal(wallet.address);
      expect(wallet.signingKey.sign(digest).serialized).to.equal(signature);
    });
});
