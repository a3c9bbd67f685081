/**
 * What a mass rebuild and a next release cost on Swarm, by how NARs are stored:
 *
 *     npm run bench:dedup [-- --quick]
 *
 * docs/performance.md says what counts and what the figures mean. Downloads are kept in $XDG_CACHE_HOME/catnix/bench-dedup.
 */
import { Benchmark } from "./support/benchmark.js";
import { ChunkCounter } from "./dedup/chunk-count.js";
import { planPaths } from "./dedup/closure.js";
import { encodings, MASKED, UNMASKED, WHOLE } from "./dedup/encodings.js";
import { unpackToNar } from "./dedup/packages.js";
import { pairs } from "./dedup/pairs.js";
import { simulateRebuild } from "./dedup/rebuild.js";

const benchmark = new Benchmark("dedup", process.argv.slice(2));
const MB = 1e6;
/** Debian packages whose closure is rebuilt: some 360 paths, 800 MB of NAR. */
const ALL = ["gimp", "evince", "git"];

/** The least that a chunk costs a year, in xBZZ: 24,000 PLUR a block of 5 s, 10^16 PLUR an xBZZ. */
const XBZZ_A_CHUNK_YEAR = (24_000 * 365.25 * 86_400) / 5 / 1e16;

type Counts = [whole: number, unmasked: number, masked: number];

/** Two versions of a path. */
interface Versions {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly referencesBefore?: readonly string[];
  readonly referencesAfter?: readonly string[];
}

/** All encodings of one set of paths. */
class Comparison {
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

  /** New chunks of content by encoding. */
  newLeaves(name: string): number {
    return this.#find(name).second.count().leaves;
  }

  size(name: string): number {
    return this.#find(name).first.count().bytes;
  }

  report(of: string): void {
    for (const { encoding, first, second } of this.#counters) {
      const add = (metric: string, unit: string, value: number) =>
        benchmark.add({ case: of, subject: encoding.name, metric, unit }, value);
      const [had, fresh] = [first.count(), second.count()];
      add("size", "MB", had.bytes / MB);
      add("chunks of content", "chunks", had.leaves);
      add("new chunks of content", "chunks", fresh.leaves);
      add("new chunks in all", "chunks", fresh.chunks);
      add("new chunks in all, postage at the floor", "xBZZ/year", fresh.chunks * XBZZ_A_CHUNK_YEAR);
    }
  }

  #find(name: string) {
    return this.#counters.find(({ encoding }) => encoding.name === name)!;
  }
}

async function measureRebuild(roots: readonly string[]): Promise<void> {
  const paths = await planPaths(roots);
  const of = `mass rebuild: ${roots.join(", ")}`;
  const comparison = new Comparison();
  let [pages, narBytes, elfFiles] = [0, 0, 0];
  for (const [at, { references, readNar }] of paths.entries()) {
    const rebuilt = simulateRebuild(await readNar(), references);
    pages += rebuilt.pages;
    narBytes += rebuilt.before.length;
    elfFiles += rebuilt.elfFiles;
    await comparison.add(rebuilt);
    if ((at + 1) % 20 === 0) console.error(`${at + 1} of ${paths.length} paths, ${Math.round(narBytes / MB)} MB`);
  }
  const add = (subject: string, metric: string, unit: string, value: number) =>
    benchmark.add({ case: of, subject, metric, unit }, value);
  add("closure", "paths", "paths", paths.length);
  add("closure", "ELF files", "files", elfFiles);
  add("closure", "pages that differ", "pages", pages);
  comparison.report(of);
  const [whole, unmasked, masked] = [WHOLE, UNMASKED, MASKED].map((name) => comparison.newLeaves(name)) as Counts;
  add(MASKED, "new chunks of content, fewer than whole-file", "times", whole / masked);
  add(UNMASKED, "new chunks of content, fewer than whole-file", "times", whole / unmasked);
  add(MASKED, "new chunks of content, of the pages that differ", "ratio", masked / pages);
  add(MASKED, "size, over whole-file", "%", 100 * (comparison.size(MASKED) / comparison.size(WHOLE) - 1));
}

function expectOfRebuild(): void {
  const row = (metric: string) => ({ case: `mass rebuild: ${ALL.join(", ")}`, subject: MASKED, metric });
  benchmark.expectAtLeast("mass rebuild, times fewer new chunks than whole-file zstd", 22, {
    ...row("new chunks of content, fewer than whole-file"),
  });
  benchmark.expectAtMost("mass rebuild, new chunks of the pages that differ", 1, {
    ...row("new chunks of content, of the pages that differ"),
  });
  benchmark.expectAtMost("size over whole-file zstd, %", 16, row("size, over whole-file"));
}

async function measurePairs(): Promise<void> {
  const all = new Comparison();
  for (const { name, fetch } of pairs) {
    const files = await fetch();
    if (files === undefined) {
      console.error(`${name}: apt has no two releases of it now; left out`);
      continue;
    }
    console.error(name);
    const versions = { before: await unpackToNar(files[0]), after: await unpackToNar(files[1]) };
    const one = new Comparison();
    await one.add(versions, all);
    benchmark.add(
      { case: name, subject: MASKED, metric: "new chunks of content, of whole-file's", unit: "ratio" },
      one.newLeaves(MASKED) / one.newLeaves(WHOLE),
    );
  }
  const of = "all pairs of releases";
  all.report(of);
  const row = { case: of, subject: MASKED, metric: "new chunks of content, of whole-file's" };
  benchmark.add({ ...row, unit: "ratio" }, all.newLeaves(MASKED) / all.newLeaves(WHOLE));
  benchmark.expectAtMost("pairs of releases, new chunks of whole-file zstd's", 0.65, row);
}

await measureRebuild(benchmark.quick ? ["curl"] : ALL);
expectOfRebuild();
if (!benchmark.quick) await measurePairs();
benchmark.finish({ zstd: process.versions["zstd"] ?? "unknown" });
