import type { Command } from "commander";
import { CheckedBuilds } from "../../consortium/checked-builds.js";
import { prepareApproval, requireMember } from "../../consortium/sign-batch.js";
import { batchFiles } from "../../consortium/signed-file.js";
import { readSafe } from "../../registry/safe.js";
import { describeReview } from "../attest/describe-review.js";
import { holdToAttestation, readAttestation } from "../attest/hold-to-attestation.js";
import { checkBatchFile } from "../check-batch-file.js";
import type { Context } from "../context.js";
import { addExamples, collectValues, withContext } from "../options.js";
import { printTypedData } from "../print-typed-data.js";
import { openSignedFile } from "../open-signed-file.js";
import { addTypedDataOptions, requireWhoSigns, type TypedDataOptions } from "../sign-elsewhere.js";

interface BatchTypedDataOptions extends TypedDataOptions {
  readonly force: string[];
  readonly recheck?: boolean;
  readonly all?: boolean;
  readonly attestation?: string;
}

export function addTypedDataCommand(batch: Command): void {
  const command = addTypedDataOptions(batch.command("typed-data"), "the member")
    .description("check every byte of a batch as sign does, and print what to sign elsewhere (EIP-712, JSON)")
    .argument("<file>", "batch file")
    .option(
      "--force <store path>",
      "go on although live paths refer to this one, which the batch withdraws; may be given again",
      collectValues,
      [],
    )
    .option("--recheck", "fetch also the NARs that were checked here before")
    .option("--all", "show every row, however many there are")
    .option("--attestation <file>", "what `catnix attest` wrote: go on only where it vouches for every row")
    .action(async (file: string, options: BatchTypedDataOptions, command: Command) =>
      withContext(command, (context) => typedDataCommand(context, file, options)),
    );
  addExamples(
    command,
    "batch typed-data batch-12.json --member 0x… --out sign-me.json",
    "batch typed-data batch-12.json --member 0x… --attestation batch-12-attestation/attestation.json --out sign-me.json",
    "batch typed-data batch-12.json --safe 0x… --json | jq -r .signMessage",
  );
}

/** The JSON is made of what was checked here: nothing of it is read from the file that is signed later. */
async function typedDataCommand(context: Context, file: string, options: BatchTypedDataOptions): Promise<void> {
  const { force, recheck, out } = options;
  const member = requireWhoSigns(options);
  const { content, registry } = await openSignedFile(context, batchFiles, file);
  await requireMember(member, registry);
  const safe = options.safe === undefined ? undefined : await readSafe(registry, options.safe);
  const attestation = await readAttestation(context, options.attestation);
  const checkedBuilds = context.keep(new CheckedBuilds(context.stateFile("checked.sqlite"), member));
  const checked = await checkBatchFile(context, registry, content, { checkedBuilds, recheck });
  holdToAttestation(context, checked, attestation, member);
  const review = await describeReview(context, registry, checked, { member, attestation, all: options.all });
  context.note(review.text);
  const act = await prepareApproval(checked, member, registry, { force });
  await printTypedData(context, registry, { act, member, safe, out, facts: { warnings: review.facts.warnings } });
}
