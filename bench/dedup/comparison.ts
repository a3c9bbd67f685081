import type { Subject } from "../support/benchmark.js";
import { ChunkCounter } from "./chunk-count.js";
import { encodings } from "./encodings.js";

const MB = 1e6;

/** The least that a chunk costs a year, in xBZZ: 24,000 PLUR a block of 5 s, 10^16 PLUR an xBZZ. */
const XBZZ_A_CHUNK_YEAR = (24_000 * 365.25 * 86_400) / 5 / 1e16;

/** A figure of one run. */
export interface Figure extends Subject {
  readonly value: number;
}

/** Two versions of a path, as NARs, with the hash parts that each may mention. */
export interface Versions {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly referencesBefore?: readonly string[];
  readonly referencesAfter?: readonly string[];
}

/** What comes new with the second versions of some paths where Swarm has the first, for each way to encode them. */
export class Comparison {
  readonly #counters = encodings.map((encoding) => {
    const first = new ChunkCounter();
    return { encoding, first, second: new ChunkCounter(first) };
  });

  /** Encodes both versions in all ways. @param others to add to as well, so that nothing is encoded twice */
  async add(versions: Versions, ...others: Comparison[]): Promise<void> {
    const { before, after, referencesBefore = [], referencesAfter = [] } = versions;
    const work = encodings.map(async (encoding, at) => {
      const counters = [this, ...others].map((comparison) => comparison.#counters[at]!);
      for await (const file of encoding.encode(before, referencesBefore))
        for (const { first } of counters) first.add(file);
      for await (const file of encoding.encode(after, referencesAfter))
        for (const { second } of counters) second.add(file);
    });
    await Promise.all(work);
  }

  /** New chunks of content. @param name of the encoding */
  newLeaves(name: string): number {
    return this.#find(name).second.count().leaves;
  }

  /** Bytes of the first versions. @param name of the encoding */
  size(name: string): number {
    return this.#find(name).first.count().bytes;
  }

  /** Everything that was counted. @param of the case */
  figures(of: string): Figure[] {
    return this.#counters.flatMap(({ encoding, first, second }) => {
      const figure = (metric: string, unit: string, value: number) => ({
        ...{ case: of, subject: encoding.name, metric, unit, value },
      });
      const [had, fresh] = [first.count(), second.count()];
      return [
        figure("size", "MB", had.bytes / MB),
        figure("chunks of content", "chunks", had.leaves),
        figure("new chunks of content", "chunks", fresh.leaves),
        figure("new chunks in all", "chunks", fresh.chunks),
        figure("new chunks in all, postage at the floor", "xBZZ/year", fresh.chunks * XBZZ_A_CHUNK_YEAR),
      ];
    });
  }

  #find(name: string) {
    return this.#counters.find(({ encoding }) => encoding.name === name)!;
  }
}
