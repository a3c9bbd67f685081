import { type CatRecord, MAX_RECORD_SIZE } from "../cat/record.js";
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
 * Adds signatures to a record's canonical text, where the order wants them: the result is canonical again
 * (docs/spec.md, Record: `Sig` lines stand last, unique and byte-sorted). Those that would make it longer than a record may
 * be are left out, the last given first.
 * @param signatures `<key name>:<base64>`
 */
export function addSignatures(text: string, { sigs }: Pick<CatRecord, "sigs">, signatures: readonly string[]): string {
  const all = new Set(sigs);
  let room = MAX_RECORD_SIZE - Buffer.byteLength(text);
  for (const signature of signatures) {
    if (all.has(signature)) continue;
    room -= Buffer.byteLength(toLine(signature));
    if (room < 0) break;
    all.add(signature);
  }
  if (all.size === sigs.length) return text;
  const unsigned = sigs.length === 0 ? text : text.slice(0, text.indexOf("\nSig: ") + 1);
  const sorted = [...all].sort((a, b) => compareBytes(Buffer.from(a), Buffer.from(b)));
  return unsigned + sorted.map(toLine).join("");
}

function toLine(signature: string): string {
  return `Sig: ${signature}\n`;
}
