import { getAddress, isAddress, type TypedDataDomain, type TypedDataField } from "ethers";
import { withoutSecrets } from "../config/endpoint-url.js";
import { CatnixError } from "../errors/catnix-error.js";
import { isSignatureOf, spellSignature, toTypedDataJson } from "./typed-data.js";
import type { TypedDataSigner } from "./typed-data-signer.js";
import { askWallet, type WalletRefusal } from "./wallet-rpc.js";

export interface WalletOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told what a person has to do at the wallet, before it is waited for. */
  readonly onWait?: ((text: string) => void) | undefined;
  /** For what a person has to agree to, in milliseconds; an hour where not given. */
  readonly waitMs?: number | undefined;
}

/** For what a wallet answers by itself. */
const QUICK_MS = 20_000;
const WAIT_MS = 60 * 60 * 1000;

/** JSON-RPC 2.0, section 5.1, and EIP-1193: a wallet has no such method. */
const NO_METHOD = [-32_601, 4200];
/** EIP-1193. clef has no code of its own, and says `request denied`. */
const USER_REJECTED = 4001;
const SAYS_NO = /^(request denied|user (rejected|denied|declined))/i;

/**
 * A wallet that signs for one of its accounts, asked by JSON-RPC over HTTP: Frame, clef, a hardware wallet's bridge, a development
 * node. What it answers is used only where the account's address is recovered from it.
 */
export class WalletSigner implements TypedDataSigner {
  private constructor(
    readonly url: string,
    readonly address: string,
    readonly options: WalletOptions,
  ) {}

  /**
   * Makes sure that the wallet answers and knows the account, as far as it tells: clef lists its accounts to nobody.
   * @param url `http:` or `https:`
   * @param address checksummed
   * @throws CatnixError WALLET_UNREACHABLE, WALLET_ANSWER_INVALID, WALLET_REJECTED, WALLET_REFUSED, WALLET_ACCOUNT_MISSING; the
   * signal's reason
   */
  static async open(url: string, address: string, options: WalletOptions = {}): Promise<WalletSigner> {
    const wallet = new WalletSigner(url, address, options);
    await wallet.#requireAccount();
    return wallet;
  }

  /**
   * Asks for the signature, for as long as a person takes.
   * @throws CatnixError WALLET_WRONG_CHAIN, WALLET_REJECTED, WALLET_REFUSED, WALLET_UNREACHABLE, and WALLET_ANSWER_INVALID where
   * what comes is not the account's signature of just this; the signal's reason
   */
  async signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string> {
    const data = { domain, types, value };
    const json = toTypedDataJson(data);
    if (domain.chainId !== null && domain.chainId !== undefined) await this.#requireChain(Number(domain.chainId));
    this.options.onWait?.(
      `waiting for the wallet at ${withoutSecrets(this.url)}: confirm the signature of ${this.address} there`,
    );
    const text = await this.#ask("eth_signTypedData_v4", [this.address, JSON.stringify(json)], this.#waitMs);
    // clef has the method under a name of its own, and takes an object.
    const answer = text ?? (await this.#ask("account_signTypedData", [this.address, json], this.#waitMs));
    if (!answer) throw this.#refused({ code: NO_METHOD[0]!, message: "it has no eth_signTypedData_v4" });
    const signature = typeof answer.result === "string" ? spellSignature(answer.result) : undefined;
    if (signature === undefined || !isSignatureOf(data, this.address, signature))
      throw this.#invalid(`what it sent is not ${this.address}'s signature of this`);
    return signature;
  }

  get #waitMs(): number {
    return this.options.waitMs ?? WAIT_MS;
  }

  /** Wallets refuse the typed data of a chain that they are not on, each in words of its own. */
  async #requireChain(wanted: number): Promise<void> {
    const answer = await this.#ask("eth_chainId", [], QUICK_MS);
    if (!answer) return;
    const { result } = answer;
    if (typeof result !== "string" || !/^0x[0-9a-f]{1,13}$/i.test(result))
      throw this.#invalid("eth_chainId gave no number");
    if (Number(result) !== wanted)
      throw new CatnixError("WALLET_WRONG_CHAIN", { url: withoutSecrets(this.url), found: Number(result), wanted });
  }

  /** Also asks for the right to use the wallet, which Frame lets a person give first. */
  async #requireAccount(): Promise<void> {
    const answer = await this.#ask("eth_accounts", [], this.#waitMs);
    if (!answer) return;
    const { result } = answer;
    const isList = Array.isArray(result) && result.every((it) => isAddress(it));
    if (!isList) throw this.#invalid("eth_accounts gave no list of addresses");
    const accounts = result.map((it: string) => getAddress(it));
    const { address: account } = this;
    if (!accounts.includes(account))
      throw new CatnixError("WALLET_ACCOUNT_MISSING", { url: withoutSecrets(this.url), account, accounts });
  }

  /** @returns undefined where the wallet has no such method */
  async #ask(method: string, params: readonly unknown[], timeoutMs: number): Promise<{ result: unknown } | undefined> {
    const answer = await askWallet(this.url, { method, params, timeoutMs, signal: this.options.signal });
    if ("result" in answer) return answer;
    if (isMissing(answer.refusal)) return undefined;
    throw this.#refused(answer.refusal);
  }

  #refused({ code, message }: WalletRefusal): CatnixError {
    const [url, account] = [withoutSecrets(this.url), this.address];
    if (code === USER_REJECTED || SAYS_NO.test(message)) return new CatnixError("WALLET_REJECTED", { url, account });
    return new CatnixError("WALLET_REFUSED", { url, code, reason: message });
  }

  #invalid(reason: string): CatnixError {
    return new CatnixError("WALLET_ANSWER_INVALID", { url: withoutSecrets(this.url), reason });
  }
}

function isMissing({ code, message }: WalletRefusal): boolean {
  return NO_METHOD.includes(code) || /method .*(not found|does not exist|not supported)/i.test(message);
}
