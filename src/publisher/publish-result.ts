import type { CatRecord } from "../cat/record.js";
import type { WrittenFile } from "../swarm/content-store.js";
import type { PathOutcome } from "./publish-path.js";

/** A mapping for the next batch to set. */
export interface PublishedRecord {
  readonly record: CatRecord;
  /** 64 hex digits: the Swarm address of the record. */
  readonly swarmId: string;
  /** 20 bytes. */
  readonly nixId: Uint8Array;
}

export interface PublishResult {
  /** The mappings to set, references before the paths that mention them. */
  readonly records: readonly PublishedRecord[];
  /** Paths whose very build the CAT lists. */
  readonly alreadyListed: number;
  readonly uploaded: {
    readonly paths: number;
    /** Bytes of NAR files, listings and records. */
    readonly bytes: number;
    /** Chunks that the node did not have; undefined where it does not tell. */
    readonly chunksNew: number | undefined;
    readonly chunksTotal: number | undefined;
  };
  /** Paths that an earlier run has uploaded. */
  readonly reused: number;
  /** Bytes of the NARs of `records`. */
  readonly narBytes: number;
  /** The same compressed, as on Swarm. */
  readonly fileBytes: number;
}

/** Adds up what became of the paths of a closure, which stay in their order. */
export function summarise(paths: readonly { nixId: Uint8Array; outcome: PathOutcome }[]): PublishResult {
  const records = paths.flatMap(({ nixId, outcome }) =>
    outcome.kind === "listed" ? [] : [{ nixId, record: outcome.record, swarmId: outcome.swarmId }],
  );
  const uploads = paths.flatMap(({ outcome }) => (outcome.kind === "uploaded" ? [outcome] : []));
  const files = uploads.flatMap((upload) => upload.files);
  const tally = (of: (record: (typeof records)[number]) => number) => records.reduce((sum, one) => sum + of(one), 0);
  return {
    records,
    alreadyListed: paths.length - records.length,
    uploaded: {
      paths: uploads.length,
      bytes: files.reduce((sum, { size }) => sum + size, 0),
      chunksNew: sumChunks(files, "new"),
      chunksTotal: sumChunks(files, "total"),
    },
    reused: records.length - uploads.length,
    narBytes: tally(({ record }) => record.narSize),
    fileBytes: tally(({ record }) => record.fileSize),
  };
}

/** Undefined where the node did not tell of every file: part of a sum would pass for all of it. */
function sumChunks(files: readonly WrittenFile[], which: "new" | "total"): number | undefined {
  return files.reduce<number | undefined>(
    (sum, { chunks }) => (sum === undefined || chunks === undefined ? undefined : sum + chunks[which]),
    0,
  );
}
