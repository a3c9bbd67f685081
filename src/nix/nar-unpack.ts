import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  futimesSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  write,
  writeSync,
} from "node:fs";
import { promisify } from "node:util";
import { isDiskFull } from "../errors/disk-full.js";
import { CatnixError } from "../errors/catnix-error.js";
import type { NarEvent } from "./nar-parser.js";
import { NarParser } from "./nar-parser.js";
import { removeTree } from "./remove-tree.js";

const writeAsync = promisify(write);

/** A write of at most this many bytes is made at once: a trip through the thread pool would take longer. */
const syncWriteSize = 64 * 1024;

export interface UnpackOptions {
  readonly signal?: AbortSignal | undefined;
  /** Permissions of directories; a store's 0555 where not given. */
  readonly directoryMode?: number | undefined;
}

/**
 * Unpacks a NAR to `target`, which must not exist, as a Nix store holds it: modes 0444 and 0555 (the root directory's
 * too: an ordinary user must make it writable before moving it to another folder), modification time 1. Where it
 * fails, what it had made is removed.
 *
 * Nothing outside `target` can be touched: every file, directory and symlink is made anew and nothing is opened that
 * was there, so that no symlink of the NAR is ever followed. The contents are not compared with any hash here; give a
 * stream that ends with an error where they are wrong (`checkNarHash`).
 * @throws CatnixError NAR_… of the parser; DISK_FULL, NAR_UNPACK_FAILED; the signal's reason; whatever the source throws
 */
export async function unpackNar(
  source: AsyncIterable<Uint8Array>,
  target: string,
  { signal, directoryMode = 0o555 }: UnpackOptions = {},
): Promise<void> {
  const parser = new NarParser();
  const tree = new TreeWriter(target, directoryMode);
  try {
    signal?.throwIfAborted();
    for await (const chunk of source) {
      signal?.throwIfAborted();
      for (const event of parser.push(chunk)) {
        if (event.type === "content") await tree.write(event.bytes);
        else tree.apply(event);
      }
    }
    parser.end();
  } catch (error) {
    try {
      tree.remove();
    } catch {
      // The first error says what is wrong; that its remains could not be removed follows from it.
    }
    throw error;
  }
}

/** Makes files as the parser's events tell; their order is the parser's care. */
class TreeWriter {
  readonly #target: Buffer;
  readonly #directories: Buffer[] = [];
  #file: { readonly path: Buffer; readonly descriptor: number; readonly executable: boolean } | undefined;
  #made = false;

  constructor(
    target: string,
    readonly directoryMode: number,
  ) {
    this.#target = Buffer.from(target);
  }

  apply(event: Exclude<NarEvent, { type: "content" }>): void {
    if (event.type === "directory") this.#openDirectory(this.#pathOf(event.name));
    else if (event.type === "directory-end") this.#closeDirectory();
    else if (event.type === "file") this.#openFile(this.#pathOf(event.name), event.executable);
    else if (event.type === "file-end") this.#closeFile();
    else this.#makeSymlink(this.#pathOf(event.name), event.target);
  }

  async write(bytes: Uint8Array): Promise<void> {
    const { path, descriptor } = this.#file!;
    try {
      for (let written = 0; written < bytes.length;) {
        const left = bytes.length - written;
        written +=
          left <= syncWriteSize
            ? writeSync(descriptor, bytes, written, left)
            : (await writeAsync(descriptor, bytes, written, left, null)).bytesWritten;
      }
    } catch (cause) {
      throw failed(path, cause);
    }
  }

  /** Closes and removes what was made; nothing where the target was there before. */
  remove(): void {
    if (this.#file) closeSync(this.#file.descriptor);
    if (this.#made) removeTree(this.#target);
  }

  #pathOf(name: Uint8Array): Buffer {
    const directory = this.#directories.at(-1);
    return directory === undefined ? this.#target : Buffer.concat([directory, Buffer.from("/"), name]);
  }

  #openDirectory(path: Buffer): void {
    // Nobody else may write to it while it fills.
    attempt(path, () => mkdirSync(path, 0o700));
    this.#made = true;
    this.#directories.push(path);
  }

  #closeDirectory(): void {
    const path = this.#directories.pop()!;
    attempt(path, () => {
      chmodSync(path, this.directoryMode);
      lutimesSync(path, 1, 1);
    });
  }

  #openFile(path: Buffer, executable: boolean): void {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    this.#file = { path, descriptor: attempt(path, () => openSync(path, flags, 0o600)), executable };
    this.#made = true;
  }

  #closeFile(): void {
    const { path, descriptor, executable } = this.#file!;
    attempt(path, () => {
      fchmodSync(descriptor, executable ? 0o555 : 0o444);
      futimesSync(descriptor, 1, 1);
    });
    this.#file = undefined;
    // Some file systems report a full disk only here.
    attempt(path, () => closeSync(descriptor));
  }

  #makeSymlink(path: Buffer, target: Uint8Array): void {
    attempt(path, () => symlinkSync(Buffer.from(target), path));
    this.#made = true;
    attempt(path, () => lutimesSync(path, 1, 1));
  }
}

function attempt<T>(path: Buffer, operation: (path: Buffer) => T): T {
  try {
    return operation(path);
  } catch (cause) {
    throw failed(path, cause);
  }
}

function failed(path: Buffer, cause: unknown): CatnixError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (isDiskFull(cause)) return new CatnixError("DISK_FULL", { file: path.toString(), reason }, { cause });
  return new CatnixError("NAR_UNPACK_FAILED", { path: path.toString(), reason }, { cause });
}
