import { type FileHandle, open } from "node:fs/promises";
import { concatBytes } from "../encoding/bytes.js";
import { readErrorOf } from "./read-error.js";

/**
 * Reads a small text file, or a pipe such as `<(command)`; a byte order mark does not count.
 * @param maxBytes no more than this is accepted
 * @throws CatnixError FILE_UNREADABLE, also where it is not UTF-8
 */
export async function readTextFile(file: string, maxBytes: number): Promise<string> {
  const bytes = await readSmallFile(file, maxBytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw readErrorOf(file, error);
  }
}

/**
 * Reads a small file, or a pipe such as `<(command)`, as it is.
 * @param maxBytes no more than this is accepted
 * @throws CatnixError FILE_UNREADABLE
 */
export async function readSmallFile(file: string, maxBytes: number): Promise<Uint8Array> {
  try {
    await using handle = await open(file);
    return await readBounded(handle, maxBytes);
  } catch (error) {
    throw readErrorOf(file, error);
  }
}

/** Counts what it reads: a pipe or a device has no size, and a file can grow. */
async function readBounded(handle: FileHandle, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of handle.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
    parts.push(part);
  }
  return concatBytes(...parts);
}
