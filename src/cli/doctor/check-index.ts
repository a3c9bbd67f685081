import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RegistryId } from "../../cat/batch.js";
import type { Config } from "../../config/schema.js";
import { IndexReader } from "../../index/index-reader.js";
import type { MemberProgress } from "../../index/member-signatures.js";
import { plural } from "../format.js";
import { type Finding, ok, warn } from "./finding.js";

const CHECK = "index";
/** Blocks behind the final one; four hours of Ethereum. A follower that runs is a few behind. */
const FAR_BEHIND = 1200;

/**
 * Whether there is an index of the registry, and how far it has got. Why it stands still, if it does, is what the relay says.
 * @param finalBlock number of the last block whose batches count, where it is known
 * @throws CatnixError DATABASE_FAILED, INDEX_OF_ANOTHER_REGISTRY
 */
export function checkIndex(config: Config, id: RegistryId, finalBlock: number | undefined): Finding | Finding[] {
  const { stateDir, storeDir } = config;
  const file = join(stateDir, "index.sqlite");
  if (!existsSync(file)) return ok(CHECK, "none yet: `catnix serve` builds it");
  const reader = new IndexReader(file, id, storeDir);
  try {
    const cursor = reader.cursor();
    if (!cursor) return warn(CHECK, `${file} has no complete root yet`, "Start `catnix serve`, which builds it.");
    const behind = finalBlock === undefined ? undefined : Math.max(0, finalBlock - cursor.block);
    const lag = behind === undefined ? "" : `, ${plural(behind, "final block")} behind`;
    const message = `act ${cursor.seq}, block ${cursor.block}${lag}, ${plural(reader.countMappings(), "mapping")}, ${plural(cursor.alarms, "alarm")}`;
    if (behind !== undefined && behind > FAR_BEHIND)
      return warn(CHECK, message, "Start `catnix serve`; where it runs already, its log says why it does not follow.");
    return [ok(CHECK, message), ...judgeMembers(config, reader.signatures.progress())];
  } finally {
    reader.close();
  }
}

/** Whose Nix signatures a relay passes on, and whose are missing; nothing where the registry has no charter. */
export function judgeMembers({ relay }: Pick<Config, "relay">, members: readonly MemberProgress[]): Finding[] {
  if (members.length === 0 || !relay.memberSignatures) return [];
  const late = members.filter(({ missing }) => missing > 0);
  if (late.length === 0) return [ok("members", `Nix signatures of ${plural(members.length, "member")} are in`)];
  const said = late.map(({ name, missing, batches }) => `${name} of ${missing} of the last ${batches}`);
  return [
    warn(
      "members",
      `Nix signatures are missing by ${said.join(", ")}`,
      "Paths are served without them, and they are looked for again: ask the member to run `catnix batch sign-paths`.",
    ),
  ];
}
