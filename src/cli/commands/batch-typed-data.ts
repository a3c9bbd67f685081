import type { Command } from "commander";
import { CheckedBuilds } from "../../consortium/checked-builds.js";
import { prepareApproval, requireMember } from "../../consortium/sign-batch.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { readSafe } from "../../registry/safe.js";
import type { Context } from "../context.js";
import { describeChecked } from "../describe-batch.js";
import { findReviewFacts } from "../review-facts.js";
import { parseAddress } from "../open-signer.js";
import { addExamples, withContext } from "../options.js";
import { printTypedData } from "../print-typed-data.js";
import { openBatchFile, checkBatchFile } from "../open-batch-file.js";

interface TypedDataOptions {
  readonly member?: string;
  readonly safe?: string;
  readonly force: string[];
  readonly recheck?: boolean;
  readonly all?: boolean;
  readonly out?: string;
}

export function addTypedDataCommand(batch: Command): void {
  const command = batch
    .command("typed-data")
    .description("check every byte of a batch as sign does, and print what to sign elsewhere (EIP-712, JSON)")
    .argument("<file>", "batch file")
    .option("--member <address>", "the member who will sign", parseAddress)
    .option(
      "--safe <address>",
      "a Safe that is the member: what its owners sign, and what it could sign on chain",
      parseAddress,
    )
    .option(
      "--force <store path>",
      "go on although live paths refer to this one, which the batch withdraws; may be given again",
      (path: string, paths: string[]) => [...paths, path],
      [],
    )
    .option("--recheck", "fetch also the NARs that were checked here before")
    .option("--all", "show every row, however many there are")
    .option("--out <file>", "write the typed data to this file; else standard output")
    .action(async (file: string, options: TypedDataOptions, command: Command) =>
      withContext(command, (context) => typedDataCommand(context, file, options)),
    );
  addExamples(
    command,
    "batch typed-data batch-12.json --member 0x… --out sign-me.json",
    "batch typed-data batch-12.json --safe 0x… --json | jq -r .signMessage",
  );
}

/** The JSON is made of what was checked here: nothing of it is read from the file that is signed later. */
async function typedDataCommand(context: Context, file: string, options: TypedDataOptions): Promise<void> {
  const { force, recheck, out } = options;
  const member = options.member ?? options.safe;
  if (member === undefined || (options.member !== undefined && options.safe !== undefined))
    throw new CatnixError("USAGE", { reason: "give one of --member and --safe" });
  const { content, registry } = await openBatchFile(context, file);
  await requireMember(member, registry);
  const safe = options.safe === undefined ? undefined : await readSafe(registry, options.safe);
  const checkedBuilds = context.keep(new CheckedBuilds(context.stateFile("checked.sqlite"), member));
  const checked = await checkBatchFile(context, registry, content, { checkedBuilds, recheck });
  const review = await findReviewFacts(context, registry, checked, { member, all: options.all });
  context.note(describeChecked(checked, context.colors, review));
  const act = await prepareApproval(checked, member, registry, { force });
  await printTypedData(context, registry, { act, member, safe, out, facts: { warnings: review.warnings } });
}
