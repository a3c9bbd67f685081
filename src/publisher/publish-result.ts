import { type HeldRecord, HeldRecords } from "../cat/held-records.js";
import { SWARM_ID_SIZE } from "../cat/row.js";
import { fromHex } from "../encoding/hex.js";
import type { WrittenFile } from "../swarm/content-store.js";
import type { PathOutcome } from "./publish-path.js";
import type { FoundDerivations } from "./read-closure.js";

export interface PublishResult {
  /** The mappings for the next batch to set, references before the paths that mention them. */
  readonly records: readonly HeldRecord[];
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
  /** Where derivations were to be published as well. */
  readonly derivations?: FoundDerivations;
}

/** Adds up what becomes of the paths of a closure, and keeps no more of each than its record. */
export class PublishTally {
  readonly #held: HeldRecords;
  readonly #records: (HeldRecord | undefined)[] = [];
  readonly #paths = { listed: 0, reused: 0, uploaded: 0 };
  readonly #bytes = { sent: 0, nars: 0, files: 0 };
  #chunks: { readonly new: number; readonly total: number } | undefined = { new: 0, total: 0 };

  /** @param storeDir the one store folder of the registry */
  constructor(storeDir: string) {
    this.#held = new HeldRecords(storeDir);
  }

  /** @param at the path's place in the closure, from 0; once for each path, in any order */
  add(at: number, outcome: PathOutcome): void {
    this.#paths[outcome.kind]++;
    if (outcome.kind === "listed") {
      this.#records[at] = undefined;
      return;
    }
    const { record, text, swarmId } = outcome;
    const known = { text: Buffer.from(text), swarmId: fromHex(swarmId, SWARM_ID_SIZE) };
    this.#records[at] = this.#held.add(record, known);
    this.#bytes.nars += record.narSize;
    this.#bytes.files += record.fileSize;
    if (outcome.kind === "uploaded") for (const file of outcome.files) this.#addFile(file);
  }

  result(): PublishResult {
    return {
      records: this.#records.filter((held) => held !== undefined),
      alreadyListed: this.#paths.listed,
      uploaded: {
        paths: this.#paths.uploaded,
        bytes: this.#bytes.sent,
        chunksNew: this.#chunks?.new,
        chunksTotal: this.#chunks?.total,
      },
      reused: this.#paths.reused,
      narBytes: this.#bytes.nars,
      fileBytes: this.#bytes.files,
    };
  }

  #addFile({ size, chunks }: WrittenFile): void {
    this.#bytes.sent += size;
    // Undefined where the node did not tell of every file: part of a sum would pass for all of it.
    const sum = this.#chunks;
    this.#chunks = sum && chunks && { new: sum.new + chunks.new, total: sum.total + chunks.total };
  }
}
