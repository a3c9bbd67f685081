/**
 * How fast NARs are published as stable-zstd/1, against the stock zstd, and in how much memory:
 *
 *     npm run bench:encode [-- --quick]
 *
 * docs/performance.md says what counts and what the figures mean.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, createWriteStream, mkdirSync, openSync, statSync, writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { writeNar } from "../src/nix/nar-write.js";
import type { Encoder } from "./encode/encoder.js";
import type { Node } from "./growth/swarm-node.js";
import { Benchmark } from "./support/benchmark.js";
import { Worker } from "./support/worker.js";

const benchmark = new Benchmark("encode", process.argv.slice(2));
const ROUNDS = benchmark.quick ? 1 : 5;
const MB = 1e6;
const GIB = 2 ** 30;
const LARGE = benchmark.quick ? GIB / 4 : 4 * GIB;

const hashes = Array.from({ length: 8 }, (_, at) => "0123456789abcdfghijklmnpqrsvwxyz".slice(at) + "z".repeat(at));
const references = hashes.map((hash) => `/nix/store/${hash}-reference`);

/** The program that runs this, as a store path has it: with ten references in each megabyte. */
function makeTree(folder: string): string {
  const tree = join(folder, "tree");
  mkdirSync(join(tree, "bin"), { recursive: true });
  const program = join(tree, "bin/node");
  copyFileSync(process.execPath, program);
  const file = openSync(program, "r+");
  const { size } = statSync(program);
  for (let at = 50_000, n = 0; at + 32 < size; at += 100_003, n++) writeSync(file, hashes[n % hashes.length]!, at);
  return tree;
}

async function compare(folder: string): Promise<void> {
  const tree = makeTree(folder);
  const nar = join(folder, "tree.nar");
  await pipeline(Readable.from(writeNar(tree)), createWriteStream(nar));
  const narSize = statSync(nar).size;
  const name = `a program of ${Math.round(narSize / MB)} MB`;
  const add = (subject: string, metric: string, unit: string, value: number) =>
    benchmark.add({ case: name, subject, metric, unit }, value);
  for (let round = 0; round < ROUNDS; round++) {
    console.error(`round ${round + 1}`);
    await using node = disposable(new Worker<Node>("node", besides("growth/swarm-node")));
    const swarmUrl = await node.it.ask("open", { file: join(folder, `chunks-${round}.sqlite`) });
    await using encoder = disposable(new Worker<Encoder>("encoder", besides("encode/encoder")));
    await encoder.it.ask("open", { swarmUrl });
    const path = { realPath: tree, storePath: references[0]!, references };
    const ours = await encoder.it.ask("publish", path);
    const stock = join(folder, "stock.zst");
    const start = performance.now();
    execFileSync("zstd", ["-q", "-f", "-T1", "-9", nar, "-o", stock]);
    const seconds = (performance.now() - start) / 1000;
    add("published", "speed", "MB/s", narSize / MB / ours.seconds);
    add("published", "size", "MB", ours.fileSize / MB);
    add("published", "peak memory", "MB", encoder.it.usage().peakBytes / MB);
    add("zstd -T1 -9", "speed", "MB/s", narSize / MB / seconds);
    add("zstd -T1 -9", "size", "MB", statSync(stock).size / MB);
    add("published, against zstd", "speed", "times", seconds / ours.seconds);
  }
  benchmark.expectAtLeast("publishing, against zstd -T1 -9 of the same NAR, times", 0.6, {
    ...{ case: name, subject: "published, against zstd", metric: "speed" },
  });
}

async function measureMemory(): Promise<void> {
  await using encoder = disposable(new Worker<Encoder>("encoder", besides("encode/encoder")));
  const name = "a NAR of 4 GiB that is nowhere";
  const add = (metric: string, unit: string, value: number) =>
    benchmark.add({ case: name, subject: "encoded and addressed", metric, unit }, value);
  console.error(`${LARGE / GIB} GiB`);
  const { seconds, fileSize } = await encoder.it.ask("encode", { size: LARGE, references: hashes });
  add("speed", "MB/s", LARGE / MB / seconds);
  add("size, of the NAR", "%", (100 * fileSize) / LARGE);
  if (!benchmark.quick) add("peak memory", "MB", encoder.it.usage().peakBytes / MB);
  benchmark.expectAtMost("memory for a NAR of 4 GiB, MB", 300, {
    ...{ case: name, subject: "encoded and addressed", metric: "peak memory" },
  });
}

function disposable<T extends { close(): Promise<void> }>(it: T): AsyncDisposable & { readonly it: T } {
  return { it, [Symbol.asyncDispose]: () => it.close() };
}

/** A program of this bench, compiled or not, as this file is. */
function besides(name: string): URL {
  return new URL(`${name}${extname(import.meta.url)}`, import.meta.url);
}

const folder = await mkdtemp(join(tmpdir(), "catnix-bench-"));
try {
  await compare(folder);
  await measureMemory();
} finally {
  await rm(folder, { recursive: true, force: true });
}
const version = execFileSync("zstd", ["--version"], { encoding: "utf8" });
benchmark.finish({ "zstd in Node": process.versions["zstd"]!, "zstd, stock": /v([0-9.]+)/.exec(version)![1]! });
