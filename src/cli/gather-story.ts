import { isTombstone, type Row } from "../cat/row.js";
import { RowHistory } from "../consortium/row-history.js";
import { equalBytes } from "../encoding/bytes.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import type { IndexReader } from "../index/index-reader.js";
import type { Charter } from "../members/charter.js";
import { parsePublicKey, type PublicKey } from "../nix/signing-key.js";
import { formatHashPart } from "../nix/store-path.js";
import { readBlockTime } from "../registry/block-time.js";
import type { ActEvent, AlarmEvent } from "../registry/history.js";
import type { AskedPath } from "../resolver/asked-path.js";
import type { ChainView } from "../resolver/chain-view.js";
import { type CouncilInForce, findApprovers } from "../resolver/light-approval.js";
import { readRecord } from "../resolver/read-record.js";
import { resolveNixId } from "../resolver/resolve-nix-id.js";
import { alarmsOfRow } from "../verifier/alarms-of-row.js";
import { judgeSignatures } from "../verifier/judge-signatures.js";
import type { Story, StoryBuild } from "../verifier/story-format.js";
import type { Context } from "./context.js";
import { findMember, openCharter } from "./open-charter.js";
import { Progress } from "./progress.js";
import { readAttestationsOf } from "./read-attestations.js";
import { readWholeHistory } from "./read-history.js";

/** What a story is gathered from. */
export interface StorySource {
  readonly view: ChainView;
  /** For what members signed by their Nix keys; the story does without. */
  readonly index: IndexReader | undefined;
  /** Keys of builders, whose signatures are verified. */
  readonly keys: readonly PublicKey[];
}

type BatchEvent = ActEvent & { readonly kind: "batch" };
type CouncilEvent = ActEvent & { readonly kind: "council" };

/** What all builds of a story have in common. */
interface Telling extends StorySource {
  readonly context: Context;
  readonly asked: AskedPath;
  readonly charter: Charter | undefined;
  readonly batches: ReadonlyMap<number, BatchEvent>;
  readonly alarms: readonly AlarmEvent[];
  /** In the chain's order, the founding first. */
  readonly councils: readonly CouncilEvent[];
  /** The row at the root. */
  readonly current: Row | undefined;
}

/**
 * All that chain and Swarm know of one path. What the registry says now is proved; the batches are those of its whole history.
 * @throws CatnixError of the chain, of the CAT's chunks; PATH_NAMED_OTHERWISE
 */
export async function gatherStory(context: Context, asked: AskedPath, source: StorySource): Promise<Story> {
  const { view } = source;
  const { chainRegistry: registry, options } = view;
  const store = context.store();
  const { signal } = context;
  const resolution = await resolveNixId(view, asked.nixId, (address) => store.getChunk(address, { signal }));
  const current = resolution.status === "unknown" ? undefined : resolution.proof.row;
  // All as of one block: what comes meanwhile belongs to another story.
  const history = readWholeHistory({ registry, ...options }, view.block);
  const { events } = await context.wait("the registry's history", history);
  const acts = events.filter((event) => event.kind === "batch");
  const { charter: address } = await registry.council(view.block.number);
  const charter = await openCharter(context, address);
  const { rows, unread } = await findRows(context, asked, acts, current);
  const telling: Telling = {
    ...{ ...source, context, asked, charter, current },
    batches: new Map(acts.map((event) => [event.seq, event])),
    councils: events.filter((event) => event.kind === "council"),
    alarms: events.filter((event) => event.kind === "alarm"),
  };
  const builds: StoryBuild[] = [];
  for (const row of rows.toReversed()) builds.push(await tellBuild(row, telling));
  const { block, seq, cat } = view;
  return {
    format: "catnix-story/1",
    ...view.registry,
    endpoint: registry.chain.rpcUrl,
    ...{ block: { number: block.number, hash: block.hash }, seq, root: cat.root },
    ...{ asked: asked.text, hashPart: formatHashPart(asked.nixId), status: resolution.status },
    ...(resolution.status === "withdrawn" && { withdrawnBy: resolution.by }),
    ...(charter && { charter: { address, name: charter.name } }),
    ...{ builds, unread },
  };
}

/** Every row of the path, ascending by act; the one that is proved also where its delta is lost. */
async function findRows(
  context: Context,
  { nixId }: AskedPath,
  acts: readonly BatchEvent[],
  current: Row | undefined,
): Promise<{ rows: Row[]; unread: number[] }> {
  using progress = new Progress(context, "batches", acts.length);
  const batches = acts.map(({ batch }) => batch);
  const history = new RowHistory(batches, context.store(), context.signal, (read, of) => progress.update(read, of, ""));
  const rows = await history.find(new Set([toHex(nixId)]));
  if (current && !rows.some((row) => isSameBuild(row, current))) rows.push(current);
  return { rows: rows.sort((a, b) => a.seq - b.seq), unread: [...history.unread].sort((a, b) => a - b) };
}

/** A delta that a quorum signed unchecked may list for an act what the CAT does not have. */
function isSameBuild(a: Row, b: Row | undefined): boolean {
  return a.seq === b?.seq && equalBytes(a.swarmId, b.swarmId);
}

async function tellBuild(row: Row, telling: Telling): Promise<StoryBuild> {
  const { view, context, charter, batches, alarms } = telling;
  const event = batches.get(row.seq);
  if (!event) throw new CatnixError("CAT_ROW_INVALID", { reason: `it is of act ${row.seq}, which is no batch` });
  const { digest, block, transactionHash } = event;
  const time = await readBlockTime(view.chainRegistry, block);
  const current = isSameBuild(row, telling.current);
  const approvers = await findApprovers(view.chainRegistry, event, councilOf(event, telling.councils));
  const stores = { owned: context.ownedStore(), content: context.store() };
  const from = charter && { registry: view.registry, charter, stores, signal: context.signal };
  return {
    ...{ seq: row.seq, current },
    ...(!isTombstone(row) && { swarmId: toHex(row.swarmId) }),
    batch: {
      ...{ digest, block, time, transactionHash, final: block <= view.final.number },
      approvers: approvers.map(({ member: address, by }) => {
        const name = findMember(address, charter)?.name;
        return { address, ...(name !== undefined && { name }), by };
      }),
    },
    withdrawals: await Promise.all(
      alarmsOfRow(row, alarms).map(async ({ target, block, transactionHash, reason }) => {
        const time = await readBlockTime(view.chainRegistry, block);
        return { block, time, transactionHash, of: "seq" in target ? ("batch" as const) : ("build" as const), reason };
      }),
    ),
    ...(!isTombstone(row) && (await tellRecord(row, telling))),
    ...(current && !isTombstone(row) && from && { attestations: await readAttestationsOf(row, digest, from) }),
  };
}

/** The council in force at an act. Of the founding one the acts' hash chain says nothing, the contract itself only while it is the present one. */
function councilOf({ seq }: BatchEvent, councils: readonly CouncilEvent[]): CouncilInForce {
  const act = councils.findLast((council) => council.seq < seq);
  if (!act) return { members: [], publishThreshold: 0, by: "told" };
  const by = act.seq > 0 ? "act" : councils.length > 1 ? "told" : "storage";
  return { ...act.council, by };
}

async function tellRecord(
  row: Row,
  { context, asked, charter, current, keys, index }: Telling,
): Promise<Pick<StoryBuild, "record" | "recordError" | "signatures">> {
  const { storeDir } = context.config;
  try {
    const { record } = await readRecord(row, asked, { store: context.store(), storeDir, signal: context.signal });
    const { storePath, narAddress, fileSize, narHash, narSize, references, deriver, listing, sigs } = record;
    const members = charter?.members ?? [];
    const ofMembers = members.flatMap(({ nixKeys }) =>
      [nixKeys.rebuilt, nixKeys.copied].filter((key) => key !== undefined),
    );
    const given = [...sigs, ...(index?.signatures.find(row.swarmId) ?? [])];
    return {
      record: {
        ...{ storePath, narAddress, fileSize, narHash, narSize, references: references.length },
        ...(deriver !== undefined && { deriver }),
        ...(listing !== undefined && { listing }),
      },
      signatures: judgeSignatures(record, given, [...keys, ...ofMembers.map((key) => parsePublicKey(key))]),
    };
  } catch (error) {
    context.signal.throwIfAborted();
    if (!isCatnixError(error)) throw error;
    // Another name is another question, unless it is that of a build which is no longer listed.
    if (isCatnixError(error, "PATH_NAMED_OTHERWISE") && isSameBuild(row, current)) throw error;
    return { recordError: error.message };
  }
}
