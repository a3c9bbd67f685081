import { open } from "node:fs/promises";
import { CatnixError } from "../errors/catnix-error.js";

/**
 * Reads a small text file.
 * @param maxBytes a larger file is refused before it is read
 * @throws CatnixError FILE_UNREADABLE, also where it is not UTF-8
 */
export async function readTextFile(file: string, maxBytes: number): Promise<string> {
  try {
    await using handle = await open(file);
    const { size } = await handle.stat();
    if (size > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
    return new TextDecoder("utf-8", { fatal: true }).decode(await handle.readFile());
  } catch (error) {
    throw new CatnixError("FILE_UNREADABLE", { file, reason: (error as Error).message }, { cause: error });
  }
}
