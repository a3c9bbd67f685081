import type { ErrorDescriptor } from "./descriptor.js";

/** 513x and 514x: wallets, signatures from elsewhere, and batches that were overtaken. */
export const signingErrors = {
  WALLET_UNREACHABLE: {
    number: 5130,
    message: (d: { url: string; reason: string }) => `the wallet at ${d.url} does not answer: ${d.reason}`,
    hint: "Start the wallet, unlock it, and check the URL; what was checked before is not checked again.",
    retryable: true,
  },
  WALLET_REJECTED: {
    number: 5131,
    message: (d: { url: string; account: string }) =>
      `at the wallet ${d.url} the signature of ${d.account} was rejected`,
    hint: "Nothing was signed; run the command again, and confirm at the wallet once you agree.",
  },
  WALLET_REFUSED: {
    number: 5132,
    message: (d: { url: string; code: number; reason: string }) =>
      `the wallet at ${d.url} refuses (${d.code}): ${d.reason}`,
    hint: "Nothing was signed; it has to be a wallet with eth_signTypedData_v4, and --account the account selected in it.",
  },
  WALLET_ACCOUNT_MISSING: {
    number: 5133,
    message: (d: { url: string; account: string; accounts: string[] }) =>
      `the wallet at ${d.url} offers no ${d.account}, but ${d.accounts.slice(0, 8).join(", ") || "no account"}`,
    hint: "Select the account in the wallet and let it be used by this program, or correct --account.",
  },
  WALLET_WRONG_CHAIN: {
    number: 5134,
    message: (d: { url: string; found: number; wanted: number }) =>
      `the wallet at ${d.url} is on chain ${d.found}, the registry on ${d.wanted}`,
    hint: "Switch the wallet to the registry's chain and run the command again; what was checked before is not checked again.",
  },
  WALLET_ANSWER_INVALID: {
    number: 5135,
    message: (d: { url: string; reason: string }) =>
      `the wallet at ${d.url} gave an answer that cannot be: ${d.reason}`,
    hint: "Nothing of it was used; update the wallet, or sign with another one.",
  },
} satisfies Record<string, ErrorDescriptor>;
