import { AbiCoder, hexlify, type Result } from "ethers";
import { type Approval, type Batch, BATCH_TYPES, domainOf, type RegistryId, toTypedBatch } from "../cat/batch.js";
import { MAX_DEPTH } from "../cat/bucket.js";
import { equalBytes } from "../encoding/bytes.js";
import { fromHex } from "../encoding/hex.js";
import { isSignatureOf } from "../keys/typed-data.js";

/** What a member publishes of its approval: payload of `cat/1/approval` and `cat/1/root` (docs/spec.md). */
export interface SignedBatch {
  readonly batch: Batch;
  /** `0x` and hex digits: 65 bytes of an account, anything of a contract, also nothing. */
  readonly signature: string;
  /** 64 hex digits: the Swarm address of the member's attestation; zeros for none. */
  readonly attestation: string;
}

/** `attestation` of a member that made none. */
export const NO_ATTESTATION = "0".repeat(64);

const coder = AbiCoder.defaultAbiCoder();
const BATCH_TUPLE = `tuple(${BATCH_TYPES["Batch"]!.map(({ type, name }) => `${type} ${name}`).join(", ")})`;
const TYPES = [BATCH_TUPLE, "bytes", "bytes32"];

/** `abi.encode(Batch, bytes signature, bytes32 attestation)`: 416 bytes and more. */
export function encodeSignedBatch({ batch, signature, attestation }: SignedBatch): Uint8Array {
  const encoded = coder.encode(TYPES, [toTypedBatch(batch), signature, `0x${attestation}`]).slice(2);
  return fromHex(encoded, encoded.length / 2);
}

/**
 * Strict inverse of {@link encodeSignedBatch}: the one encoding, numbers below 2^53, a batch that some registry could approve.
 * @throws RangeError where it is anything else
 */
export function decodeSignedBatch(bytes: Uint8Array): SignedBatch {
  const decoded = decode(bytes);
  if (equalBytes(encodeSignedBatch(decoded), bytes)) return decoded;
  throw new RangeError("its payload is not the ABI's one encoding");
}

function decode(bytes: Uint8Array): SignedBatch {
  let fields: Result;
  try {
    fields = coder.decode(TYPES, bytes);
    // Fields are decoded when they are looked at.
    fields.toArray(true);
  } catch (error) {
    throw new RangeError("its payload is no signed batch", { cause: error });
  }
  const [typed, signature, attestation] = fields as unknown as [Record<string, unknown>, string, string];
  const word = (name: string) => String(typed[name]).slice(2);
  const count = (name: string, min: number, max?: number) => toCount(name, typed[name] as bigint, min, max);
  const batch: Batch = {
    seq: count("seq", 1),
    parent: `0x${word("parent")}`,
    root: word("root"),
    depth: count("depth", 0, MAX_DEPTH),
    delta: word("delta"),
    rows: count("rows", 1),
    pack: word("pack"),
    deadline: count("deadline", 0),
  };
  return { batch, signature: hexlify(signature), attestation: attestation.slice(2) };
}

function toCount(name: string, value: bigint, min: number, max = Number.MAX_SAFE_INTEGER): number {
  if (value >= BigInt(min) && value <= BigInt(max)) return Number(value);
  throw new RangeError(`its ${name} is ${value}`);
}

/** Whether an account approved the batch in this registry. What a contract approved only the chain knows. */
export function isAccountsApproval(registry: RegistryId, batch: Batch, { member, signature }: Approval): boolean {
  const typed = { domain: domainOf(registry), types: BATCH_TYPES, value: toTypedBatch(batch) };
  return isSignatureOf(typed, member, signature);
}
