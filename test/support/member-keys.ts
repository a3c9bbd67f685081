import { SigningKey } from "ethers";
import { makeChunk } from "../../src/bmt/chunk.js";
import { type Batch, batchDigest } from "../../src/cat/batch.js";
import type { CatRecord } from "../../src/cat/record.js";
import { formatRecordFingerprint } from "../../src/cat/record-fingerprint.js";
import { compareBytes } from "../../src/encoding/bytes.js";
import { fromHex } from "../../src/encoding/hex.js";
import type { FollowedMember } from "../../src/index/member-signatures.js";
import { type CharterMember, formatCharter } from "../../src/members/charter.js";
import { signaturesId } from "../../src/members/identifiers.js";
import { formatSignatureList, type SignatureListHead } from "../../src/members/signature-list.js";
import { signFingerprint } from "../../src/nix/signature.js";
import { formatPublicKey, generateSecretKey, type SecretKey } from "../../src/nix/signing-key.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { makeOwnedChunk } from "../../src/owned/owned-chunk.js";
import type { Registry } from "../../src/registry/registry.js";
import type { BeeStore } from "../../src/swarm/bee-store.js";
import { sampleCharter, sampleMember } from "../members/support/sample-charter.js";
import { wellKnownKey } from "./well-known-key.js";

export type Kind = "rebuilt" | "copied";

/** A member with its keys: that in the registry is number `at` of the well-known ones. */
export interface KeyedMember {
  readonly entry: CharterMember;
  readonly nixKeys: Readonly<Record<Kind, SecretKey>>;
  readonly ownedKey: SigningKey;
}

export function makeKeyedMember(name: string, at: number, number = 1): KeyedMember {
  const keyOf = (kind: Kind) => generateSecretKey(`${name}-${kind}-${number}`);
  const nixKeys = { rebuilt: keyOf("rebuilt"), copied: keyOf("copied") };
  const [rebuilt, copied] = [nixKeys.rebuilt, nixKeys.copied].map(({ publicKey }) => formatPublicKey(publicKey));
  const entry = sampleMember(name, at, { nixKeys: { rebuilt, copied } });
  return { entry, nixKeys, ownedKey: new SigningKey(wellKnownKey(at + 20)) };
}

/** The member as an index follows it. */
export const followed = ({ entry, nixKeys }: KeyedMember): FollowedMember => ({
  address: entry.address,
  name: entry.name,
  ownedKey: entry.ownedKey,
  keys: Object.values(nixKeys)
    .map(({ publicKey }) => formatPublicKey(publicKey))
    .sort(),
});

/** @returns the charter's Swarm address */
export async function putCharter(store: BeeStore, members: readonly KeyedMember[]): Promise<string> {
  const charter = sampleCharter(members.map(({ entry }) => entry));
  return (await store.write(formatCharter(charter))).address;
}

/** A list of these paths, each signed by the key of its kind. */
export function makeList(
  { entry, nixKeys }: KeyedMember,
  registry: Registry["id"],
  batch: Batch,
  signed: readonly (readonly [CatRecord, Kind])[],
  overrides: Partial<SignatureListHead> = {},
): Uint8Array {
  const kinds = (["copied", "rebuilt"] as const).filter((kind) => signed.some(([, of]) => of === kind));
  const entries = signed.map(([record, kind]) => {
    const text = signFingerprint(formatRecordFingerprint(record, "/nix/store"), nixKeys[kind]);
    const signature = new Uint8Array(Buffer.from(text.split(":")[1]!, "base64"));
    return { nixId: parseStorePath(record.storePath).nixId, key: kinds.indexOf(kind), signature };
  });
  const keys = kinds.map((kind) => formatPublicKey(nixKeys[kind].publicKey));
  const facts = { ...registry, seq: batch.seq, digest: batchDigest(registry, batch), member: entry.address, keys };
  return formatSignatureList(
    { ...facts, ...overrides },
    entries.sort((a, b) => compareBytes(a.nixId, b.nixId)),
  );
}

/** Uploads a list and names it in the member's owned chunk; gives its address. */
export async function putList(
  store: BeeStore,
  { ownedKey }: KeyedMember,
  registry: Registry["id"],
  seq: number,
  list: Uint8Array,
): Promise<string> {
  const { address } = await store.write(list);
  await putPayload(store, ownedKey, registry, seq, fromHex(address, 32));
  return address;
}

/** Puts anything where a member's list is named. */
export async function putPayload(
  store: BeeStore,
  ownedKey: SigningKey,
  registry: Registry["id"],
  seq: number,
  payload: Uint8Array,
): Promise<void> {
  await store.putOwned(makeOwnedChunk(ownedKey, signaturesId(registry, seq), makeChunk(payload.length, payload)));
}
