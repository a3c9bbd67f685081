import type { Command } from "commander";
import { isCatnixError } from "../../errors/catnix-error.js";
import { parseAskedPath } from "../../resolver/asked-path.js";
import { readRecord, requireApproved } from "../../resolver/read-record.js";
import { type ResolvedPath, toResolutionJson } from "../../resolver/resolution-format.js";
import { resolveNixId } from "../../resolver/resolve-nix-id.js";
import type { Context } from "../context.js";
import { describeLight } from "../describe-light.js";
import { describeResolution } from "../describe-resolution.js";
import { checkNarOf, gatherLight } from "../gather-light.js";
import { compareIndex, findBatch } from "../local-index.js";
import { addFromOption, type FromOptions, openView } from "../open-view.js";
import { addExamples, withContext } from "../options.js";

interface ResolveOptions extends FromOptions {
  readonly nar: boolean;
}

export function addResolveCommand(program: Command): void {
  const resolve = addFromOption(program.command("resolve"))
    .description("what a store path translates to, with the proof that the contract takes")
    .argument("<path>", "a store path, its base name or its 32 characters, or a link to one such as ./result")
    .option("--no-nar", "with --light: do not read the NAR itself")
    .action(async (path: string, options: ResolveOptions, command: Command) =>
      withContext(command, (context) => resolveCommand(context, path, options)),
    );
  addExamples(
    resolve,
    "resolve ./result",
    "resolve --json /nix/store/…-jq-1.7 | jq -r .swarmId",
    "resolve ./result --charter charter.json --threshold 3",
    "resolve --from chain --json si7qpqdvwk04xz5wjn3mhn0l552kn578 | jq .proof",
    "resolve ./result --block-hash 0x…",
    "resolve ./result --rpc https://one.example --rpc https://two.example --rpc https://three.example --agree 2",
  );
}

/** The answer is printed also where it is no, or where its record is lost: with its proof. Then comes the error. */
async function resolveCommand(context: Context, path: string, options: ResolveOptions): Promise<void> {
  const { storeDir } = context.config;
  const asked = parseAskedPath(path, storeDir);
  const opened = await openView(context, options);
  const { view } = opened;
  const store = context.store();
  const resolution = await resolveNixId(view, asked.nixId, (address) => store.getChunk(address));
  const index = compareIndex(opened, asked, resolution);
  // Without a chain nothing is known of a batch's transaction, nor whether it is final.
  const isKnown = resolution.status !== "unknown" && view.block !== undefined;
  const batch = isKnown ? await findBatch(opened, resolution.proof.row.seq) : undefined;
  const answer = requireApproved(resolution, asked, view).then((row) => readRecord(row, asked, { store, storeDir }));
  const read = await answer.catch((error: unknown) => {
    if (isCatnixError(error, "PATH_NAMED_OTHERWISE")) throw error; // nothing was asked about the path that is listed
    return undefined;
  });
  const facts: ResolvedPath = { asked, view, resolution, batch, index, read };
  if (!opened.light) {
    context.print(toResolutionJson(facts), describeResolution(facts));
    await answer;
    return;
  }
  const checked = read && options.nar ? checkNarOf(context, read, store) : Promise.resolve(undefined);
  const nar = await checked.catch((error: unknown) => {
    if (!isCatnixError(error)) throw error;
    return undefined;
  });
  const light = await gatherLight(context, opened.light, { resolution, read, nar });
  const resolved = { ...facts, light };
  context.print(
    toResolutionJson(resolved),
    `${describeResolution(resolved)}\n\n${describeLight(light, context.colors)}`,
  );
  await answer;
  await checked;
}
