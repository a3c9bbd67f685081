/** One half of bench:dedup, as a process of its own: a mass rebuild, or pairs of releases. */
import { serveHandlers } from "../support/worker.js";
import { planPaths } from "./closure.js";
import { Comparison, type Figure } from "./comparison.js";
import { MASKED, UNMASKED, WHOLE } from "./encodings.js";
import { unpackToNar } from "./packages.js";
import { pairs } from "./pairs.js";
import { simulateRebuild } from "./rebuild.js";

const MB = 1e6;

/** @param roots Debian packages whose closure is rebuilt */
async function rebuild({ of, roots }: { of: string; roots: readonly string[] }): Promise<Figure[]> {
  const paths = await planPaths(roots);
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
  const figure = (subject: string, metric: string, unit: string, value: number) => ({
    ...{ case: of, subject, metric, unit, value },
  });
  const fewer = "new chunks of content, fewer than whole-file";
  const whole = comparison.newLeaves(WHOLE);
  const masked = comparison.newLeaves(MASKED);
  return [
    figure("closure", "paths", "paths", paths.length),
    figure("closure", "ELF files", "files", elfFiles),
    figure("closure", "pages that differ", "pages", pages),
    ...comparison.figures(of),
    figure(MASKED, fewer, "times", whole / masked),
    figure(UNMASKED, fewer, "times", whole / comparison.newLeaves(UNMASKED)),
    figure(MASKED, "new chunks of content, of the pages that differ", "ratio", masked / pages),
    figure(MASKED, "size, over whole-file", "%", 100 * (comparison.size(MASKED) / comparison.size(WHOLE) - 1)),
  ];
}

async function releases({ of }: { of: string }): Promise<Figure[]> {
  const all = new Comparison();
  const ratio = (name: string, comparison: Comparison) => ({
    ...{ case: name, subject: MASKED, metric: "new chunks of content, of whole-file's", unit: "ratio" },
    value: comparison.newLeaves(MASKED) / comparison.newLeaves(WHOLE),
  });
  const ratios: Figure[] = [];
  for (const { name, fetch } of pairs) {
    const files = await fetch();
    if (files === undefined) {
      console.error(`${name}: apt has no two releases of it now; left out`);
      continue;
    }
    console.error(name);
    const one = new Comparison();
    await one.add({ before: await unpackToNar(files[0]), after: await unpackToNar(files[1]) }, all);
    ratios.push(ratio(name, one));
  }
  return [...ratios, ...all.figures(of), ratio(of, all)];
}

const handlers = { rebuild, releases };
export type Measure = typeof handlers;
serveHandlers(handlers);
