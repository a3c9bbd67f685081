import { type Batch, batchDigest, type RegistryId } from "../cat/batch.js";
import type { CatRecord } from "../cat/record.js";
import { formatRecordFingerprint } from "../cat/record-fingerprint.js";
import type { Row } from "../cat/row.js";
import { compareBytes } from "../encoding/bytes.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import { signFingerprint, verifySignature } from "../nix/signature.js";
import { formatPublicKey, parsePublicKey, type PublicKey, type SecretKey } from "../nix/signing-key.js";
import { formatHashPart } from "../nix/store-path.js";
import type { Attestation } from "./attestation.js";
import type { CharterMember } from "./charter.js";
import { formatSignatureList, type ListedSignature } from "./signature-list.js";

/** How a member checked a path that it signs. */
export type CheckedHow = "rebuilt" | "copied";

/** Says how the member checked a row; undefined where it has to leave it unsigned. */
export type PathJudge = (row: Row, record: CatRecord) => CheckedHow | undefined;

/**
 * By what the member attested of the very same build, in this batch or in another draft: rebuilt counts more than copied.
 * @throws CatnixError ATTESTATION_OF_ANOTHER_MEMBER
 */
export function judgeByAttestations(attestations: readonly Attestation[], member: string): PathJudge {
  const found = new Map<string, CheckedHow>();
  const keyOf = (nixId: string, swarmId: string, narHash: string) => `${nixId} ${swarmId} ${narHash}`;
  for (const { member: actual, rows } of attestations) {
    if (actual !== member) throw new CatnixError("ATTESTATION_OF_ANOTHER_MEMBER", { expected: member, actual });
    for (const { nixId, swarmId, narHash, result } of rows) {
      const key = keyOf(nixId, swarmId, narHash);
      if (result === "rebuilt" || (result === "copied" && !found.has(key))) found.set(key, result);
    }
  }
  return ({ nixId, swarmId }, { narHash }) => found.get(keyOf(formatHashPart(nixId), toHex(swarmId), narHash));
}

/**
 * By the signatures in the record: copied, where one of these builders' keys made one.
 * @param storeDir the one store folder of the registry
 */
export function judgeByBuilders(keys: readonly PublicKey[], storeDir: string): PathJudge {
  return (_row, record) => {
    const fingerprint = formatRecordFingerprint(record, storeDir);
    return record.sigs.some((sig) => verifySignature(sig, fingerprint, keys) !== undefined) ? "copied" : undefined;
  };
}

/** A signature of a list that was published before. */
export interface PublishedSignature {
  /** Of the charter's keys. */
  readonly how: CheckedHow;
  readonly signature: Uint8Array;
}

export interface PathSignerOptions {
  readonly registry: RegistryId;
  readonly batch: Batch;
  readonly member: CharterMember;
  /** Those of the member's keys that are at hand. */
  readonly keys: Readonly<Partial<Record<CheckedHow, SecretKey>>>;
  readonly storeDir: string;
  readonly judge: PathJudge;
  /** What the member published for this batch before, by `nixId` in hexadecimal: it stays where nothing better comes. */
  readonly published?: ReadonlyMap<string, PublishedSignature> | undefined;
}

/** How many paths were signed how. */
export interface PathCounts {
  readonly rebuilt: number;
  readonly copied: number;
  /** Of both, those that were in the list before. */
  readonly kept: number;
  /** Checked, but the key for it is not at hand. */
  readonly withoutKey: number;
  /** Not known to be checked. */
  readonly unchecked: number;
}

/** Makes a member's list of signatures for one batch, a path at a time. */
export class PathSigner {
  readonly #options: PathSignerOptions;
  readonly #signed: (ListedSignature & { how: CheckedHow })[] = [];
  readonly #counts = { rebuilt: 0, copied: 0, kept: 0, withoutKey: 0, unchecked: 0 };

  constructor(options: PathSignerOptions) {
    this.#options = options;
  }

  get counts(): PathCounts {
    return this.#counts;
  }

  /**
   * Signs what a row of the batch leads to, where it was checked; in any order, each row once.
   * @param record of content that was verified to have the address `row.swarmId`
   */
  take(row: Row, record: CatRecord): void {
    const { judge, keys, storeDir } = this.#options;
    const fingerprint = formatRecordFingerprint(record, storeDir);
    const how = judge(row, record);
    const before = this.#findPublished(row, fingerprint);
    const key = how && keys[how];
    if (before !== undefined && (key === undefined || (before.how === "rebuilt" && how === "copied"))) {
      this.#counts.kept++;
      this.#add(row, before.how, before.signature);
    } else if (how === undefined) this.#counts.unchecked++;
    else if (key === undefined) this.#counts.withoutKey++;
    else {
      const text = signFingerprint(fingerprint, key);
      this.#add(row, how, new Uint8Array(Buffer.from(text.slice(text.indexOf(":") + 1), "base64")));
    }
  }

  /**
   * The list; undefined where nothing was signed.
   * @see formatSignatureList
   */
  finish(): Uint8Array | undefined {
    const { registry, batch, member } = this.#options;
    if (this.#signed.length === 0) return undefined;
    const used = (["copied", "rebuilt"] as const).filter((kind) => this.#counts[kind] > 0);
    const named = used.map((how) => ({ how, text: member.nixKeys[how]! }));
    named.sort((a, b) => (a.text < b.text ? -1 : 1));
    const head = {
      ...{ chainId: registry.chainId, registry: registry.registry, seq: batch.seq },
      ...{ digest: batchDigest(registry, batch), member: member.address, keys: named.map(({ text }) => text) },
    };
    const numberOf = (how: CheckedHow) => named.findIndex((key) => key.how === how);
    const entries = this.#signed.map(({ nixId, how, signature }) => ({ nixId, key: numberOf(how), signature }));
    return formatSignatureList(
      head,
      entries.sort((a, b) => compareBytes(a.nixId, b.nixId)),
    );
  }

  /** What was published before and holds. */
  #findPublished({ nixId }: Row, fingerprint: string): PublishedSignature | undefined {
    const { published, member } = this.#options;
    const found = published?.get(toHex(nixId));
    const text = found && member.nixKeys[found.how];
    if (found === undefined || text === undefined) return undefined;
    const key = parsePublicKey(text);
    const sig = `${key.name}:${Buffer.from(found.signature).toString("base64")}`;
    return verifySignature(sig, fingerprint, [key]) && found;
  }

  #add({ nixId }: Row, how: CheckedHow, signature: Uint8Array): void {
    this.#signed.push({ nixId, key: 0, how, signature });
    this.#counts[how]++;
  }
}

/**
 * Which of a member's keys these are.
 * @throws CatnixError NIX_KEY_NOT_IN_CHARTER
 */
export function sortNixKeys(
  keys: readonly SecretKey[],
  { name: member, nixKeys }: CharterMember,
): Partial<Record<CheckedHow, SecretKey>> {
  const sorted: Partial<Record<CheckedHow, SecretKey>> = {};
  for (const key of keys) {
    const text = formatPublicKey(key.publicKey);
    const how = (["rebuilt", "copied"] as const).find((kind) => nixKeys[kind] === text);
    if (how === undefined) throw new CatnixError("NIX_KEY_NOT_IN_CHARTER", { key: text, member });
    sorted[how] = key;
  }
  return sorted;
}
