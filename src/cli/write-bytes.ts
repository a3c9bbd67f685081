import { CatnixError } from "../errors/catnix-error.js";
import { makeWhole } from "../files/make-whole.js";
import { writeNewFile } from "../files/write-stream.js";
import type { Context } from "./context.js";

/**
 * Sees, before anything is read, that bytes have somewhere to go.
 * @param out undefined is standard output
 * @throws CatnixError NAR_OUTPUT_MISSING where that is a terminal, or belongs to `--json`
 */
export function requireOutput({ options }: Context, out: string | undefined): void {
  if (out !== undefined) return;
  if (options.json) throw new CatnixError("NAR_OUTPUT_MISSING", { reason: "standard output is for --json" });
  if (process.stdout.isTTY) throw new CatnixError("NAR_OUTPUT_MISSING", { reason: "standard output is a terminal" });
}

/**
 * Writes bytes to a new file, whole or not at all, or to standard output.
 * @returns whether all went out: false where the reader of standard output left, or it failed, which its watcher reports
 * @throws CatnixError FILE_EXISTS, FILE_UNWRITABLE, DISK_FULL; what `bytes` throws
 */
export async function writeBytes(bytes: AsyncIterable<Uint8Array>, out: string | undefined): Promise<boolean> {
  if (out === undefined) return writeToStandardOutput(bytes);
  await makeWhole(out, (partial) => writeNewFile(partial, bytes, { shown: out }));
  return true;
}

async function writeToStandardOutput(bytes: AsyncIterable<Uint8Array>): Promise<boolean> {
  for await (const piece of bytes) {
    const failed = await new Promise((resolve) => process.stdout.write(piece, (error) => resolve(Boolean(error))));
    if (failed) return false;
  }
  return true;
}
