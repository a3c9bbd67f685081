/**
 * How fast Swarm's addresses are computed, and cuts found, on one core:
 *
 *     npm run bench:bmt [-- --quick]
 *
 * docs/performance.md says what the subjects are and what the figures mean.
 */
import { readFileSync } from "node:fs";
import { Bee, MerkleTree } from "@ethersphere/bee-js";
import { Chunk } from "cafe-utility";
import { chunkAddress } from "../src/bmt/chunk.js";
import { fileAddress } from "../src/bmt/file-hasher.js";
import { concatBytes, equalBytes } from "../src/encoding/bytes.js";
import { CutFinder, type CutRule } from "../src/encoding/cut-finder.js";
import { keccak256, keccak256Each } from "../src/encoding/keccak.js";
import { formerChunkAddress, hashWithHashWasm } from "./bmt/former-tree.js";
import { Benchmark } from "./support/benchmark.js";

/** One way to do a case's work; `run` does it once, on `bytes` bytes, and gives something to compare. */
interface Contender {
  readonly case: string;
  readonly subject: string;
  readonly bytes: number;
  run(): Uint8Array | number | Promise<Uint8Array>;
}

const ROUNDS = 7;
const MIB = 1 << 20;
const OURS = "ours";
const RECORD = 700;
const [FILE, CHUNK, SMALL, PAIR, CUTS] = [
  "file of 16 MiB",
  "chunk of 4,096 bytes",
  `record of ${RECORD} bytes`,
  "keccak-256 of 64 bytes",
  "cuts of about 1 MiB",
];
const THEIRS = "bee-js, cafe-utility: MerkleTree";

const benchmark = new Benchmark("bmt", process.argv.slice(2));
/** Seconds that a measurement takes at least. */
const SPELL = benchmark.quick ? 0.2 : 0.5;

const bee = new Bee("http://127.0.0.1"); // never asked
const file = randomBytes(16 * MIB);
const small = file.subarray(0, MIB);
const chunk = file.subarray(5, 5 + 4096);
const record = file.subarray(9, 9 + RECORD);
const pair = file.subarray(3, 3 + 64);

const rule: CutRule = {
  table: new BigUint64Array(Array.from({ length: 256 }, (_, byte) => wordOf(keccak256(Uint8Array.of(byte))))),
  ...{ min: 256 * 1024, normal: MIB, max: 4 * MIB },
  masks: [((1n << 22n) - 1n) << 42n, ((1n << 18n) - 1n) << 46n],
};
const finder = new CutFinder(rule);

const chunkContenders = (name: string, payload: Uint8Array): Contender[] =>
  (
    [
      [OURS, () => chunkAddress(payload.length, payload)],
      ["bee-js: content-addressed chunk", () => bee.makeContentAddressedChunk(payload).address.toUint8Array()],
      ["cafe-utility: Chunk", () => hashByCafeUtility(payload)],
      ["ours before: pairs through hash-wasm", () => formerChunkAddress(payload)],
    ] as const
  ).map(([subject, run]) => ({ case: name, subject, bytes: payload.length, run }));

const contenders: Contender[] = [
  { case: FILE, subject: OURS, bytes: file.length, run: () => fileAddress(file) },
  // The slow ones get one MiB of it, a tree of the same kind, so that a round ends.
  { case: FILE, subject: THEIRS, bytes: MIB, run: () => hashTree() },
  { case: FILE, subject: "the same, keccak of hash-wasm", bytes: MIB, run: () => hashTree(hashWithHashWasm) },
  ...chunkContenders(CHUNK, chunk),
  ...chunkContenders(SMALL, record),
  { case: PAIR, subject: OURS, bytes: 64, run: () => keccak256(pair) },
  { case: PAIR, subject: "ours, 64 at a time", bytes: 4096, run: () => keccak256Each(chunk, 64).subarray(-32) },
  { case: PAIR, subject: "hash-wasm", bytes: 64, run: () => hashWithHashWasm(pair) },
  { case: CUTS, subject: OURS, bytes: file.length, run: countCuts },
  { case: CUTS, subject: "the definition, on bigint", bytes: MIB, run: rollOnBigint },
];

await checkThatAllAgree();
for (let round = 0; round < (benchmark.quick ? 1 : ROUNDS); round++) {
  console.error(`round ${round + 1}`);
  const speeds = new Map<string, number>();
  for (const contender of contenders) {
    const { clock, processor } = await measure(contender);
    const { case: of, subject } = contender;
    benchmark.add({ case: of, subject, metric: "by the clock", unit: "MiB/s" }, clock);
    benchmark.add({ case: of, subject, metric: "by processor time", unit: "MiB/s" }, processor);
    speeds.set(`${of}, ${subject}`, processor);
  }
  const ratio = speeds.get(`${FILE}, ${OURS}`)! / speeds.get(`${FILE}, ${THEIRS}`)!;
  benchmark.add({ case: FILE, subject: `${OURS} over bee-js`, metric: "by processor time", unit: "times" }, ratio);
}

benchmark.expectAtLeast(`${FILE}, MiB/s a core`, 100, { case: FILE, subject: OURS, metric: "by processor time" });
benchmark.expectAtLeast(`${FILE}, times as fast as bee-js`, 15, {
  ...{ case: FILE, subject: `${OURS} over bee-js`, metric: "by processor time" },
});
const { devDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
  devDependencies: Record<string, string>;
};
benchmark.finish(
  Object.fromEntries(
    ["assemblyscript", "hash-wasm", "@ethersphere/bee-js", "cafe-utility"].map((name) => [
      name,
      devDependencies[name]!,
    ]),
  ),
);

/** MiB a second, over a spell of runs after one that is not counted. */
async function measure(contender: Contender): Promise<{ clock: number; processor: number }> {
  const { bytes } = contender;
  await contender.run();
  const [start, used] = [performance.now(), process.cpuUsage()];
  let [total, seconds] = [0, 0];
  while (seconds < SPELL) {
    // A look at the clock costs as much as a hash of 64 bytes: only after every 64 KiB.
    for (let done = 0; done < 65_536; done += bytes) {
      const result = contender.run();
      if (result instanceof Promise) await result;
      total += bytes;
    }
    seconds = (performance.now() - start) / 1000;
  }
  const { user, system } = process.cpuUsage(used);
  return { clock: total / MIB / seconds, processor: total / MIB / ((user + system) / 1e6) };
}

/** A benchmark of something else would be fast, too. */
async function checkThatAllAgree(): Promise<void> {
  for (const name of [CHUNK, SMALL]) {
    const [first, ...others] = contenders.filter((contender) => contender.case === name);
    const wanted = await first!.run();
    for (const other of others)
      if (!equalBytes((await other.run()) as Uint8Array, wanted as Uint8Array))
        throw new Error(`${other.subject} differs`);
  }
  const wanted = fileAddress(small);
  for (const keccak of [undefined, hashWithHashWasm])
    if (!equalBytes(await hashTree(keccak), wanted)) throw new Error("MerkleTree differs");
  if (!equalBytes(keccak256(pair), hashWithHashWasm(pair))) throw new Error("keccak-256 differs");
}

/** By bee-js's tree, which is cafe-utility's, with keccak-256 of cafe-utility or another. */
async function hashTree(keccak?: (bytes: Uint8Array) => Uint8Array): Promise<Uint8Array> {
  const own = Chunk.hashFunction;
  Chunk.hashFunction = keccak ?? own;
  try {
    return (await MerkleTree.root(small)).hash();
  } finally {
    Chunk.hashFunction = own;
  }
}

function hashByCafeUtility(payload: Uint8Array): Uint8Array {
  const made = new Chunk(4096, BigInt(payload.length));
  made.writer.buffer.set(payload);
  return made.hash();
}

function countCuts(): number {
  finder.restart();
  let cuts = 0;
  for (let at = 0; at < file.length;) {
    const cut = finder.findCut(file.subarray(at, at + 65_536));
    if (cut >= 0) cuts++;
    at += cut < 0 ? 65_536 : cut;
  }
  return cuts;
}

function rollOnBigint(): number {
  let [hash, hits] = [0n, 0];
  for (const byte of small) {
    hash = BigInt.asUintN(64, (hash << 1n) + rule.table[byte]!);
    if ((hash & rule.masks[0]) === 0n) hits++;
  }
  return hits;
}

function wordOf(hash: Uint8Array): bigint {
  return new DataView(hash.buffer, hash.byteOffset).getBigUint64(0, true);
}

/** The same in every run. */
function randomBytes(size: number): Uint8Array {
  const blocks = Array.from({ length: size / MIB }, (_, block) => {
    const bytes = new Uint8Array(MIB);
    for (let at = 0; at < MIB; at += 32)
      bytes.set(keccak256(Uint8Array.of(block), new Uint8Array(Uint32Array.of(at).buffer)), at);
    return bytes;
  });
  return concatBytes(...blocks);
}
