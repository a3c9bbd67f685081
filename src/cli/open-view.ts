import { existsSync } from "node:fs";
import { type Command, Option } from "commander";
import { requireRegistry } from "../config/load.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { IndexReader } from "../index/index-reader.js";
import { ChainView } from "../resolver/chain-view.js";
import { IndexView } from "../resolver/index-view.js";
import type { RegistryView } from "../resolver/registry-view.js";
import type { Context } from "./context.js";
import { addLightOptions, isLight, type LightOptions } from "./light-options.js";
import { openLight, type OpenedLight } from "./open-light.js";
import { addMembersOptions, type MembersOptions, openMembersView } from "./open-members.js";

export interface FromOptions extends LightOptions, MembersOptions {
  readonly from?: "chain" | "index";
}

/** How a command looks at the registry. */
export interface OpenedView {
  readonly view: RegistryView;
  /** The same view, where it is one of proofs. */
  readonly light?: OpenedLight | undefined;
  /** The local index, where there is one that may be asked. */
  readonly index?: IndexReader | undefined;
  readonly indexFile: string;
}

export function addFromOption(command: Command): Command {
  const text = "`chain`: chain and Swarm alone; `index`: no chain, as far as the local index is; else the chain first";
  const from = new Option("--from <source>", text).choices(["chain", "index"]);
  return addMembersOptions(addLightOptions(command.addOption(from)));
}

/**
 * Opens what the root and the withdrawals are read from: the chain, unless proofs, members' word or the index alone are asked for.
 * @throws CatnixError USAGE, INDEX_MISSING, INDEX_OF_ANOTHER_REGISTRY, DATABASE_FAILED; RPC_UNAVAILABLE, RPC_WRONG_CHAIN,
 * RPC_ANSWER_INVALID, REGISTRY_MISSING; as `openLight` and {@link openMembersView}
 */
export async function openView(context: Context, options: FromOptions): Promise<OpenedView> {
  const indexFile = context.stateFile("index.sqlite");
  const { from, charter } = options;
  if (charter === undefined && (options.threshold ?? options.fromSeq) !== undefined)
    throw new CatnixError("USAGE", { reason: "--threshold and --from-seq go with --charter" });
  if (charter !== undefined) return { view: await openMembersView(context, { ...options, charter }), indexFile };
  if (isLight(options)) {
    const light = await openLight(context, options);
    return { view: light.view, light, indexFile };
  }
  if (from === "index") {
    const index = openIndex(context, indexFile);
    return { view: new IndexView(index, indexFile), index, indexFile };
  }
  const { finality, deploymentBlock, logRange } = context.config.chain;
  const view = await ChainView.open(await context.registry(), { finality, deploymentBlock, logRange });
  const index = from === "chain" || !existsSync(indexFile) ? undefined : tryIndex(context, indexFile);
  return { view, index, indexFile };
}

function openIndex(context: Context, file: string): IndexReader {
  if (!existsSync(file)) throw new CatnixError("INDEX_MISSING", { file, reason: "there is no such file" });
  return context.keep(new IndexReader(file, requireRegistry(context.config), context.config.storeDir));
}

/** The chain answers without an index just as well. */
function tryIndex(context: Context, file: string): IndexReader | undefined {
  try {
    const index = openIndex(context, file);
    return index.cursor() && index;
  } catch (error) {
    if (!isCatnixError(error)) throw error;
    context.note(`the index is left out: ${error.message}`);
    return undefined;
  }
}
