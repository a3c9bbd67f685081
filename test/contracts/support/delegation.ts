import { expect } from "chai";
import { concat, Wallet, ZeroAddress } from "ethers";
import { ethers, networkHelpers } from "./network.js";

/** Sets an account's EIP-7702 delegation by a transaction of its own; the zero address ends it. */
export async function delegate(account: { key: { privateKey: string } }, to: string): Promise<void> {
  const wallet = new Wallet(account.key.privateKey, ethers.provider);
  await networkHelpers.setBalance(wallet.address, 10n ** 18n);
  const nonce = await wallet.getNonce();
  const authorization = await wallet.authorize({ address: to, nonce: nonce + 1 });
  const sent = await wallet.sendTransaction({ type: 4, to: ZeroAddress, authorizationList: [authorization] });
  await sent.wait();
  const code = await ethers.provider.getCode(wallet.address);
  expect(code).to.equal(to === ZeroAddress ? "0x" : concat(["0xef0100", to]));
}
