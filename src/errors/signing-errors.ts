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
  BATCH_CONFLICT: {
    number: 5140,
    message: (d: { seq: number; paths: { path: string; ours: string; theirs: string; seq: number }[] }) =>
      [
        `${d.paths.length} of the paths of batch ${d.seq} were set otherwise by acts that came first:`,
        ...d.paths.slice(0, 20).map((it) => `  ${it.path}: ${it.ours} here, ${it.theirs} by act ${it.seq}`),
        ...(d.paths.length > 20 ? [`  and ${d.paths.length - 20} more`] : []),
      ].join("\n"),
    hint: "Find out which build is right, then give --theirs, --ours, or --drop PATH for each that is to be left out; no draft was written.",
  },
  BATCH_LANDED: {
    number: 5141,
    message: (d: { seq: number; rows: number }) => `nothing is left of the ${d.rows} rows of batch ${d.seq}`,
    hint: "What it would have set is approved already, or was left out; no draft was written.",
  },
  PAYER_BUSY: {
    number: 5142,
    message: (d: { address: string; waiting: number }) =>
      `${d.waiting} of the transactions of ${d.address} are not in a block yet`,
    hint: "Nothing was sent; pay with the key of another account, which anybody may, or wait until they are in a block.",
    retryable: true,
  },
} satisfies Record<string, ErrorDescriptor>;
