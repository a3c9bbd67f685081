import { createReadStream, createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { isCatnixError } from "../errors/catnix-error.js";
import { makeWhole } from "../files/make-whole.js";
import { writeErrorOf } from "../files/write-error.js";
import { isDiskFull } from "../errors/disk-full.js";
import { removeTree } from "../nix/remove-tree.js";
import { describeDifference } from "./describe-difference.js";
import { diffNars } from "./diff-nars.js";

type Nar = (signal: AbortSignal) => AsyncIterable<Uint8Array>;

/** Differences that are written beside the NARs. */
const MAX_DIFFERENCES = 20;

/**
 * Writes two NARs of one path into a folder, `published.nar` and the other, with a list of what differs; the folder is whole
 * or not there.
 * @param folder replaced where it is there; two runs may make it at once
 * @param other what the second NAR is, as in `builder`
 * @returns the first difference, for people; undefined where the NARs are equal
 * @throws CatnixError DISK_FULL, FILE_UNWRITABLE; what reading the NARs throws; the signal's reason
 */
export async function keepNars(
  folder: string,
  nars: { readonly published: Nar; readonly found: Nar; readonly other: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  const { published, found, other } = nars;
  let first: string | undefined;
  removeTree(folder);
  const make = async (partial: string) => {
    await mkdir(partial);
    const files = { published: join(partial, "published.nar"), found: join(partial, `${other}.nar`) };
    await write(files.published, published(signal), signal);
    await write(files.found, found(signal), signal);
    const differences = await diffNars(
      createReadStream(files.published),
      createReadStream(files.found),
      MAX_DIFFERENCES,
    );
    const lines = differences.map((difference) => describeDifference(difference, "published", other));
    first = lines[0];
    await write(join(partial, "differences.json"), toLines(JSON.stringify(differences, undefined, 2)), signal);
    removeTree(folder); // another run may have made it meanwhile
  };
  await makeWhole(folder, make).catch((error: unknown) => {
    if (!isCatnixError(error, "FILE_EXISTS")) throw error;
    // Or did so just now: it found the same.
  });
  return first;
}

function toLines(text: string): Iterable<Uint8Array> {
  return [Buffer.from(`${text}\n`)];
}

async function write(
  file: string,
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await pipeline(Readable.from(bytes), createWriteStream(file), { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (isCatnixError(error)) throw error;
    if (isDiskFull(error) || (error as NodeJS.ErrnoException).path === file) throw writeErrorOf(file, error);
    throw error;
  }
}
