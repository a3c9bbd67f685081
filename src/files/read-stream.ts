import { createReadStream } from "node:fs";
import { readErrorOf } from "./read-error.js";

/**
 * The bytes of a file, or of standard input.
 * @param file `-` is standard input
 * @throws CatnixError, while it is read: FILE_UNREADABLE; the signal's reason
 */
export async function* readBytes(file: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const stream = file === "-" ? process.stdin : createReadStream(file, { highWaterMark: 1 << 18 });
  const stop = () => stream.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      yield piece;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw readErrorOf(file, error);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
