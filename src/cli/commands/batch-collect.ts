import type { Command } from "commander";
import { readBatchFile } from "../../consortium/batch-file.js";
import { addToFile, batchFiles, requireSameRegistry } from "../../consortium/signed-file.js";
import type { Context } from "../context.js";
import { describeBatch } from "../describe-batch.js";
import { describeCollected } from "../describe-collected.js";
import { addGatherOptions, gatherApprovals, type GatherOptions, requireQuorum } from "../gather-approvals.js";
import { addExamples, parseCount, withContext } from "../options.js";

interface CollectOptions extends GatherOptions {
  readonly out?: string;
}

export function addBatchCollectCommand(batch: Command): void {
  const collect = addGatherOptions(batch.command("collect"))
    .description(
      "find members' approvals on Swarm, check each, and write the batch file; fails where a quorum is missing",
    )
    .argument("[file]", "batch file, to which what is found is added; else the batch is taken from Swarm as well")
    .option("--seq <number>", "the batch that most members approved for this act; else for the next one", parseCount)
    .option("--out <file>", "the batch file to write; else <file>, else batch-<seq>.json")
    .action(async (file: string | undefined, options: CollectOptions, command: Command) =>
      withContext(command, (context) => collectCommand(context, file, options)),
    );
  addExamples(
    collect,
    "batch collect",
    "batch collect batch-12.json --wait",
    `batch collect --digest 0x${"5c".repeat(32)} --out batch-12.json --json | jq .members`,
  );
}

async function collectCommand(context: Context, file: string | undefined, options: CollectOptions): Promise<void> {
  const handed = file === undefined ? [] : [{ file, content: await readBatchFile(file) }];
  const registry = await context.registry();
  for (const named of handed) requireSameRegistry(batchFiles, named, registry.id);
  const gathered = await gatherApprovals(context, registry, handed, options);
  const { content, digest, members, found, needed } = gathered;
  const { batch } = content;
  const out = options.out ?? file ?? `batch-${batch.seq}.json`;
  await addToFile(batchFiles, registry, out, [{ file: "what was collected", content }]);
  context.print(
    { digest, batch, file: out, found, needed, quorum: found >= needed, members },
    `${describeBatch(batch, digest)}\n\n${describeCollected(members, context.colors)}\n\n${found} of ${needed} needed approvals, written to ${out}`,
  );
  requireQuorum(gathered);
}
