import { Readable } from "node:stream";
import { encodeDelta } from "../../cat/delta.js";
import type { CatRecord } from "../../cat/record.js";
import { parseNixSha256 } from "../../nix/nix-hash.js";
import { equalBytes } from "../../encoding/bytes.js";
import { drain } from "../../encoding/drain.js";
import type { IndexReader } from "../../index/index-reader.js";
import type { NixStore } from "../../nixdb/nix-store.js";
import type { PathInfo } from "../../nixdb/path-info.js";
import { compressNar } from "../compress-nar.js";
import type { Journal } from "../journal.js";
import { readStoreNar } from "../read-nar.js";
import type { MakeFile } from "./keep-file.js";

/** Where content may be made again from; whatever is there. */
export interface LocalSources {
  /** For NARs and listings. */
  readonly nix?: NixStore | undefined;
  /** For records. */
  readonly journal?: Journal | undefined;
  /** For records, deltas and chunks of the CAT. */
  readonly index?: IndexReader | undefined;
  /** Levels of zstd that NAR files may have been made with; 9 where not given. */
  readonly levels?: readonly number[] | undefined;
}

/** What this machine has of what is on Swarm. Nothing of it is checked here: whoever uses it compares addresses. */
export class LocalCopies {
  readonly #sources: LocalSources;
  readonly #signal: AbortSignal;

  constructor(sources: LocalSources, signal: AbortSignal) {
    this.#sources = sources;
    this.#signal = signal;
  }

  /** A chunk of the CAT, `span ‖ payload`. */
  findChunk(address: string): Uint8Array | undefined {
    return this.#sources.index?.findChunk(address);
  }

  /** Texts that may be the record of that address. */
  findRecords(swarmId: string): string[] {
    const { journal, index } = this.#sources;
    return [journal?.findText(swarmId), index?.findText(swarmId)].filter((text) => text !== undefined);
  }

  /** The same as files. */
  makeRecord(swarmId: string): MakeFile[] {
    return this.findRecords(swarmId).map((text) => () => [Buffer.from(text)]);
  }

  makeNar(record: CatRecord): MakeFile[] {
    const info = this.#findBuild(record);
    if (info === undefined) return [];
    const read = () => this.#read(info);
    if (record.compression === "none") return [read];
    const { levels = [9] } = this.#sources;
    return levels.map((level) => () => compressNar(read(), info, level));
  }

  makeListing(record: CatRecord): MakeFile[] {
    const info = this.#findBuild(record);
    if (info === undefined) return [];
    return [() => Readable.from(this.#list(info))];
  }

  makeDelta(seq: number): MakeFile[] {
    const rows = this.#sources.index?.findRowsOf(seq) ?? [];
    return rows.length === 0 ? [] : [() => [encodeDelta(rows)]];
  }

  /** The path as the store has it, where that is the build of the record. */
  #findBuild({ storePath, narHash }: CatRecord): PathInfo | undefined {
    const info = this.#sources.nix?.queryPathInfo(storePath);
    return info && equalBytes(info.narHash, parseNixSha256(narHash)) ? info : undefined;
  }

  #read(info: PathInfo) {
    return readStoreNar(info, this.#sources.nix!.realPath(info.storePath), this.#signal);
  }

  async *#list(info: PathInfo): AsyncGenerator<Uint8Array> {
    const nar = this.#read(info);
    await drain(nar);
    yield* nar.listing() ?? [];
  }
}
