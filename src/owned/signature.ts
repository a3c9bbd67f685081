import { computeAddress, SigningKey } from "ethers";
import { fromHex, toHex } from "../encoding/hex.js";
import { keccak256 } from "../encoding/keccak.js";

/** Bytes of a signature: `r (32) ‖ s (32) ‖ v (1)`. */
export const SIGNATURE_SIZE = 65;

/** EIP-191, version 0x45 ("personal message"), over 32 bytes. */
const PREFIX = Buffer.from("\x19Ethereum Signed Message:\n32");

/** The order of secp256k1. An `s` above its half has a smaller twin, and one of two valid signatures is one too many. */
const ORDER = 0xffffffff_ffffffff_ffffffff_fffffffe_baaedce6_af48a03b_bfd25e8c_d0364141n;
const HALF_ORDER = ORDER >> 1n;
/** What is added to `v` where the key is meant in its compressed form (btcec, which Bee uses); an address is of both. */
const COMPRESSED = 4;

/** The 20 bytes of the account that `key` signs for. */
export function ownerOf(key: SigningKey): Uint8Array {
  return toOwner(key.publicKey);
}

/** Signs 32 bytes as an Ethereum message (EIP-191), low `s`, `v` 27 or 28: 65 bytes. */
export function signMessage(key: SigningKey, message: Uint8Array): Uint8Array {
  const { serialized } = key.sign(keccak256(PREFIX, message));
  return fromHex(serialized.slice(2), SIGNATURE_SIZE);
}

/**
 * The one form of a signature, 65 bytes: low `s`, `v` 27 or 28. Anybody can turn it into another that a Bee takes for the same
 * (the twin of `s`, the mark of a compressed key in `v`), and nobody without the key into one of something else.
 */
export function toCanonicalSignature(signature: Uint8Array): Uint8Array {
  const [s, v] = [BigInt(`0x${toHex(signature.subarray(32, 64))}`), signature[64]!];
  const isMarked = v === 27 + COMPRESSED || v === 28 + COMPRESSED;
  const isHigh = s > HALF_ORDER && s < ORDER;
  if (!isMarked && !isHigh) return signature;
  const canonical = signature.slice();
  if (isMarked) canonical[64] = v - COMPRESSED;
  if (isHigh) {
    canonical.set(fromHex((ORDER - s).toString(16).padStart(64, "0"), 32), 32);
    canonical[64] = 27 + 28 - canonical[64]!;
  }
  return canonical;
}

/**
 * The account, 20 bytes, that signed `message` (32 bytes).
 * @param signature of the one form, see {@link toCanonicalSignature}
 * @throws RangeError where it is not 65 bytes, `v` not 27 or 28, `s` not low, or no point of the curve fits
 */
export function recoverOwner(message: Uint8Array, signature: Uint8Array): Uint8Array {
  if (signature.length !== SIGNATURE_SIZE) throw new RangeError(`its signature is ${signature.length} bytes long`);
  const [s, v] = [BigInt(`0x${toHex(signature.subarray(32, 64))}`), signature[64]!];
  if (v !== 27 && v !== 28) throw new RangeError(`its signature has the recovery number ${v}`);
  if (s > HALF_ORDER) throw new RangeError("its signature has a high s");
  try {
    return toOwner(SigningKey.recoverPublicKey(keccak256(PREFIX, message), `0x${toHex(signature)}`));
  } catch (error) {
    throw new RangeError("its signature fits no key", { cause: error });
  }
}

function toOwner(publicKey: string): Uint8Array {
  return fromHex(computeAddress(publicKey).slice(2).toLowerCase(), 20);
}
