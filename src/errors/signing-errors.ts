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
  SIGNATURE_INVALID: {
    number: 5136,
    message: (d: { member: string; reason: string }) => `this is no approval of ${d.member}: ${d.reason}`,
    hint: "Nothing was added; sign the typed data of this very batch, as `catnix batch typed-data` prints it, with the key of that member.",
  },
  SAFE_UNSUPPORTED: {
    number: 5137,
    message: (d: { safe: string; reason: string }) => `${d.safe} is no Safe that can be signed for: ${d.reason}`,
    hint: "Give the address of a Safe of version 1.3 or later with its usual fallback handler; other contracts' signatures go in by `catnix batch add-signature`.",
  },
  SAFE_OWNER_UNKNOWN: {
    number: 5138,
    message: (d: { safe: string; owner: string }) => `${d.owner} is not an owner of the Safe ${d.safe}`,
    hint: "Sign with the key of an owner, or leave --safe out where the key is the member's own.",
  },
} satisfies Record<string, ErrorDescriptor>;
