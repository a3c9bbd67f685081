import { concat, getBytes, TypedDataEncoder, Wallet } from "ethers";
import { deploySafe, type TestSafe } from "../../support/deploy-safe.js";
import type { Signatory } from "./acts.js";
import { ethers } from "./network.js";
import { makeAccount } from "./registry.js";

/** A real Safe of three owners, of whom two sign for it. */
export interface SafeMember {
  readonly safe: TestSafe;
  /** Ascending by address. */
  readonly owners: readonly Wallet[];
  /** The Safe as a member for which these owners sign, by default the first two. */
  readonly as: (owners?: readonly Wallet[]) => Signatory;
  /** Makes the Safe do something: a transaction that its first two owners sign. */
  readonly execute: (to: string, data: string) => Promise<void>;
}

/** What an owner signs for the Safe: its message is the act's digest, in the Safe's own domain. */
function safeMessageHash(chainId: bigint, verifyingContract: string, digest: string): string {
  const types = { SafeMessage: [{ type: "bytes", name: "message" }] };
  return TypedDataEncoder.hash({ chainId, verifyingContract }, types, { message: digest });
}

export async function deploySafeMember(name: string): Promise<SafeMember> {
  const [signer] = await ethers.getSigners();
  const keys = [0, 1, 2].map((i) => makeAccount(`owner ${i} of ${name}`).key);
  const wallets = keys.map((key) => new Wallet(key));
  const owners = wallets.sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
  const addresses = owners.map(({ address }) => address);
  const safe = await deploySafe(signer!, addresses, 2);
  const { chainId } = await ethers.provider.getNetwork();
  const sign = (hash: string, by: readonly Wallet[]): string =>
    concat(by.map(({ signingKey }) => signingKey.sign(getBytes(hash)).serialized));
  const firstTwo = owners.slice(0, 2);
  return {
    ...{ safe, owners },
    as: (by = firstTwo) => ({
      address: safe.address,
      sign: (digest) => sign(safeMessageHash(chainId, safe.address, digest), by),
    }),
    async execute(to, data) {
      const none = ethers.ZeroAddress;
      const nonce = (await safe.contract.getFunction("nonce").staticCall()) as bigint;
      const call = [to, 0, data, 0, 0, 0, 0, none, none] as const;
      const hash = (await safe.contract.getFunction("getTransactionHash").staticCall(...call, nonce)) as string;
      await (await safe.contract.getFunction("execTransaction").send(...call, sign(hash, firstTwo))).wait();
    },
  };
}
