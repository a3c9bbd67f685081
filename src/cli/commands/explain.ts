import { type Command, InvalidArgumentError } from "commander";
import { CatnixError } from "../../errors/catnix-error.js";
import { parsePublicKey, type PublicKey } from "../../nix/signing-key.js";
import { parseAskedPath } from "../../resolver/asked-path.js";
import { ChainView } from "../../resolver/chain-view.js";
import type { Context } from "../context.js";
import { describeStory } from "../describe-story.js";
import { gatherStory } from "../gather-story.js";
import { openView } from "../open-view.js";
import { addExamples, withContext } from "../options.js";

/** The one that Nix trusts by itself (libstore/globals.hh, `trusted-public-keys`). */
const NIX_TRUSTS = "cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=";

interface ExplainOptions {
  readonly trustedKey: readonly PublicKey[];
}

export function addExplainCommand(program: Command): void {
  const explain = program
    .command("explain")
    .description("the whole story of one path: builds, batches, approvers, checks, signatures, withdrawals")
    .argument("<path>", "a store path, its base name or its 32 characters, or a link to one such as ./result")
    .option(
      "--trusted-key <key>",
      "public key of a builder, as in `trusted-public-keys`; may be given again",
      (text: string, keys: readonly PublicKey[]) => [...keys, parseKey(text)],
      [] as readonly PublicKey[],
    )
    .action(async (path: string, options: ExplainOptions, command: Command) =>
      withContext(command, (context) => explainCommand(context, path, options)),
    );
  addExamples(explain, "explain ./result", "explain --json /nix/store/…-jq-1.7 | jq '.builds[0].attestations'");
}

/** A path that was never listed has no story: that is printed, and is an error. */
async function explainCommand(context: Context, path: string, { trustedKey }: ExplainOptions): Promise<void> {
  const asked = parseAskedPath(path, context.config.storeDir);
  const { view, index } = await openView(context, {});
  if (!(view instanceof ChainView)) throw new TypeError("a story is told from the chain");
  const story = await gatherStory(context, asked, { view, index, keys: [parsePublicKey(NIX_TRUSTS), ...trustedKey] });
  context.print(story, describeStory(story, context.colors));
  if (story.builds.length === 0) throw new CatnixError("CAT_PATH_UNKNOWN", { path: asked.text, seq: view.seq });
}

function parseKey(text: string): PublicKey {
  try {
    return parsePublicKey(text);
  } catch {
    throw new InvalidArgumentError("<name>:<base64 of 32 bytes>");
  }
}
