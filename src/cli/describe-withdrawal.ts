import type { FoundBuilds, StandingBuild } from "../consortium/find-standing-builds.js";
import { toHex } from "../encoding/hex.js";
import { formatHashPart } from "../nix/store-path.js";
import { formatTable, formatTime, plural } from "./format.js";

/** `narinfo-cache-positive-ttl` of Nix where nobody set it, in seconds: 30 days. */
const NARINFO_TTL_SECONDS = 30 * 24 * 60 * 60;

/** What is to be withdrawn, as a person reads it before that. */
export function describeFound({ builds, paths }: FoundBuilds): string {
  const cells = builds.map(({ swarmId, nixId, storePath, batches, current }) => [
    batches.join(", "),
    current ? "listed" : "replaced",
    storePath ?? `${formatHashPart(nixId)}-… (its record cannot be read)`,
    swarmId,
  ]);
  const head = ["batches", "now", "store path", "build"];
  return `${formatTable(head, cells)}\n${plural(builds.length, "build")} of ${plural(paths, "path")}`;
}

export function buildToJson({ nixId, ...build }: StandingBuild): object {
  return { ...build, nixId: toHex(nixId) };
}

/** What becomes of a withdrawal at those who use the cache. */
export interface Aftermath {
  /** Seconds since 1970: until then at the latest a client may have a narinfo in its cache that it asked for before. */
  readonly cachedUntil: number;
}

export function foreseeAftermath(now = Math.floor(Date.now() / 1000)): Aftermath {
  return { cachedUntil: now + NARINFO_TTL_SECONDS };
}

/** The same for people, and what they can do. */
export function describeAftermath({ cachedUntil }: Aftermath): string {
  return [
    "Relays that follow the chain answer 404 at once, for the narinfo and for the NAR.",
    `A client that asked before may know the narinfo until ${formatTime(cachedUntil)}: 30 days, or its narinfo-cache-positive-ttl.`,
    "It gets no NAR by it from a relay. What is installed stays installed, and the bytes stay on Swarm. On such a machine:",
    "  catnix audit                                     # which paths of the store are withdrawn",
    "  rm -f ~/.cache/nix/binary-cache-v*.sqlite*       # forget cached narinfo; root's too: /root/.cache/nix",
    "  nix-store --verify-path PATH                     # whether a path is as it was installed; not whether it is approved",
    "  nix-store --delete PATH                          # or roll back, and collect garbage",
    "and `narinfo-cache-positive-ttl = 3600` in nix.conf lets the next withdrawal arrive within the hour.",
  ].join("\n");
}
