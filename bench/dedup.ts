/**
 * What a mass rebuild and a next release cost on Swarm, by how NARs are stored:
 *
 *     npm run bench:dedup [-- --quick]
 *
 * docs/performance.md says what counts and what the figures mean. Downloads are kept in $XDG_CACHE_HOME/catnix/bench-dedup.
 */
import type { Figure } from "./dedup/comparison.js";
import { MASKED } from "./dedup/encodings.js";
import type { Measure } from "./dedup/measure.js";
import { Benchmark } from "./support/benchmark.js";
import { Worker } from "./support/worker.js";

const benchmark = new Benchmark("dedup", process.argv.slice(2));

/** Debian packages whose closure is rebuilt: some 360 paths, 800 MB of NAR. */
const ALL = ["gimp", "evince", "git"];
const FEW = ["curl"];
const nameRebuild = (roots: readonly string[]) => `mass rebuild: ${roots.join(", ")}`;
const RELEASES = "all pairs of releases";

async function measure(ask: (worker: Worker<Measure>) => Promise<Figure[]>): Promise<Figure[]> {
  const worker = new Worker<Measure>("measure", new URL("dedup/measure.js", import.meta.url));
  try {
    return await ask(worker);
  } finally {
    await worker.close();
  }
}

const roots = benchmark.quick ? FEW : ALL;
const figures = await Promise.all([
  measure((worker) => worker.ask("rebuild", { of: nameRebuild(roots), roots })),
  benchmark.quick ? [] : measure((worker) => worker.ask("releases", { of: RELEASES })),
]);
for (const { value, ...subject } of figures.flat()) benchmark.add(subject, value);

const rebuild = (metric: string) => ({ case: nameRebuild(ALL), subject: MASKED, metric });
benchmark.expectAtLeast("mass rebuild, times fewer new chunks than whole-file zstd", 22, {
  ...rebuild("new chunks of content, fewer than whole-file"),
});
benchmark.expectAtMost("mass rebuild, new chunks of the pages that differ", 1, {
  ...rebuild("new chunks of content, of the pages that differ"),
});
benchmark.expectAtMost("size over whole-file zstd, %", 16, rebuild("size, over whole-file"));
benchmark.expectAtMost("pairs of releases, new chunks of whole-file zstd's", 0.65, {
  ...{ case: RELEASES, subject: MASKED, metric: "new chunks of content, of whole-file's" },
});
benchmark.finish({ zstd: process.versions["zstd"] ?? "unknown" });
