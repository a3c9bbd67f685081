import type { Command } from "commander";
import { type Batch, batchDigest } from "../../cat/batch.js";
import { decodeDelta } from "../../cat/delta.js";
import { decodeRecord } from "../../cat/record.js";
import { isTombstone, ROW_SIZE } from "../../cat/row.js";
import { toHex } from "../../encoding/hex.js";
import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import { readSmallFile, readTextFile } from "../../files/read-file.js";
import { readRecords } from "../../indexer/read-records.js";
import { findSignatureList, isRefusal } from "../../indexer/take-signatures.js";
import { requirePrivate } from "../../keys/keystore.js";
import { silentLogger } from "../../log/logger.js";
import { type Attestation, MAX_ATTESTATION_SIZE, parseAttestation } from "../../members/attestation.js";
import type { CharterMember } from "../../members/charter.js";
import {
  type CheckedHow,
  judgeByAttestations,
  judgeByBuilders,
  type PathCounts,
  type PathJudge,
  PathSigner,
  type PublishedSignature,
  sortNixKeys,
} from "../../members/path-signer.js";
import { publishSignatures } from "../../members/publish-signatures.js";
import { maxListSize, readSignatureList, type SignatureListHead } from "../../members/signature-list.js";
import type { StatementStore } from "../../members/statements.js";
import { parsePublicKey, parseSecretKey, type SecretKey } from "../../nix/signing-key.js";
import type { Registry } from "../../registry/registry.js";
import type { Context } from "../context.js";
import { findBatch } from "../find-batch.js";
import { plural } from "../format.js";
import { addExamples, collectValues, withContext } from "../options.js";
import { addOwnedKeyOptions, type OwnedKeyOptions, requireOwnedKey, statementsOf } from "../owned-key.js";
import { preparePostage } from "../prepare-postage.js";
import { Progress } from "../progress.js";

interface SignPathsOptions extends OwnedKeyOptions {
  readonly nixKey: string[];
  readonly attestation: string[];
  readonly builderKey: string[];
}

const MAX_NIX_KEY_SIZE = 1 << 12;

export function addBatchSignPathsCommand(batch: Command): void {
  const sign = addOwnedKeyOptions(batch.command("sign-paths"))
    .description("sign each path of a batch by your Nix keys, as you checked it, and publish the signatures for relays")
    .argument("<batch>", "number of an approved batch, or its file")
    .option("--nix-key <file>", "secret key file of one of your two Nix keys; may be given again", collectValues, [])
    .option("--attestation <file>", "what `catnix attest` found out; may be given again", collectValues, [])
    .option(
      "--builder-key <key>",
      "instead: sign as copied what this builder's public key signed; may be given again",
      collectValues,
      [],
    )
    .action(async (named: string, options: SignPathsOptions, command: Command) =>
      withContext(command, (context) => signPathsCommand(context, named, options)),
    );
  addExamples(
    sign,
    "batch sign-paths 12 --attestation attestation-12.json --nix-key rebuilt.secret --nix-key copied.secret --owned-key owned.json",
    "batch sign-paths batch-12.json --builder-key cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY= --nix-key copied.secret --json",
  );
}

async function signPathsCommand(context: Context, named: string, options: SignPathsOptions): Promise<void> {
  if (options.nixKey.length === 0) throw new CatnixError("USAGE", { reason: "give at least one --nix-key" });
  if (options.attestation.length > 0 === options.builderKey.length > 0)
    throw new CatnixError("USAGE", {
      reason: "say how you checked the paths: by --attestation, or by --builder-key, which makes them copied ones",
    });
  // Before anything is asked for: mistakes in files are the most likely ones.
  const secrets = await Promise.all(options.nixKey.map(readSecretKey));
  const attestations = await Promise.all(options.attestation.map(readAttestation));
  const builders = options.builderKey.map(parsePublicKey);
  const registry = await context.registry();
  const batch = await findBatch(context, registry, named);
  const owned = await requireOwnedKey(context, registry, options);
  const { member } = owned;
  const keys = sortNixKeys(secrets, member);
  const { storeDir } = context.config;
  const judge =
    builders.length > 0 ? judgeByBuilders(builders, storeDir) : judgeByAttestations(attestations, member.address);
  await preparePostage(context);
  const stores = statementsOf(context);
  const published = await context.wait(
    "the list published before",
    readPublished(context, stores, registry, batch, member),
  );
  const signer = await signPaths(context, registry, batch, member, keys, judge, published);
  const { counts } = signer;
  const list = signer.finish();
  const { seq } = batch;
  if (list === undefined)
    throw new CatnixError("NO_PATH_SIGNED", { seq, unchecked: counts.unchecked, withoutKey: counts.withoutKey });
  const { signal } = context;
  const publishing = publishSignatures(stores, owned.key, registry.id, seq, list, { signal });
  const addresses = await context.wait("the Swarm node", publishing);
  context.print(
    {
      seq,
      digest: batchDigest(registry.id, batch),
      member: member.address,
      ...counts,
      ...addresses,
      bytes: list.length,
    },
    describe(member.name, seq, counts, addresses),
  );
}

function describe(
  name: string,
  seq: number,
  { rebuilt, copied, kept, withoutKey, unchecked }: PathCounts,
  { list, ownedChunk }: { list: string; ownedChunk: string },
): string {
  return [
    `batch      ${seq}, signed by ${name}`,
    `rebuilt    ${plural(rebuilt, "path")}`,
    `copied     ${plural(copied, "path")}`,
    ...(kept > 0 ? [`kept       ${plural(kept, "signature")} of the list before are among them`] : []),
    ...(withoutKey > 0 ? [`no key     ${plural(withoutKey, "path")} that you checked: give the other --nix-key`] : []),
    ...(unchecked > 0
      ? [`unsigned   ${plural(unchecked, "path")} that you did not check, or that no signature says more of`]
      : []),
    `list       ${list}`,
    `published  ${ownedChunk}`,
  ].join("\n");
}

/** Reads the batch's records, each held against its address, and signs. */
async function signPaths(
  context: Context,
  registry: Registry,
  batch: Batch,
  member: CharterMember,
  keys: Partial<Record<CheckedHow, SecretKey>>,
  judge: PathJudge,
  published: ReadonlyMap<string, PublishedSignature>,
): Promise<PathSigner> {
  const { signal, config } = context;
  const { storeDir } = config;
  const store = context.store();
  const delta = store.readAll(batch.delta, batch.rows * ROW_SIZE, { signal });
  const rows = decodeDelta(await context.wait("the delta", delta), batch).filter((row) => !isTombstone(row));
  const signer = new PathSigner({ registry: registry.id, batch, member, keys, storeDir, judge, published });
  using progress = new Progress(context, "paths signed", rows.length);
  let [done, unreadable] = [0, 0];
  await readRecords(
    store,
    batch,
    rows,
    (row, content) => {
      const record = content instanceof Uint8Array ? tryDecode(content, row.nixId, storeDir) : undefined;
      if (record) signer.take(row, record);
      else unreadable++;
      progress.update(++done, rows.length, record?.storePath ?? "");
    },
    { log: silentLogger, signal },
  );
  if (unreadable > 0) context.note(`${plural(unreadable, "record")} cannot be read and stay unsigned`);
  return signer;
}

function tryDecode(content: Uint8Array, nixId: Uint8Array, storeDir: string) {
  try {
    return decodeRecord(content, nixId, storeDir);
  } catch (error) {
    if (!isCatnixError(error, "CAT_RECORD_INVALID", "CAT_RECORD_OF_ANOTHER_PATH")) throw error;
    return undefined;
  }
}

/** What the member published for this very batch, so that what was signed on another machine stays; nothing where it is wrong. */
async function readPublished(
  { signal }: Context,
  { owned, content }: StatementStore,
  { id: registry }: Registry,
  batch: Batch,
  member: CharterMember,
): Promise<Map<string, PublishedSignature>> {
  const found = new Map<string, PublishedSignature>();
  const followed = { address: member.address, name: member.name, ownedKey: member.ownedKey, keys: [] };
  let kinds: (CheckedHow | undefined)[] = [];
  const onHead = ({ digest, keys }: SignatureListHead) => {
    const kindOf = (key: string) => (["rebuilt", "copied"] as const).find((kind) => member.nixKeys[kind] === key);
    kinds = digest === batchDigest(registry, batch) ? keys.map(kindOf) : [];
  };
  try {
    const address = await findSignatureList(followed, batch.seq, { registry, owned, signal });
    const bytes = await content.readAll(address, maxListSize(batch.rows), { signal });
    for await (const group of readSignatureList([bytes], `the list ${address}`, onHead))
      for (const { nixId, key, signature } of group) {
        const how = kinds[key];
        if (how !== undefined) found.set(toHex(nixId), { how, signature });
      }
    return found;
  } catch (error) {
    if (isRefusal(error) || isCatnixError(error, "SWARM_NOT_FOUND", "SWARM_TOO_LARGE", "OWNED_CHUNK_INVALID"))
      return new Map();
    throw error;
  }
}

async function readSecretKey(file: string): Promise<SecretKey> {
  await requirePrivate(file);
  return parseSecretKey(await readTextFile(file, MAX_NIX_KEY_SIZE));
}

async function readAttestation(file: string): Promise<Attestation> {
  return parseAttestation(await readSmallFile(file, MAX_ATTESTATION_SIZE), file);
}
