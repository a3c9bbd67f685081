import type { CatRecord } from "../cat/record.js";
import { formatRecordFingerprint } from "../cat/record-fingerprint.js";
import { compareBytes } from "../encoding/bytes.js";
import { signFingerprint } from "../nix/signature.js";
import type { SecretKey } from "../nix/signing-key.js";

/** Signs what a record says of its path, as Nix does: `<key name>:<base64>`. */
export type NarInfoSigner = (record: CatRecord) => string;

/** @param storeDir the one store folder of the registry */
export function createNarInfoSigner(key: SecretKey, storeDir: string): NarInfoSigner {
  return (record) => signFingerprint(formatRecordFingerprint(record, storeDir), key);
}

/**
 * Adds a signature to a record's canonical text, where the order wants it: the result is canonical again
 * (docs/spec.md, Record: `Sig` lines stand last, unique and byte-sorted).
 */
export function addSignature(text: string, { sigs }: Pick<CatRecord, "sigs">, signature: string): string {
  const unsigned = sigs.length === 0 ? text : text.slice(0, text.indexOf("\nSig: ") + 1);
  const all = [...new Set([...sigs, signature])].sort((a, b) => compareBytes(Buffer.from(a), Buffer.from(b)));
  return unsigned + all.map((sig) => `Sig: ${sig}\n`).join("");
}
