import type { Command } from "commander";
import type { Context } from "../context.js";
import { type DraftWithoutOptions, draftWithout } from "../draft-without.js";
import { plural } from "../format.js";
import { addExamples, withContext } from "../options.js";
import { reviewBatch } from "../review-batch.js";

export function addBatchLeaveOutCommand(batch: Command): void {
  const leaveOut = batch
    .command("leave-out")
    .description("make a new draft of a batch without some of its rows; it is uploaded like any draft")
    .argument("<file>", "batch file; it stays as it is")
    .argument("<paths...>", "store paths to leave out")
    .requiredOption("--out <file>", "the new batch file")
    .option("--with-referrers", "leave out also what refers to them")
    .action(async (file: string, paths: string[], options: DraftWithoutOptions, command: Command) =>
      withContext(command, (context) => leaveOutCommand(context, file, paths, options)),
    );
  addExamples(
    leaveOut,
    "batch leave-out batch-12.json /nix/store/…-jq-1.7 --out batch-12b.json",
    "batch leave-out batch-12.json /nix/store/…-libfoo-2.0 --with-referrers --out batch-12b.json",
  );
}

async function leaveOutCommand(
  context: Context,
  given: string,
  paths: string[],
  options: DraftWithoutOptions,
): Promise<void> {
  const draft = await draftWithout(context, await reviewBatch(context, given), paths, options);
  const { batch, file, unchanged, leftOut } = draft;
  context.print(
    { batch, file, unchanged, leftOut },
    [
      ...leftOut.map((path) => `left out   ${path}`),
      `draft      ${file}: batch ${batch.seq} with ${plural(batch.rows, "row")}${unchanged ? " (it was there already)" : ""}`,
      `root       ${batch.root}`,
    ].join("\n"),
  );
}
