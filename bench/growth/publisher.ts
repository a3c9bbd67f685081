// Uploads the records of synthetic paths as `catnix publish` does, and drafts the batch; sends signed ones to the chain.
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream/promises";
import { zstdCompressSync } from "node:zlib";
import { Wallet } from "ethers";
import { runParallel } from "../../src/async/run-parallel.js";
import type { RegistryId } from "../../src/cat/batch.js";
import { type HeldRecord, HeldRecords } from "../../src/cat/held-records.js";
import { SWARM_ID_SIZE } from "../../src/cat/row.js";
import { LiveCat } from "../../src/cli/live-cat.js";
import { readBatchFile, writeBatchFile } from "../../src/consortium/batch-file.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import { encodeNarToken } from "../../src/nix/nar-token.js";
import { formatNixSha256 } from "../../src/nix/nix-hash.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import type { PathInfo } from "../../src/nixdb/path-info.js";
import { formatOfLevel } from "../../src/publisher/compress-nar.js";
import { Journal } from "../../src/publisher/journal.js";
import type { NarFile } from "../../src/publisher/make-record.js";
import { uploadBatch } from "../../src/publisher/upload-batch.js";
import { uploadRecord } from "../../src/publisher/upload-path.js";
import { Registry } from "../../src/registry/registry.js";
import { submitBatch } from "../../src/registry/transact.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { serveHandlers } from "../support/worker.js";
import { makePathInfos, type SharedNar } from "./path-infos.js";

/** Where a bench's processes find chain, registry and Swarm. */
export interface Places {
  readonly dir: string;
  readonly rpcUrl: string;
  readonly registry: RegistryId;
  readonly swarmUrl: string;
}

const STORE_DIR = "/nix/store";
const NARS = 16;
const LEVEL = 9;
const PARALLEL_RECORDS = 128;

let places: Places;
let registry: Registry;
let store: BeeStore;
let journal: Journal;
let nars: (SharedNar & { readonly file: NarFile })[];

async function uploadNar(number: number): Promise<SharedNar & { file: NarFile }> {
  const tokens = ["nix-archive-1", "(", "type", "regular", "contents", `file ${number}\n`.repeat(50), ")"];
  const nar = Buffer.concat(tokens.map((token) => encodeNarToken(Buffer.from(token))));
  const stored = zstdCompressSync(nar);
  const { address, size } = await store.write(stored);
  const narHash = createHash("sha256").update(nar).digest();
  const fileHash = formatNixSha256(createHash("sha256").update(stored).digest());
  return {
    ...{ narHash, narSize: nar.length },
    file: { narAddress: address, compression: "zstd", fileHash, fileSize: size },
  };
}

const pathInfosFile = () => join(places.dir, "path-infos");

/** One at a time, as a publisher reads Nix's database. */
async function* readPathInfos(): AsyncGenerator<PathInfo> {
  for await (const line of createInterface({ input: createReadStream(pathInfosFile()) })) {
    const { narHash, ...info } = JSON.parse(line) as Omit<PathInfo, "narHash"> & { narHash: string };
    yield { ...info, narHash: fromHex(narHash, 32) };
  }
}

async function uploadRecords(live: LiveCat, signal: AbortSignal): Promise<HeldRecord[]> {
  const held = new HeldRecords(STORE_DIR);
  const records: HeldRecord[] = [];
  const options = { store, storeDir: STORE_DIR, retries: 2, signal };
  const byHash = new Map(nars.map((nar) => [toHex(nar.narHash), nar]));
  const format = formatOfLevel(LEVEL);
  let paths = 0;
  await runParallel(readPathInfos(), PARALLEL_RECORDS, signal, async (info) => {
    const at = paths++;
    const { nixId } = parseStorePath(info.storePath, STORE_DIR);
    if (await live.find(nixId)) throw new Error(`${info.storePath} is listed`);
    const key = { nixId, narHash: info.narHash, format };
    if (journal.find(key, STORE_DIR)) throw new Error(`${info.storePath} was uploaded`);
    const { record, text, swarmId } = await uploadRecord(info, byHash.get(toHex(info.narHash))!.file, [], options);
    await journal.keep(key, text, swarmId);
    records[at] = held.add(record, { text: Buffer.from(text), swarmId: fromHex(swarmId, SWARM_ID_SIZE) });
  });
  return records;
}

const handlers = {
  async open(given: Places): Promise<void> {
    places = given;
    registry = await Registry.open(places.rpcUrl, places.registry);
    store = new BeeStore({ url: places.swarmUrl, batchId: "0".repeat(64) });
    journal = new Journal(join(places.dir, "publisher.sqlite"));
    nars = await Promise.all(Array.from({ length: NARS }, (_, number) => uploadNar(number)));
  },

  /** Not timed: what Nix's database would say. */
  async prepare({ from, count }: { from: number; count: number }): Promise<void> {
    const lines = function* () {
      for (const info of makePathInfos(from, count, nars))
        yield `${JSON.stringify({ ...info, narHash: toHex(info.narHash) })}\n`;
    };
    await pipeline(lines, createWriteStream(pathInfosFile()));
  },

  /** @returns the draft's file, and seconds of both halves */
  async publish(): Promise<{ file: string; recordSeconds: number; batchSeconds: number; depth: number }> {
    const start = performance.now();
    const { signal } = new AbortController();
    const state = await registry.state();
    const live = new LiveCat(registry, store, state.cat, STORE_DIR, signal);
    const records = await uploadRecords(live, signal);
    const recordsUp = performance.now();
    const { isLive, withdrawnThrough, referrersOf } = live;
    const seq = state.seq + 1;
    const { fields } = await uploadBatch(
      {
        ...{ parent: state.cat, seq, records, tombstones: [] },
        isLive,
        withdrawnThrough,
        referrersOf,
      },
      { store, signal },
    );
    const batch = { seq, parent: state.head, ...fields, deadline: Math.floor(Date.now() / 1000) + 86_400 };
    const file = join(places.dir, `batch-${seq}.json`);
    await writeBatchFile(file, { registry: registry.id, batch, approvals: [] });
    const seconds = (from: number) => (performance.now() - from) / 1000;
    return { file, recordSeconds: (recordsUp - start) / 1000, batchSeconds: seconds(recordsUp), depth: fields.depth };
  },

  async submit({ file, key }: { file: string; key: string }): Promise<{ gas: number }> {
    const { batch, approvals } = await readBatchFile(file);
    return submitBatch(registry, new Wallet(key, registry.chain.provider), batch, approvals);
  },
};

export type Publisher = typeof handlers;
serveHandlers(handlers);
