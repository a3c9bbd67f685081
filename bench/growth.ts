/**
 * What it costs to publish, approve and mirror many mappings, and one more:
 *
 *     npm run bench:growth [-- --quick]
 *
 * Publisher, members, Swarm node, and indexer with relay are processes of their own that talk HTTP and JSON-RPC, on a real
 * chain (anvil). docs/performance.md says what counts and what the figures mean.
 */
import { readFileSync } from "node:fs";
import { time, World } from "./growth/world.js";
import { Benchmark } from "./support/benchmark.js";
import type { Usage } from "./support/worker.js";

const ROUNDS = 5;
const MB = 1e6;

const benchmark = new Benchmark("growth", process.argv.slice(2));

/** Publishes `rows` rows in `batches` batches, mirrors them into an empty index, then publishes and follows one more row. */
async function run(name: string, rows: number, batches: number): Promise<void> {
  const add = (subject: string, metric: string, unit: string, value: number) =>
    benchmark.add({ case: name, subject, metric, unit }, value);
  const world = await World.start();
  try {
    const before = usages(world);
    let [total, gas] = [0, 0];
    const sums = { records: 0, batch: 0, sign: 0, submit: 0 };
    for (let at = 0; at < batches; at++) {
      const published = await world.publish((at * rows) / batches, rows / batches);
      const sign = Math.max(...published.signSeconds);
      sums.records += published.recordSeconds;
      sums.batch += published.batchSeconds;
      sums.sign += sign;
      sums.submit += published.submitSeconds;
      total += published.recordSeconds + published.batchSeconds + published.submitSeconds;
      ({ gas } = published);
    }
    add("publisher", "records written", "s", sums.records);
    add("publisher", "delta, pack and CAT written, batch drafted", "s", sums.batch);
    add("slower of two members", "checked and signed", "s", sums.sign);
    add("publisher", "submitted", "s", sums.submit);
    add("contract", "gas of the last batch", "gas", gas);

    let following!: Awaited<ReturnType<World["follow"]>>;
    const mirror = await time(async () => {
      following = await world.follow("index");
      await following.untilAnswered(rows - 1);
    });
    add("indexer", "mirrored from nothing, process start included", "s", mirror);
    add("all", "published and mirrored", "s", total + mirror);
    console.error(`  published and mirrored in ${(total + mirror).toFixed(1)} s`);
    add("all", "published, checked by the slower member, and mirrored", "s", total + sums.sign + mirror);
    add("indexer", "index file", "MB", (await following.worker.ask("indexBytes", undefined)) / MB);

    const parts = { ...usages(world), indexer: following.worker.usage() };
    for (const [part, { cpuSeconds }] of Object.entries(parts))
      add(part, "processor time", "s", cpuSeconds - (before[part]?.cpuSeconds ?? 0));
    for (const [part, { peakBytes }] of Object.entries(parts)) add(part, "peak memory", "MB", peakBytes / MB);
    const peaks = Object.values(parts).map(({ peakBytes }) => peakBytes);
    add("largest process", "peak memory", "MB", Math.max(...peaks) / MB);
    add("sum of processes", "peak memory", "MB", peaks.reduce((sum, bytes) => sum + bytes, 0) / MB);

    if (batches > 1) return;
    const addOne = (metric: string, unit: string, value: number) =>
      benchmark.add({ case: `one more row at ${rows.toLocaleString("en")}`, subject: "all", metric, unit }, value);
    const added = await world.publish(rows, 1);
    const wait = await time(() => following.untilAnswered(rows));
    const { recordSeconds, batchSeconds, signSeconds, submitSeconds } = added;
    addOne(
      "record to answer, the slower member's check included",
      "s",
      recordSeconds + batchSeconds + Math.max(...signSeconds) + submitSeconds + wait,
    );
    addOne("new chunks", "chunks", added.newChunks);
    addOne("depth of the CAT", "bits", added.depth);
    addOne("gas", "gas", added.gas);
  } finally {
    await world.close();
  }
}

function usages({ publisher, signers, node }: World): Record<string, Usage> {
  return { publisher: publisher.usage(), member: signers[0]!.usage(), node: node.usage() };
}

const cases: [name: string, rows: number, batches: number][] = [
  ["20,000 rows in 20 batches", 20_000, 20],
  ["20,000 rows in one batch", 20_000, 1],
  ["100,000 rows in one batch", 100_000, 1],
];
const wanted = benchmark.quick ? cases.slice(1) : cases;
for (let round = 0; round < (benchmark.quick ? 1 : ROUNDS); round++)
  for (const [name, rows, batches] of wanted) {
    console.error(`round ${round + 1}: ${name}`);
    await run(name, rows, batches);
  }

const [many, one] = ["100,000 rows in one batch", "one more row at 100,000"];
benchmark.expectAtMost(`${many}, published and mirrored, s`, 60, {
  ...{ case: many, subject: "all", metric: "published and mirrored" },
});
benchmark.expectAtMost(`${many}, memory of the largest process, MB`, 400, {
  ...{ case: many, subject: "largest process", metric: "peak memory" },
});
benchmark.expectAtMost(`${one}, new chunks`, 7, { case: one, subject: "all", metric: "new chunks" });
benchmark.expectAtMost(`${one}, end to end, s`, 2, {
  ...{ case: one, subject: "all", metric: "record to answer, the slower member's check included" },
});
const { dependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
  dependencies: Record<string, string>;
};
benchmark.finish({ anvil: "1.7.1", ethers: dependencies["ethers"]! });
