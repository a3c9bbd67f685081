import type { Command } from "commander";
import { fileAddress } from "../../bmt/file-hasher.js";
import { batchDigest } from "../../cat/batch.js";
import { typedBatch } from "../../consortium/batch-file.js";
import { CheckedBuilds } from "../../consortium/checked-builds.js";
import { judgeApprovalOf, judgeApprovals } from "../../consortium/judge-approvals.js";
import { requireMember, signBatch, signBatchForSafe } from "../../consortium/sign-batch.js";
import { batchFiles, requireAddable } from "../../consortium/signed-file.js";
import { toHex } from "../../encoding/hex.js";
import { isCatnixError } from "../../errors/catnix-error.js";
import { formatAttestation } from "../../members/attestation.js";
import { NO_ATTESTATION } from "../../members/signed-batch.js";
import { readSafe, requireOwner, typedSafeMessage } from "../../registry/safe.js";
import { addMadeApproval } from "../add-approval.js";
import { confirm } from "../ask.js";
import { describeReview } from "../attest/describe-review.js";
import { holdToAttestation, readAttestation } from "../attest/hold-to-attestation.js";
import { checkBatchFile } from "../check-batch-file.js";
import type { Context } from "../context.js";
import { checkedToJson, describeApprovals, describeBatch, describeSafe } from "../describe-batch.js";
import { describeTypedData } from "../describe-typed-data.js";
import { addSignerOptions, openSigner, parseAddress, type SignerOptions } from "../open-signer.js";
import { addExamples, collectValues, withContext } from "../options.js";
import { openSignedFile } from "../open-signed-file.js";
import { addOwnedKeyOptions, type OwnedKeyOptions, tryOwnedKey } from "../owned-key.js";
import { sendApproval } from "../send-approval.js";

interface ShowOptions {
  readonly all?: boolean;
  readonly attestation?: string;
}

interface SignOptions extends SignerOptions, OwnedKeyOptions {
  readonly yes?: boolean;
  readonly force: string[];
  readonly safe?: string;
  readonly out?: string;
  readonly recheck?: boolean;
  readonly all?: boolean;
  readonly attestation?: string;
}

export function addReviewCommands(batch: Command): void {
  const show = batch
    .command("show")
    .description("show what a batch would change, without fetching the NARs")
    .argument("<file>", "batch file")
    .option("--all", "show every row, however many there are")
    .option("--attestation <source>", "say how each row was checked, by this file or address on Swarm")
    .action(async (file: string, options: ShowOptions, command: Command) =>
      withContext(command, (context) => showCommand(context, file, options)),
    );
  addExamples(
    show,
    "batch show batch-12.json",
    "batch show batch-12.json --json | jq .rows",
    "batch show batch-12.json --attestation batch-12-attestation/attestation.json",
  );

  const sign = addOwnedKeyOptions(addSignerOptions(batch.command("sign"), "a member"))
    .description("check every byte of a batch, show it, ask, and sign")
    .argument("<file>", "batch file; the signature is added to it")
    .option("--yes", "sign without asking")
    .option(
      "--force <store path>",
      "sign although live paths refer to this one, which the batch withdraws; may be given again",
      collectValues,
      [],
    )
    .option("--safe <address>", "sign as an owner of this Safe, which is the member", parseAddress)
    .option("--recheck", "fetch also the NARs that were checked here before")
    .option("--all", "show every row, however many there are")
    .option("--attestation <file>", "what `catnix attest` wrote: sign only where it vouches for every row")
    .option("--out <file>", "write the batch with the signature to this file instead, beside those that are in it")
    .action(async (file: string, options: SignOptions, command: Command) =>
      withContext(command, (context) => signCommand(context, file, options)),
    );
  addExamples(
    sign,
    "batch sign batch-12.json --key member.json",
    "batch sign batch-12.json --key member.json --password-file pass --yes",
    "batch sign batch-12.json --key member.json --owned-key owned.json",
    "batch sign batch-12.json --key member.json --attestation batch-12-attestation/attestation.json",
    "batch sign batch-12.json --wallet http://127.0.0.1:1248 --account 0x…",
    "batch sign batch-12.json --safe 0x… --key owner.json",
  );
}

async function showCommand(context: Context, file: string, options: ShowOptions): Promise<void> {
  const { content, registry } = await openSignedFile(context, batchFiles, file);
  const approvals = await judgeApprovals(registry, content);
  const { publishThreshold } = await registry.council();
  const facts = { approvals: approvals.map(({ member }) => member), verdicts: approvals, publishThreshold };
  try {
    const attestation = await readAttestation(context, options.attestation);
    const checked = await checkBatchFile(context, registry, content, { skipNars: true });
    const review = await describeReview(context, registry, checked, { attestation, all: options.all });
    context.print(
      { ...checkedToJson(checked, review.facts), ...facts, ...(attestation && { attestation }) },
      `${review.text}\n\n${describeApprovals(approvals, publishThreshold, context.colors)}`,
    );
  } catch (error) {
    // A batch that is over can still be looked at.
    if (!isCatnixError(error, "BATCH_STALE", "BATCH_DEADLINE")) throw error;
    const digest = batchDigest(content.registry, content.batch);
    context.print({ batch: content.batch, digest, ...facts }, describeBatch(content.batch, digest));
    throw error;
  }
}

async function signCommand(context: Context, file: string, options: SignOptions): Promise<void> {
  const { content, registry } = await openSignedFile(context, batchFiles, file);
  const out = options.out ?? file;
  // Before the hours that the check may take: where the signature goes, whose key it is, and whether it counts.
  await requireAddable(batchFiles, out, { file, content });
  const signer = await openSigner(options, context.signal, (text) => context.note(text));
  const safe = options.safe === undefined ? undefined : await readSafe(registry, options.safe);
  if (safe) requireOwner(safe, signer.address);
  const member = safe?.address ?? signer.address;
  await requireMember(member, registry);
  const owned = await tryOwnedKey(context, registry, options, member);
  const attestation = await readAttestation(context, options.attestation);
  const builds = context.keep(new CheckedBuilds(context.stateFile("checked.sqlite"), signer.address));
  const checked = await checkBatchFile(context, registry, content, { checkedBuilds: builds, recheck: options.recheck });
  holdToAttestation(context, checked, attestation, member);
  const review = await describeReview(context, registry, checked, { member, attestation, all: options.all });
  if (!context.options.json) {
    console.log(review.text);
    if (safe) console.log(`\n${describeTypedData(typedSafeMessage(registry, safe.address, typedBatch(checked)))}`);
  }
  context.note("\nThe batch was fetched through swarm.url; it should be another node than the publisher's.");
  if (!options.yes) await confirm("Sign this batch?", "the signature", context.signal);
  const { force } = options;
  const approval = safe
    ? await signBatchForSafe(checked, signer, registry, { safe, force })
    : await signBatch(checked, signer, registry, { force });
  const { batch, digest } = checked;
  const written = await addMadeApproval(context, "batch", batchFiles, registry, { file, content, approval, out });
  const { approval: added, verdict } = await judgeApprovalOf(registry, written, member);
  const holds = verdict.verdict === "holds";
  // From here on the signature is made: what Swarm does with it changes nothing of that.
  const { signature } = added;
  const attested = attestation ? toHex(fileAddress(formatAttestation(attestation))) : NO_ATTESTATION;
  const sent = holds && owned ? sendApproval(context, owned, { batch, signature, attestation: attested }) : undefined;
  const ownedChunk = await sent?.catch(() => undefined);
  const asOwner = safe && { owner: signer.address, ...verdict.safe, holds };
  const whose = safe ? `owner ${signer.address} of the Safe ${safe.address}` : member;
  context.print(
    {
      ...approval,
      ...asOwner,
      digest,
      file: out,
      warnings: review.facts.warnings,
      ...(ownedChunk !== undefined && { ownedChunk }),
    },
    [
      `signed as ${whose}, written to ${out}${ownedChunk === undefined ? "" : `, and sent to Swarm as ${ownedChunk}`}`,
      ...(safe ? [describeSafe(verdict)] : []),
    ].join("\n"),
  );
  await sent;
}
