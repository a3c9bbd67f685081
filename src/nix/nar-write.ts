import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  read,
  readdirSync,
  readlinkSync,
  readSync,
} from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { CatnixError } from "../errors/catnix-error.js";
import { encodeNarToken, maxNarDepth, narMagic, narPadding } from "./nar-token.js";

const readAsync = promisify(read);

/** The size of the pieces that are yielded, the last one excepted. */
const pieceSize = 256 * 1024;

/** A read of at most this many bytes is made at once: a trip through the thread pool would take longer. */
const syncReadSize = 64 * 1024;

// A name or target of at most 4,096 bytes with the tokens around it fits well below this.
const tokenRoom = 16 * 1024;

/**
 * Writes the NAR of a file tree as `nix-store --dump` does: contents, the owner's executable bit and symlinks; entries
 * sorted by the bytes of their names, which need not be UTF-8. Memory: a few pieces of 256 KiB and the names of the
 * directories that are open.
 * @param path a regular file, directory or symlink; it is not followed
 * @throws CatnixError FILE_UNREADABLE; NAR_SOURCE_UNSUPPORTED for a device, socket or pipe; NAR_SOURCE_CHANGED where a
 * file's size changes while it is read; and the signal's reason
 */
export async function* writeNar(
  path: string,
  { signal }: { signal?: AbortSignal | undefined } = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  let piece = Buffer.allocUnsafeSlow(pieceSize);
  let used = 0;
  const put = (bytes: Uint8Array) => {
    piece.set(bytes, used);
    used += bytes.length;
  };
  // Yields what is there and starts a new piece: the old one now belongs to the reader.
  const takePiece = async (): Promise<Uint8Array> => {
    signal?.throwIfAborted();
    // Small files are read without waiting; let the event loop have its turn.
    await nextTurn();
    const taken = piece.subarray(0, used);
    piece = Buffer.allocUnsafeSlow(pieceSize);
    used = 0;
    return taken;
  };

  signal?.throwIfAborted();
  put(tokens.magic);
  for (const step of walk(Buffer.from(path))) {
    if (pieceSize - used < tokenRoom) yield await takePiece();
    if (step instanceof Uint8Array) {
      put(step);
      continue;
    }
    const file = openFile(step.path);
    try {
      put(file.executable ? tokens.executable : tokens.regular);
      put(lengthPrefix(file.size));
      let left = file.size;
      while (left > 0) {
        if (used === pieceSize) yield await takePiece();
        const got = await readSome(file, piece, used, Math.min(left, pieceSize - used));
        used += got;
        left -= got;
      }
      checkAtEnd(file);
    } finally {
      closeSync(file.descriptor);
    }
    if (pieceSize - used < tokenRoom) yield await takePiece();
    put(Buffer.alloc(narPadding(file.size)));
    put(tokens.close);
  }
  if (used > 0) yield await takePiece();
}

const sequence = (...parts: string[]) => Buffer.concat(parts.map((part) => encodeNarToken(part)));
const tokens = {
  magic: sequence(narMagic),
  close: sequence(")"),
  directory: sequence("(", "type", "directory"),
  entry: sequence("entry", "(", "name"),
  node: sequence("node"),
  symlink: sequence("(", "type", "symlink", "target"),
  regular: sequence("(", "type", "regular", "contents"),
  executable: sequence("(", "type", "regular", "executable", "", "contents"),
};

interface OpenDirectory {
  readonly path: Buffer;
  readonly names: readonly Buffer[];
  next: number;
}

/** The tokens of the tree in order, and where a regular file stands, its path. Iterative: trees can be deep. */
function* walk(root: Buffer): Generator<Uint8Array | { path: Buffer }, void, undefined> {
  const open: OpenDirectory[] = [];
  let path: Buffer | undefined = root;
  for (;;) {
    if (path !== undefined) {
      const stat = attempt(path, (path) => lstatSync(path));
      if (stat.isFile()) yield { path };
      else if (stat.isSymbolicLink()) {
        const target = attempt(path, (path) => readlinkSync(path, "buffer"));
        yield Buffer.concat([tokens.symlink, encodeNarToken(target), tokens.close]);
      } else if (stat.isDirectory()) {
        if (open.length === maxNarDepth) throw unreadable(path, `more than ${maxNarDepth} folders deep`);
        yield tokens.directory;
        const names = attempt(path, (path) => readdirSync(path, "buffer")).sort((a, b) => Buffer.compare(a, b));
        open.push({ path, names, next: 0 });
      } else throw new CatnixError("NAR_SOURCE_UNSUPPORTED", { path: path.toString() });
      // The entry that holds this node ends with it; a directory ends later.
      if (!stat.isDirectory() && open.length > 0) yield tokens.close;
    }
    const directory = open.at(-1);
    if (directory === undefined) return;
    const name = directory.names[directory.next++];
    if (name !== undefined) {
      yield Buffer.concat([tokens.entry, encodeNarToken(name), tokens.node]);
      path = Buffer.concat([directory.path, slash, name]);
    } else {
      open.pop();
      yield open.length > 0 ? closeTwice : tokens.close;
      path = undefined;
    }
  }
}

const slash = Buffer.from("/");
const closeTwice = Buffer.concat([tokens.close, tokens.close]);

interface OpenFile {
  readonly path: Buffer;
  readonly descriptor: number;
  readonly size: number;
  readonly executable: boolean;
}

/** Opens what was a regular file a moment ago; never a symlink, and never waits for the other end of a pipe. */
function openFile(path: Buffer): OpenFile {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const descriptor = attempt(path, (path) => openSync(path, flags));
  const stat = attempt(path, () => fstatSync(descriptor));
  if (!stat.isFile()) {
    closeSync(descriptor);
    throw new CatnixError("NAR_SOURCE_CHANGED", { path: path.toString() });
  }
  return { path, descriptor, size: stat.size, executable: (stat.mode & constants.S_IXUSR) !== 0 };
}

/** Reads at least one byte. */
async function readSome(file: OpenFile, into: Buffer, offset: number, length: number): Promise<number> {
  let got: number;
  try {
    got =
      length <= syncReadSize
        ? readSync(file.descriptor, into, offset, length, null)
        : (await readAsync(file.descriptor, into, offset, length, null)).bytesRead;
  } catch (cause) {
    throw unreadable(file.path, undefined, cause);
  }
  if (got === 0) throw new CatnixError("NAR_SOURCE_CHANGED", { path: file.path.toString() });
  return got;
}

function checkAtEnd(file: OpenFile): void {
  const more = attempt(file.path, () => readSync(file.descriptor, Buffer.alloc(1), 0, 1, null));
  if (more > 0) throw new CatnixError("NAR_SOURCE_CHANGED", { path: file.path.toString() });
}

function lengthPrefix(length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(length));
  return bytes;
}

function attempt<T>(path: Buffer, operation: (path: Buffer) => T): T {
  try {
    return operation(path);
  } catch (cause) {
    throw unreadable(path, undefined, cause);
  }
}

function unreadable(path: Buffer, reason?: string, cause?: unknown): CatnixError {
  const said = reason ?? (cause instanceof Error ? cause.message : String(cause));
  return new CatnixError("FILE_UNREADABLE", { file: path.toString(), reason: said }, { cause });
}
