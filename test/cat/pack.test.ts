import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { decodePack, encodePack } from "../../src/cat/pack.js";
import { formatRecord, MAX_RECORD_SIZE } from "../../src/cat/record.js";
import { CatnixError } from "../../src/errors/catnix-error.js";
import { codeOf } from "../support/code-of.js";
import { collect } from "../support/collect.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { splitBytes } from "../support/split-bytes.js";
import { BARE_RECORD } from "./support/records.js";

const RECORDS = Array.from({ length: 200 }, (_, i) =>
  formatRecord({ ...BARE_RECORD, narSize: i + 1, fileSize: i + 1 }),
);

const CHECKED = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };

/** The records of a pack, as text. */
async function read(pack: AsyncIterable<Uint8Array>, count: number): Promise<string[]> {
  const records: string[] = [];
  for await (const record of decodePack(pack, count)) records.push(Buffer.from(record).toString());
  return records;
}

const readWhole = (pack: Uint8Array, count: number) => read(splitBytes(pack, Infinity), count);

describe("pack", () => {
  it("is one zstd stream of the records, each followed by one empty line", async () => {
    const pack = await collect(encodePack(RECORDS));
    expect(zstdDecompressSync(pack).toString()).to.equal(RECORDS.map((record) => `${record}\n`).join(""));
    expect(await readWhole(pack, RECORDS.length)).to.deep.equal(RECORDS);
  });

  it("is made one record at a time, as the reader has room", async () => {
    let taken = 0;
    const records = function* () {
      // What does not compress: else the encoder keeps it all to itself.
      for (; taken < 1000; taken++) yield `${Buffer.from(pseudoRandomBytes(10_000, taken)).toString("base64")}\n`;
    };
    const reader = encodePack(records());
    await reader.next();
    await sleep(20);
    expect(taken).to.be.lessThan(500);
    await reader.return();
    const stopped = taken;
    await sleep(20);
    expect(taken).to.equal(stopped);
  });

  it("throws what its records throw, before it has an end", async () => {
    const fault = new RangeError("no record");
    const records = function* () {
      yield RECORDS[0]!;
      throw fault;
    };
    expect(await collect(encodePack(records())).catch((error: unknown) => error)).to.equal(fault);
  });

  for (const size of [1, 2, 7, 100, 1000])
    it(`is read in pieces of ${size} bytes`, async () => {
      const records = RECORDS.slice(0, 20);
      expect(await read(splitBytes(await collect(encodePack(records)), size), 20)).to.deep.equal(records);
    });

  it("is read as far as it has come", async () => {
    // Random names do not compress: 400 kB, of which the first tenth holds whole records.
    const records = Array.from({ length: 2000 }, (_, i) => `${Buffer.alloc(200, String(i * 7919)).toString("hex")}\n`);
    const pack = zstdCompressSync(records.map((record) => `${record}\n`).join(""), {
      params: { [constants.ZSTD_c_compressionLevel]: 1 },
    });
    const reader = decodePack(stallingAfter(pack.subarray(0, pack.length / 2)), records.length);
    const first = await reader.next();
    expect(Buffer.from(first.value as Uint8Array).toString()).to.equal(records[0]);
    // The source never answers again: nothing is awaited of it.
    void reader.return(undefined);
  });

  const pack = zstdCompressSync(RECORDS.map((each) => `${each}\n`).join(""));
  const text = (...parts: string[]) => zstdCompressSync(parts.join(""));
  const record = RECORDS[0]!;
  const refused: Record<string, [Uint8Array, number]> = {
    "fewer records than the batch has": [pack, RECORDS.length + 1],
    "more records than the batch has": [pack, RECORDS.length - 1],
    "no bytes": [new Uint8Array(0), 0],
    "no records where there should be one": [text(""), 1],
    "records where there should be none": [pack, 0],
    "no zstd": [Buffer.from("<html>502 Bad Gateway</html>"), 1],
    "a cut off stream": [pack.subarray(0, -1), RECORDS.length],
    "half a stream": [pack.subarray(0, pack.length / 2), RECORDS.length],
    "a damaged stream": [zstdCompressSync(RECORDS.join("\n"), CHECKED).fill(0xff, 30, 60), RECORDS.length],
    "a wrong checksum": [damageEnd(zstdCompressSync(`${record}\n`, CHECKED)), 1],
    "a last record without an empty line": [text(record), 1],
    "something after the last record": [text(record, "\n", "x"), 1],
    "an empty line too many": [text(record, "\n", "\n"), 1],
    "bytes after the stream": [Buffer.concat([pack, Buffer.of(0)]), RECORDS.length],
    "two streams": [Buffer.concat([text(record, "\n"), text(record, "\n")]), 2],
    "a stream and an empty one": [Buffer.concat([pack, text("")]), RECORDS.length],
    "a skippable frame before it": [Buffer.concat([Buffer.from("502a4d1800000000", "hex"), pack]), RECORDS.length],
    "a window over 8 MiB": [
      zstdCompressSync(Buffer.alloc(20_000_000, `${record}\n`), { params: { [constants.ZSTD_c_windowLog]: 24 } }),
      Math.floor(20_000_000 / (record.length + 1)),
    ],
  };
  for (const [name, [bytes, count]] of Object.entries(refused))
    it(`refuses ${name}, however it is cut`, async () => {
      for (const size of [Infinity, bytes.length - 1 || 1, 1000, ...(bytes.length < 20_000 ? [12, 7] : [])])
        expect(await codeOf(() => read(splitBytes(bytes, size), count))).to.equal("CAT_PACK_INVALID");
    });

  it("refuses two streams also where they come one by one", async () => {
    async function* parts() {
      for (const each of RECORDS.slice(0, 2)) yield await Promise.resolve(text(each, "\n"));
    }
    expect(await codeOf(() => read(parts(), 2))).to.equal("CAT_PACK_INVALID");
  });

  it("takes records of up to 1 MiB", async () => {
    const most = `${"x".repeat(MAX_RECORD_SIZE - 1)}\n`;
    expect(await readWhole(text(most, "\n", most, "\n"), 2)).to.deep.equal([most, most]);
    for (const bad of [[`x${most}`, "\n"], [`x${most}`], ["x", most, "\n", most, "\n"]])
      expect(await codeOf(() => readWhole(text(...bad), 2))).to.equal("CAT_PACK_INVALID");
  });

  it("does not swell: a bomb of 4 GB is refused after 1 MiB", async () => {
    // Blocks that say "repeat this byte 128 KiB times", by hand: RFC 8878, 3.1.1.2.
    const block = Buffer.from([0x02, 0x00, 0x10, 0x78]);
    const header = Buffer.from("28b52ffd0058", "hex");
    const bomb = Buffer.concat([header, ...Array.from({ length: 32_768 }, () => block)]);
    const before = process.memoryUsage().arrayBuffers;
    expect(await codeOf(() => readWhole(bomb, 10))).to.equal("CAT_PACK_INVALID");
    expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(100_000_000);
  });

  it("gives the error of its source as it is", async () => {
    for (const error of [new Error("lost"), new CatnixError("SWARM_NOT_FOUND", { address: "ab" })])
      for (const length of [0, pack.length / 2, pack.length]) {
        async function* failing() {
          yield* splitBytes(pack.subarray(0, length), 100);
          throw error;
        }
        expect(await read(failing(), RECORDS.length).catch((e: unknown) => e)).to.equal(error);
      }
  });

  it("closes its source where the reader stops, and where the pack is refused", async () => {
    for (const count of [RECORDS.length, 1]) {
      let closed: () => void = () => undefined;
      const isClosed = new Promise<void>((resolve) => (closed = resolve));
      async function* source() {
        try {
          // More than the streams hold between them, so that the source is not at its end when the reader stops.
          yield* splitBytes(pack, 64);
          for (;;) yield await new Promise<Uint8Array>((resolve) => setTimeout(resolve, 1, new Uint8Array(0)));
        } finally {
          closed();
        }
      }
      await codeOf(async () => {
        let seen = 0;
        for await (const each of decodePack(source(), count)) if ((seen += Math.sign(each.length)) === 2) break;
      });
      await isClosed;
    }
  });
});

function damageEnd(bytes: Uint8Array): Uint8Array {
  return bytes.with(-1, bytes.at(-1)! ^ 1);
}

/** Gives the bytes, then never anything. */
async function* stallingAfter(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
  await new Promise<never>(() => undefined);
}
