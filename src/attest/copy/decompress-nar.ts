import { spawn } from "node:child_process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress, createGunzip } from "node:zlib";
import { decodeNarFile } from "../../nar-file/decode-nar-file.js";

type Bytes = AsyncIterable<Uint8Array>;

/** Programs that read what Node does not; on every machine with Nix, and small. */
const PROGRAMS: Readonly<Record<string, string>> = { xz: "xz", bzip2: "bzip2", lzip: "lzip" };

/**
 * Undoes the compression of a NAR of any binary cache (nar-info.cc, `Compression`).
 * @param compression as the narinfo names it
 * @returns undefined where it is not known
 * @throws Error, while it is read: where it is no such file, or the program for it is missing; what `file` throws
 */
export function decompressNar(file: Bytes, compression: string, signal: AbortSignal): Bytes | undefined {
  if (compression === "none") return file;
  if (compression === "zstd") return decodeNarFile(file);
  if (compression === "gzip") return through(file, createGunzip());
  if (compression === "br") return through(file, createBrotliDecompress());
  const program = PROGRAMS[compression];
  return program === undefined ? undefined : run(program, file, signal);
}

async function* through(file: Bytes, decoder: NodeJS.ReadWriteStream): AsyncGenerator<Uint8Array, void, undefined> {
  const fed = pipeline(Readable.from(file), decoder);
  fed.catch(() => undefined); // thrown below, by whichever end notices it
  yield* decoder as unknown as Bytes;
  await fed;
}

async function* run(program: string, file: Bytes, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const child = spawn(program, ["-dc"], { stdio: ["pipe", "pipe", "ignore"], signal });
  const failed = new Promise<Error>((resolve) => child.once("error", resolve));
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const fed = pipeline(Readable.from(file), child.stdin).then(
    () => undefined,
    (error: unknown) => error,
  );
  try {
    yield* child.stdout as Bytes;
    const code = await Promise.race([exited, failed]);
    const feeding = await fed;
    signal.throwIfAborted();
    if (code instanceof Error) throw new Error(`${program} cannot be run: ${code.message}`, { cause: code });
    // What broke while it was fetched is the reason, also for what the program then says; EPIPE is the program's own end.
    if (feeding instanceof Error && (feeding as NodeJS.ErrnoException).code !== "EPIPE") throw feeding;
    if (code !== 0) throw new Error(`${program} does not take it`);
  } finally {
    child.kill("SIGKILL");
  }
}
