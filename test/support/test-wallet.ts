import { concat, keccak256, TypedDataEncoder, type TypedDataField, Wallet } from "ethers";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { serveLoopback } from "./serve-loopback.js";

/** Thrown by a rule: the answer is this error. */
export class WalletError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

interface Payload {
  readonly types: Record<string, TypedDataField[]>;
  readonly primaryType: string;
  readonly domain: Record<string, unknown>;
  readonly message: Record<string, unknown>;
}

/** Signs from the JSON alone: what stands in it, the domain's own type too, is all that the hash is made of. */
export function signPayload(wallet: Wallet, { types, primaryType, domain, message }: Payload): string {
  const { EIP712Domain, ...others } = types;
  const domainHash = TypedDataEncoder.hashStruct("EIP712Domain", { EIP712Domain: EIP712Domain! }, domain);
  const messageHash = TypedDataEncoder.hashStruct(primaryType, others, message);
  return wallet.signingKey.sign(keccak256(concat(["0x1901", domainHash, messageHash]))).serialized;
}

/**
 * A wallet on a port of this machine that confirms at once and speaks as Frame does; the real clef is in test/clef.
 * `rule` may change an answer, hold it back, or throw a {@link WalletError}.
 */
export async function startTestWallet(keys: readonly string[], options: { chainId?: number } = {}) {
  const { chainId = 31_337 } = options;
  const wallets = new Map(keys.map((key) => new Wallet(key)).map((wallet) => [wallet.address.toLowerCase(), wallet]));
  const calls: { method: string; params: unknown[] }[] = [];
  const wallet = { calls, rule: (_method: string, result: unknown): unknown => result };
  const sign = (account: unknown, payload: unknown) => {
    const signer = wallets.get(String(account).toLowerCase());
    if (!signer) throw new WalletError(-32_000, "unknown account");
    return signPayload(signer, payload as Payload);
  };
  const methods: Record<string, (params: unknown[]) => unknown> = {
    eth_chainId: () => `0x${chainId.toString(16)}`,
    eth_accounts: () => [...wallets.keys()],
    eth_signTypedData_v4: ([account, payload]) =>
      sign(account, typeof payload === "string" ? JSON.parse(payload) : payload),
  };
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const call = JSON.parse(await text(incoming)) as { id: number; method: string; params: unknown[] };
    calls.push(call);
    outgoing.setHeader("content-type", "application/json");
    const respond = (content: object) => outgoing.end(JSON.stringify({ jsonrpc: "2.0", id: call.id, ...content }));
    try {
      const method = methods[call.method];
      if (!method) throw new WalletError(-32_601, `the method ${call.method} does not exist/is not available`);
      respond({ result: await wallet.rule(call.method, method(call.params)) });
    } catch (error) {
      if (!(error instanceof WalletError)) throw error;
      respond({ error: { code: error.code, message: error.message } });
    }
  };
  return Object.assign(wallet, await serveLoopback(answer));
}

export type TestWallet = Awaited<ReturnType<typeof startTestWallet>>;
