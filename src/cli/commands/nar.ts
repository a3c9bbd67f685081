import { type Command, InvalidArgumentError } from "commander";
import { FileHasher } from "../../bmt/file-hasher.js";
import { toHex } from "../../encoding/hex.js";
import { readBytes } from "../../files/read-stream.js";
import { DEFAULT_LEVEL, STABLE_ZSTD } from "../../nar-file/constants.js";
import { decodeNarFile } from "../../nar-file/decode-nar-file.js";
import { encodeNarFile } from "../../nar-file/encode-nar-file.js";
import { inspectNarFile, type NarFileInfo } from "../../nar-file/inspect-nar-file.js";
import { hashStream } from "../../nix/hash-stream.js";
import { checkNar } from "../../nix/nar-read.js";
import { formatNixSha256 } from "../../nix/nix-hash.js";
import type { Context } from "../context.js";
import { formatBytes, formatTable, plural } from "../format.js";
import { openNar } from "../open-nar.js";
import { addExamples, withContext } from "../options.js";
import { Progress } from "../progress.js";
import { requireOutput, writeBytes } from "../write-bytes.js";

interface EncodeCommandOptions {
  readonly out?: string;
  readonly references?: readonly string[];
  readonly store?: string;
  readonly level: number;
}

const OUT = "a new file; else standard output";

export function addNarCommand(program: Command): void {
  const nar = program.command("nar").description("NARs in the compressed form that Swarm has them in");
  const encode = nar
    .command("encode")
    .description(`compress a NAR as ${STABLE_ZSTD}: builds that differ in hashes only share nearly all chunks`)
    .argument("[input]", "a store path or a link to one, a NAR file, or - for standard input", "-")
    .option("--out <file>", OUT)
    .option(
      "--references <paths...>",
      "store paths, or their 32 characters, that the NAR may mention; of a store path, Nix's own count too",
    )
    .option("--store <root>", "root of the Nix store, as in `nix --store`; else /")
    .option("--level <n>", "level of zstd; the publisher's is 9", parseLevel, DEFAULT_LEVEL)
    .action(async (input: string, options: EncodeCommandOptions, command: Command) =>
      withContext(command, (context) => encodeCommand(context, input, options)),
    );
  addExamples(
    encode,
    "nar encode ./result --out result.nar.zst",
    "nar encode --store /mnt/target /nix/store/…-jq-1.7 --out jq.nar.zst --json",
    "nar encode --references /nix/store/…-glibc-2.39 < some.nar > some.nar.zst",
  );
  const decode = nar
    .command("decode")
    .description("decompress a NAR file, of any encoder of zstd, and check its seek table")
    .argument("[file]", "the NAR file, or - for standard input", "-")
    .option("--out <file>", OUT)
    .action(async (file: string, options: { out?: string }, command: Command) =>
      withContext(command, (context) => decodeCommand(context, file, options.out)),
    );
  addExamples(
    decode,
    "nar decode result.nar.zst --out result.nar",
    "nar decode < some.nar.zst | nix-store --restore tree",
  );
  const inspect = nar
    .command("inspect")
    .description("show the pieces, paddings and seek table of a NAR file")
    .argument("[file]", "the NAR file, or - for standard input", "-")
    .action(async (file: string, _options: object, command: Command) =>
      withContext(command, (context) => inspectCommand(context, file)),
    );
  addExamples(inspect, "nar inspect result.nar.zst", "nar inspect --json < result.nar.zst | jq .regions");
}

async function encodeCommand(context: Context, input: string, options: EncodeCommandOptions): Promise<void> {
  const { out, level } = options;
  requireOutput(context, out);
  const { nar, references } = openNar(context, input, options);
  const counts = { pieces: 0, regions: 0, unmasked: 0 };
  const source = hashStream(nar);
  const file = new CountedFile(
    encodeNarFile(source, {
      references,
      level,
      onPiece({ regions, isUnmasked }) {
        counts.pieces++;
        counts.regions += regions;
        if (isUnmasked) counts.unmasked++;
      },
    }),
  );
  if (!(await writeBytes(withProgress(context, file), out))) return;
  const result = { ...describeStreams(source.result(), file), level, ...counts, file: out };
  const masked = counts.unmasked === 0 ? "" : `, ${plural(counts.unmasked, "piece")} left unmasked`;
  printOrNote(context, out, result, [
    `NAR        ${formatBytes(result.narSize)}, ${result.narHash}`,
    `file       ${formatBytes(result.fileSize)}, Swarm address ${result.address}`,
    `pieces     ${counts.pieces}, with ${plural(counts.regions, "region")}${masked}`,
  ]);
}

async function decodeCommand(context: Context, file: string, out: string | undefined): Promise<void> {
  requireOutput(context, out);
  const input = new CountedFile(readBytes(file, context.signal));
  const nar = hashStream(checkNar(decodeNarFile(input)));
  if (!(await writeBytes(withProgress(context, nar), out))) return;
  const result = { ...describeStreams(nar.result(), input), file: out };
  printOrNote(context, out, result, [`NAR        ${formatBytes(result.narSize)}, ${result.narHash}`]);
}

async function inspectCommand(context: Context, file: string): Promise<void> {
  const input = new CountedFile(readBytes(file, context.signal));
  const { nar, ...info } = await inspectNarFile(withProgress(context, input));
  const result = { ...describeStreams(nar, input), ...info };
  context.print(result, describeFile(result, info));
}

function describeFile(result: ReturnType<typeof describeStreams>, info: Omit<NarFileInfo, "nar">): string {
  const { frames, frameCount, pieces, regions, skippedSize, hasSeekTable, isAligned } = info;
  const rows = frames.map((frame) => [
    frame.offset,
    frame.kind,
    frame.size,
    frame.contentSize,
    frame.blocks,
    frame.regions,
  ]);
  const more = frameCount - frames.length;
  return [
    formatTable(["offset", "frame", "bytes", "of NAR", "blocks", "in place"], rows, [0, 2, 3, 4, 5]),
    ...(more > 0 ? [`and ${plural(more, "frame")} more`] : []),
    "",
    `NAR        ${formatBytes(result.narSize)}, ${result.narHash}`,
    `file       ${formatBytes(result.fileSize)}, Swarm address ${result.address}`,
    `pieces     ${pieces}, ${isAligned ? "each at a chunk's start" : "not aligned"}, ${plural(regions, "region")} in place`,
    `skipped    ${formatBytes(skippedSize)}, ${hasSeekTable ? "a seek table among them" : "no seek table"}`,
  ].join("\n");
}

/** A NAR file that is hashed as it passes. */
class CountedFile implements AsyncIterable<Uint8Array> {
  readonly #hasher = new FileHasher();
  readonly #stream;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#stream = hashStream(source);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of this.#stream) {
      this.#hasher.update(piece);
      yield piece;
    }
  }

  describe() {
    const { sha256, size } = this.#stream.result();
    return { fileSize: size, fileHash: formatNixSha256(sha256), address: toHex(this.#hasher.digest().address) };
  }
}

function describeStreams(nar: { sha256: Uint8Array; size: number }, file: CountedFile) {
  return { narSize: nar.size, narHash: formatNixSha256(nar.sha256), ...file.describe() };
}

/** Where standard output has the bytes, people are told on standard error. */
function printOrNote(context: Context, out: string | undefined, result: object, lines: readonly string[]): void {
  if (out === undefined) context.note(lines.join("\n"));
  else context.print(result, lines.join("\n"));
}

async function* withProgress(context: Context, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { signal } = context;
  using progress = new Progress(context, "MB", 0);
  let bytes = 0; // of how many is not known before the end
  for await (const piece of source) {
    signal.throwIfAborted();
    bytes += piece.length;
    progress.update(Math.round(bytes / 1e6), Math.round(bytes / 1e6), "");
    yield piece;
  }
}

function parseLevel(text: string): number {
  if (!/^(1?[1-9]|10)$/.test(text)) throw new InvalidArgumentError("a level from 1 to 19");
  return Number(text);
}
