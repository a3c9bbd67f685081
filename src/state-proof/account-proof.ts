import { decodeRlp, keccak256, toBeHex } from "ethers";
import { z } from "zod";
import { CatnixError } from "../errors/catnix-error.js";
import { verifyTrieProof } from "./trie-proof.js";

/** What the chain's state says of an account. */
export interface ProvedAccount {
  /** keccak-256 of its code: `0x` and 64 hex digits; that of no bytes for an account without code. */
  readonly codeHash: string;
  /** Root of the trie of its storage: `0x` and 64 hex digits. */
  readonly storageHash: string;
  /** The slots that were asked for, in that order; 0 where nothing is stored. */
  readonly values: readonly bigint[];
}

/** What was asked of `eth_getProof`. */
export interface ProofQuestion {
  /** `0x` and 64 lower-case hex digits, of a header that is trusted. */
  readonly stateRoot: string;
  /** `0x` and 40 hex digits. */
  readonly address: string;
  readonly slots: readonly bigint[];
}

/** Slots of one question: few enough for any endpoint. */
export const MAX_PROOF_SLOTS = 64;

const nodes = z.array(
  z
    .string()
    .regex(/^0x(?:[0-9a-f]{2})+$/i)
    .transform((text) => text.toLowerCase()),
);
const answerSchema = z.object({ accountProof: nodes, storageProof: z.array(z.object({ proof: nodes })) });

/**
 * Holds an answer of `eth_getProof` (EIP-1186) against a state root. All that counts in it are the nodes: what else it says of
 * the account and of the slots is not looked at.
 * @returns undefined where there is proved to be no such account
 * @throws CatnixError STATE_PROOF_INVALID
 */
export function verifyAccountProof(answer: unknown, question: ProofQuestion): ProvedAccount | undefined {
  const { stateRoot, address, slots } = question;
  const parsed = answerSchema.safeParse(answer);
  if (!parsed.success) throw invalid("the answer is none of eth_getProof");
  const { accountProof, storageProof } = parsed.data;
  if (storageProof.length !== slots.length)
    throw invalid(`${slots.length} slots were asked for, and ${storageProof.length} are answered`);
  const encoded = verifyTrieProof(stateRoot, keccak256(address), accountProof);
  if (encoded === undefined) return undefined;
  const { codeHash, storageHash } = decodeAccount(encoded);
  const values = slots.map((slot, at) => verifySlot(storageHash, slot, storageProof[at]!.proof));
  return { codeHash, storageHash, values };
}

function verifySlot(storageHash: string, slot: bigint, proof: readonly string[]): bigint {
  const encoded = verifyTrieProof(storageHash, keccak256(toBeHex(slot, 32)), proof);
  if (encoded === undefined) return 0n;
  const word = decode(encoded);
  if (word === "0x") return 0n; // Ethereum keeps no zeros; anvil does, where one was written
  if (typeof word !== "string" || !/^0x(?!00)(?:[0-9a-f]{2}){1,32}$/.test(word)) throw invalid("a slot holds no word");
  return BigInt(word);
}

/** An account: nonce, balance, storage root, code hash (Yellow Paper, 4.1). */
function decodeAccount(encoded: string): Pick<ProvedAccount, "codeHash" | "storageHash"> {
  const items = decode(encoded);
  if (!Array.isArray(items) || items.length !== 4) throw invalid("an account has not four items");
  const [, , storageHash, codeHash] = items;
  if (!isWord(storageHash) || !isWord(codeHash)) throw invalid("an account without its hashes");
  return { codeHash, storageHash };
}

function isWord(item: unknown): item is string {
  return typeof item === "string" && /^0x[0-9a-f]{64}$/.test(item);
}

function decode(encoded: string): ReturnType<typeof decodeRlp> {
  try {
    return decodeRlp(encoded);
  } catch (error) {
    throw invalid("a value is no RLP", error);
  }
}

function invalid(reason: string, cause?: unknown): CatnixError {
  return new CatnixError("STATE_PROOF_INVALID", { reason }, { cause });
}
