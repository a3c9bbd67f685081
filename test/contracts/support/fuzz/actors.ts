import { Signature, ZeroAddress } from "ethers";
import { signatoryOf } from "../acts.js";
import { makeAccount } from "../registry.js";
import type { FuzzChain } from "./chain.js";

/** secp256k1's order: `order - s` is the other signature of the same message. */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** Somebody who may be a member. */
export interface Actor {
  readonly address: string;
  /** What it gives for a digest: 0x-hex. */
  readonly sign: (digest: string) => string;
  /** Whether it accepts anything at all as its signature. */
  readonly isPermissive?: boolean;
}

/**
 * Eight who may be members: five accounts, of which two have EIP-7702 delegates (one that would sign anything, one that
 * knows no ERC-1271), a contract with an owner, which may lose its code and get it back, and a contract that accepts
 * everything.
 */
export class Actors {
  readonly #signed = new Set<string>();

  private constructor(
    private readonly chain: FuzzChain,
    readonly all: readonly Actor[],
    readonly wallet: string,
    private readonly walletCode: string,
  ) {}

  static async create(chain: FuzzChain): Promise<Actors> {
    const account = (name: string): Actor & { key: { privateKey: string } } => {
      const { key, address } = makeAccount(name);
      return { key, address, sign: (digest) => key.sign(digest).serialized };
    };
    const accounts = Array.from({ length: 5 }, (_, i) => account(`fuzzed member ${i}`));
    await chain.delegate(accounts[3]!.key.privateKey, await chain.deploy("PermissiveDelegate"));
    await chain.delegate(accounts[4]!.key.privateKey, await chain.deploy("PlainDelegate"));
    const owner = makeAccount("fuzzed wallet's owner");
    const wallet = await chain.deploy("ERC1271Wallet", [owner.address]);
    const permissive = await chain.deploy("PermissiveDelegate");
    const ownerSign = signatoryOf(owner.key, wallet).sign;
    const all: Actor[] = [
      ...accounts,
      { address: wallet, sign: (digest) => ownerSign(digest) as string },
      { address: permissive, sign: () => "0x", isPermissive: true },
    ];
    return new Actors(chain, all, wallet, await chain.code(wallet));
  }

  isWalletLapsed = false;

  /** Takes the wallet its code, or gives it back: its approvals lapse, and hold again. */
  async toggleWallet(): Promise<void> {
    this.isWalletLapsed = !this.isWalletLapsed;
    await this.chain.setCode(this.wallet, this.isWalletLapsed ? "0x" : this.walletCode);
  }

  /** A signature that holds, as long as the actor's code does. */
  sign(actor: Actor, digest: string): string {
    const signature = actor.sign(digest);
    this.#signed.add(`${actor.address} ${digest} ${signature}`);
    return signature;
  }

  /** Whether a signature holds: it was made by that member for that digest, or the member takes any. */
  readonly holds = (member: string, digest: string, signature: string): boolean => {
    if (member === this.wallet && this.isWalletLapsed) return false;
    if (this.all.find(({ address }) => address === member)?.isPermissive === true) return true;
    return this.#signed.has(`${member} ${digest} ${signature}`);
  };

  /** Forgets what was signed: between two registries no signature carries over. */
  forget(): void {
    this.#signed.clear();
  }
}

/** Ways in which a signature may be wrong: of an account with a key, each of them must fail. */
export function spoilSignature(signature: string, choice: number): string {
  if (signature.length !== 132) return signature + "00";
  const { r, s, v } = Signature.from(signature);
  const word = (value: bigint): string => value.toString(16).padStart(64, "0");
  const other = v === 27 ? "1c" : "1b";
  const spoiled = [
    `0x${r.slice(2)}${word(ORDER - BigInt(s))}${other}`, // the high s of the same signature
    `0x${r.slice(2)}${s.slice(2)}${other}`,
    `0x${r.slice(2)}${s.slice(2)}0${v - 27}`, // v of 0 or 1
    signature.slice(0, -2), // 64 bytes
    signature + "00",
    "0x",
    `0x${ZeroAddress.slice(2).padStart(64, "0")}${s.slice(2)}1b`, // r of 0
  ];
  return spoiled[choice % spoiled.length]!;
}
