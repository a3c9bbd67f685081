import { type Command, Option } from "commander";
import { requireRegistry } from "../config/load.js";
import { CatnixError } from "../errors/catnix-error.js";
import { findQuorumRoot } from "../members/quorum-root.js";
import { SeenRoots } from "../members/seen-roots.js";
import { MembersView } from "../resolver/members-view.js";
import type { Context } from "./context.js";
import { parseCount } from "./options.js";
import { takeCharter } from "./take-charter.js";

/** How a command is told to ask no chain, but the members whom a charter names. */
export interface MembersOptions {
  readonly charter?: string;
  readonly threshold?: number;
  readonly fromSeq?: number;
}

export function addMembersOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--charter <charter>",
        "no chain: the root that members of this charter, a file or an address on Swarm, announced (docs/members.md)",
      ).conflicts(["from", "light"]),
    )
    .option(
      "--threshold <n>",
      "with --charter, which needs it: so many of its members have to say the same",
      parseCount,
    )
    .option(
      "--from-seq <act>",
      "with --charter: nothing older than this act counts; else than the one seen here last",
      parseCount,
    );
}

/**
 * Finds the latest root that a quorum of a charter's members announced.
 * @throws CatnixError USAGE; CHARTER_INVALID, FILE_UNREADABLE; ROOT_NOT_ANNOUNCED, ROOTS_CONTRADICT; DATABASE_FAILED; CONFIG_INCOMPLETE where the
 * configuration does not say which registry it is about; what Swarm throws
 */
export async function openMembersView(
  context: Context,
  { charter: given, threshold, fromSeq }: MembersOptions & { readonly charter: string },
): Promise<MembersView> {
  if (threshold === undefined) throw new CatnixError("USAGE", { reason: "--charter needs --threshold" });
  const registry = requireRegistry(context.config);
  const charter = await takeCharter(context, given);
  const { members, storeDir } = charter;
  if (threshold > members.length)
    throw new CatnixError("USAGE", { reason: `--threshold ${threshold}: the charter has ${members.length} members` });
  if (storeDir !== context.config.storeDir)
    throw new CatnixError("USAGE", {
      reason: `the charter is for ${storeDir}, the configuration for another storeDir`,
    });
  // Announcements change: no cache.
  const stores = { owned: context.ownedStore(), content: context.store({ cached: false }) };
  const { signal } = context;
  const electorate = { registry, charter, threshold, stores };
  const seen = context.keep(new SeenRoots(context.stateFile("seen-roots.sqlite")));
  const finding = findQuorumRoot(electorate, fromSeq ?? seen.findLast(electorate) ?? 1, { signal });
  const root = await context.wait("members' announcements on Swarm", finding);
  seen.keep(electorate, root);
  context.note("no chain was asked: that this is the latest root, and that nothing was withdrawn, is unproven");
  return new MembersView({ registry, charter, threshold }, root);
}
