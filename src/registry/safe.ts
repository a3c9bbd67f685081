import { concat, dataLength, dataSlice, getAddress, Interface, isError, type TypedDataField } from "ethers";
import { CatnixError } from "../errors/catnix-error.js";
import { recoverSigner, type TypedData, typedDataDigest } from "../keys/typed-data.js";
import { askChain } from "./ask-chain.js";
import { findRefusal } from "./find-refusal.js";
import type { Registry } from "./registry.js";

/** A Safe (safe-global/safe-smart-account 1.3 or later) that is a member: some of its owners sign for it. */
export interface Safe {
  /** Checksummed. */
  readonly address: string;
  /** Checksummed. */
  readonly owners: readonly string[];
  /** So many owners have to sign. */
  readonly threshold: number;
}

/** One owner's part of a Safe's signature. */
export interface SafePart {
  /** Checksummed. */
  readonly owner: string;
  /** `0x` and 130 hex digits. */
  readonly signature: string;
}

const safeInterface = new Interface([
  "function getOwners() view returns (address[])",
  "function getThreshold() view returns (uint256)",
  // Of the fallback handler, which also answers ERC-1271.
  "function getMessageHash(bytes message) view returns (bytes32)",
  "function signMessage(bytes data)",
]);

const SAFE_MESSAGE_TYPES: Record<string, TypedDataField[]> = { SafeMessage: [{ name: "message", type: "bytes" }] };
const PART_SIZE = 65;

/**
 * What an owner signs so that the Safe approves `act`: the Safe's own message about the act's digest
 * (CompatibilityFallbackHandler.isValidSignature).
 */
export function typedSafeMessage({ id }: Pick<Registry, "id">, safe: string, act: TypedData): TypedData {
  return {
    domain: { chainId: id.chainId, verifyingContract: safe },
    types: SAFE_MESSAGE_TYPES,
    value: { message: typedDataDigest(act) },
  };
}

/**
 * The call by which a Safe approves `act` on chain, with an empty signature from then on: the data of a delegate call to the
 * SignMessageLib of the Safe's version.
 */
export function encodeSignMessage(act: TypedData): string {
  return safeInterface.encodeFunctionData("signMessage", [typedDataDigest(act)]);
}

/**
 * Reads a Safe, and makes sure that its owners would sign what {@link typedSafeMessage} says.
 * @param address checksummed
 * @throws CatnixError SAFE_UNSUPPORTED where it answers otherwise; RPC_UNAVAILABLE, RPC_ANSWER_INVALID
 */
export async function readSafe(registry: Registry, address: string): Promise<Safe> {
  const unsupported = (reason: string) => new CatnixError("SAFE_UNSUPPORTED", { safe: address, reason });
  const probe: TypedData = { domain: {}, types: SAFE_MESSAGE_TYPES, value: { message: "0x" } };
  const [owners, threshold, hash] = await Promise.all([
    askSafe(registry, address, "getOwners", []),
    askSafe(registry, address, "getThreshold", []),
    askSafe(registry, address, "getMessageHash", [typedDataDigest(probe)]),
  ]);
  if (owners === undefined || threshold === undefined) throw unsupported("it does not say who owns it");
  if (hash === undefined) throw unsupported("it has no fallback handler that answers getMessageHash");
  if (hash !== typedDataDigest(typedSafeMessage(registry, address, probe)))
    throw unsupported("its owners sign something else than a Safe's of version 1.3 or later");
  return { address, owners: (owners as string[]).map((owner) => getAddress(owner)), threshold: Number(threshold) };
}

/** @returns undefined where there is no such answer */
async function askSafe({ chain }: Registry, to: string, method: string, args: unknown[]): Promise<unknown> {
  const answer = await askChain(chain, async () => {
    try {
      return await chain.provider.call({ to, data: safeInterface.encodeFunctionData(method, args) });
    } catch (error) {
      const reason = findRefusal(error);
      if (reason !== undefined)
        throw new CatnixError("RPC_UNAVAILABLE", { url: chain.rpcUrl, reason }, { cause: error });
      if (isError(error, "CALL_EXCEPTION")) return "0x";
      throw error;
    }
  });
  try {
    return safeInterface.decodeFunctionResult(method, answer)[0] as unknown;
  } catch {
    return undefined;
  }
}

/** @throws CatnixError SAFE_OWNER_UNKNOWN */
export function requireOwner({ address, owners }: Safe, owner: string): void {
  if (!owners.includes(owner)) throw new CatnixError("SAFE_OWNER_UNKNOWN", { safe: address, owner });
}

/**
 * The owners' parts of what may be a Safe's signature: pieces of 65 bytes that owners of now signed by a key.
 * @param signature `0x` and lower-case hex
 * @param message of {@link typedSafeMessage}
 */
export function splitSafeSignature({ owners }: Safe, message: TypedData, signature: string): SafePart[] {
  const size = dataLength(signature);
  if (size % PART_SIZE !== 0) return [];
  const parts: SafePart[] = [];
  for (let at = 0; at < size; at += PART_SIZE) {
    const part = dataSlice(signature, at, at + PART_SIZE);
    const owner = recoverSigner(message, part);
    if (owner !== undefined && owners.includes(owner)) parts.push({ owner, signature: part });
  }
  return parts;
}

/** A Safe's signature of its owners' parts: ascending by owner, each owner once, as Safe.checkSignatures wants them. */
export function joinSafeParts(parts: readonly SafePart[]): string {
  const byOwner = new Map(parts.map((part) => [part.owner, part]));
  const sorted = [...byOwner.values()].sort((a, b) => (BigInt(a.owner) < BigInt(b.owner) ? -1 : 1));
  return concat(sorted.map(({ signature }) => signature));
}
