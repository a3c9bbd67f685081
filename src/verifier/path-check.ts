import type { CatRecord } from "../cat/record.js";
import { equalBytes } from "../encoding/bytes.js";
import { formatNixSha256, parseNixSha256 } from "../nix/nix-hash.js";
import type { PathInfo } from "../nixdb/path-info.js";
import type { FoundContents } from "./check-contents.js";

/**
 * What a local store path is, the worst first:
 * - `withdrawn`: the registry listed it, and its quorum or its guardian took it back;
 * - `modified`: the files on disk are not those that Nix registered;
 * - `differs`: another build, or other contents, of it is approved;
 * - `unreadable`: nothing can be compared: the registry lists it, but its record cannot be had or is none, or what Nix's database says
 *   of it makes no sense;
 * - `unknown`: the registry does not list it;
 * - `approved`: it has the NarHash of the approved record.
 */
export const CHECK_STATUSES = ["withdrawn", "modified", "differs", "unreadable", "unknown", "approved"] as const;
export type CheckStatus = (typeof CHECK_STATUSES)[number];

/** What a registry says of a store path. */
export type Translation =
  | { readonly status: "unknown" }
  | {
      readonly status: "approved";
      /** The act that set the row. */
      readonly seq: number;
      /** 64 hex digits. */
      readonly swarmId: string;
      readonly record: Pick<CatRecord, "narHash">;
    }
  | {
      readonly status: "unreadable";
      readonly seq: number;
      readonly swarmId: string;
      /** Why the record is of no use. */
      readonly reason: string;
    }
  | {
      readonly status: "withdrawn";
      readonly by: "quorum" | "guardian";
      /** The act that set the row: of the quorum's, the one that withdrew. */
      readonly seq: number;
      /** The guardian's words, where they are known. */
      readonly reason?: string | undefined;
    };

/** A path that Nix's database has, with what makes no sense there. */
export interface CorruptPath {
  readonly storePath: string;
  readonly corrupt: string;
}

/** What became of one path. */
export interface PathCheck {
  readonly storePath: string;
  readonly status: CheckStatus;
  /** What Nix's database says: `sha256:` and 52 nix-base32 characters; absent where that makes no sense. */
  readonly narHash?: string;
  /** Why it makes none. */
  readonly corrupt?: string;
  readonly translation: Translation;
  /** What is on disk, where that was read. */
  readonly contents?: FoundContents | undefined;
}

/** Whether something has to be done about it; what is unknown was never promised to be anything. */
export function isBad({ status }: Pick<PathCheck, "status">): boolean {
  return status !== "approved" && status !== "unknown";
}

/** Holds what Nix's database and the disk say of a path against what the registry says of it. */
export function classify(info: PathInfo | CorruptPath, translation: Translation, contents?: FoundContents): PathCheck {
  const { storePath } = info;
  const status = statusOf(info, translation, contents);
  const found = "corrupt" in info ? { corrupt: info.corrupt } : { narHash: formatNixSha256(info.narHash) };
  return { storePath, status, ...found, translation, contents };
}

function statusOf(
  info: PathInfo | CorruptPath,
  translation: Translation,
  contents: FoundContents | undefined,
): CheckStatus {
  if (translation.status === "withdrawn") return "withdrawn";
  if ("corrupt" in info) return "unreadable";
  if (contents && !contents.same) return "modified";
  if (translation.status !== "approved") return translation.status;
  return equalBytes(parseNixSha256(translation.record.narHash), info.narHash) ? "approved" : "differs";
}
