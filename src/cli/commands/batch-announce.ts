import type { Command } from "commander";
import { batchDigest } from "../../cat/batch.js";
import { judgeApprovalOf } from "../../consortium/judge-approvals.js";
import { batchFiles } from "../../consortium/signed-file.js";
import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import { announceRoot } from "../../members/announce.js";
import { approvalId, rootId } from "../../members/identifiers.js";
import { readSignedBatch } from "../../members/read-signed-batch.js";
import { NO_ATTESTATION, type SignedBatch } from "../../members/signed-batch.js";
import type { Registry } from "../../registry/registry.js";
import { ChainView } from "../../resolver/chain-view.js";
import type { Context } from "../context.js";
import { openSignedFile } from "../open-signed-file.js";
import { addExamples, parseCount, withContext } from "../options.js";
import {
  addOwnedKeyOptions,
  type OwnedKey,
  type OwnedKeyOptions,
  requireOwnedKey,
  statementsOf,
} from "../owned-key.js";
import { preparePostage } from "../prepare-postage.js";
import { sendApproval } from "../send-approval.js";

interface AnnounceOptions extends OwnedKeyOptions {
  readonly seq?: number;
}

/** Acts that are looked at where none is named: a member's timer may have been off for a while. */
const LAST_ACTS = 8;

export function addBatchAnnounceCommand(batch: Command): void {
  const announce = addOwnedKeyOptions(batch.command("announce"))
    .description("put your approval on Swarm: of a batch file to submit, or of what the registry approved already")
    .argument("[file]", "batch file with your signature, for those who collect; else for readers without a chain")
    .option("--seq <number>", `only this act of the registry; else its last ${LAST_ACTS}`, parseCount)
    .action(async (file: string | undefined, options: AnnounceOptions, command: Command) =>
      withContext(command, (context) =>
        file === undefined ? announceRoots(context, options) : announceFile(context, file, options),
      ),
    );
  addExamples(
    announce,
    "batch announce --owned-key owned.json",
    "batch announce --seq 12 --owned-key owned.json --owned-password-file owned.pass --json",
    "batch announce signed-with-a-wallet.json --owned-key owned.json",
  );
}

async function announceFile(context: Context, file: string, options: AnnounceOptions): Promise<void> {
  if (options.seq !== undefined) throw new CatnixError("USAGE", { reason: "give a batch file or --seq" });
  const { content, registry } = await openSignedFile(context, batchFiles, file);
  const owned = await requireOwnedKey(context, registry, options);
  const { address: member, name } = owned.member;
  const approval = content.approvals.find((approval) => approval.member === member);
  if (!approval) throw new CatnixError("APPROVAL_ABSENT", { member: name, where: file });
  const { verdict } = await judgeApprovalOf(registry, content, member);
  if (verdict.verdict !== "holds") throw new CatnixError("APPROVAL_INVALID", { file, member });
  const { batch } = content;
  const digest = batchDigest(registry.id, batch);
  // What the member attested to is on Swarm only, and stays.
  const before = await readOwn(context, registry, owned, { id: approvalId(digest), digest });
  const signed = { batch, signature: approval.signature, attestation: before?.attestation ?? NO_ATTESTATION };
  const address = await sendApproval(context, owned, signed);
  context.print(
    { member, digest, ownedChunk: address },
    `${name}'s approval of batch ${batch.seq} is on Swarm as ${address}`,
  );
}

/** What became of an act. */
interface Announced {
  readonly seq: number;
  readonly state: "announced" | "already announced" | "not approved by you" | "not final yet" | "not a batch";
  readonly digest?: string;
  readonly ownedChunk?: string;
}

async function announceRoots(context: Context, options: AnnounceOptions): Promise<void> {
  const registry = await context.registry();
  const owned = await requireOwnedKey(context, registry, options);
  const { finality, deploymentBlock, logRange } = context.config.chain;
  const view = await ChainView.open(registry, { finality, deploymentBlock, logRange });
  const first = Math.max(1, view.seq - LAST_ACTS + 1);
  const acts =
    options.seq === undefined ? Array.from({ length: view.seq - first + 1 }, (_, at) => first + at) : [options.seq];
  await preparePostage(context);
  const results: Announced[] = [];
  for (const seq of acts) results.push(await announceAct(context, registry, view, owned, seq));
  const lines = results.map(
    ({ seq, state, ownedChunk }) => `act ${seq}: ${state}${ownedChunk === undefined ? "" : ` as ${ownedChunk}`}`,
  );
  context.print({ member: owned.member.address, acts: results }, lines.join("\n") || "the registry has no act yet");
  const [only] = results;
  if (options.seq !== undefined && only?.state !== "announced" && only?.state !== "already announced")
    throw new CatnixError("APPROVAL_ABSENT", {
      member: owned.member.name,
      where: `act ${options.seq}: ${only?.state}`,
    });
}

async function announceAct(
  context: Context,
  registry: Registry,
  view: ChainView,
  owned: OwnedKey,
  seq: number,
): Promise<Announced> {
  const { final, approval } = await context.wait("the chain", view.findBatch(seq));
  if (!approval) return { seq, state: "not a batch" };
  if (!final) return { seq, state: "not final yet" };
  const { digest } = approval;
  const [{ signal }, stores] = [context, statementsOf(context)];
  const read = (id: Uint8Array) => readOwn(context, registry, owned, { id, digest });
  if (await read(rootId(registry.id, seq))) return { seq, digest, state: "already announced" };
  const signed = await read(approvalId(digest));
  if (!signed) return { seq, digest, state: "not approved by you" };
  const announcing = announceRoot(stores, owned.key, registry.id, signed, { signal });
  return { seq, digest, state: "announced", ownedChunk: await context.wait("the Swarm node", announcing) };
}

/** What the member put on Swarm itself; what is there and wrong counts as nothing, and is replaced. */
async function readOwn(
  context: Context,
  registry: Registry,
  { member }: OwnedKey,
  { id, digest }: { readonly id: Uint8Array; readonly digest: string },
): Promise<SignedBatch | undefined> {
  const { signal } = context;
  const wanted = { digest, registry: registry.id };
  try {
    return await readSignedBatch(statementsOf(context), member, id, wanted, { signal });
  } catch (error) {
    if (!isCatnixError(error, "STATEMENT_INVALID", "OWNED_CHUNK_INVALID", "SWARM_MISMATCH")) throw error;
    return undefined;
  }
}
