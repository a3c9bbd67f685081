import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import { parseFileNode, type FileNode } from "./file-node.js";

/**
 * Where a joiner takes chunks from: the data (span ‖ payload) of the chunk at `address` (32 bytes). It must have been
 * compared with the address by whoever implements this (`verifyChunk`); the joiner checks spans and shape.
 */
export type GetChunk = (address: Uint8Array, signal: AbortSignal) => Promise<Uint8Array>;

export interface JoinOptions {
  /** Chunks under way or waiting at a time on each level of the tree; 8 where not given. */
  readAhead?: number;
  signal?: AbortSignal | undefined;
}

/** A file on Swarm whose root is known and verified. */
export interface JoinedFile {
  /** Bytes; stated by the root chunk, so as certain as the address. */
  readonly size: number;
  /**
   * The bytes [start, end), in pieces of at most 4,096.
   * @throws CatnixError `SWARM_RANGE_INVALID` where they are not within the file
   */
  read(start?: number, end?: number): AsyncGenerator<Uint8Array, void>;
}

/** A node that is still to be read, `start` bytes into the file. */
interface Pending {
  readonly address: Uint8Array;
  readonly span: number;
  readonly start: number;
  node?: Promise<FileNode>;
}

/**
 * Opens the file whose root is `root` (32 bytes).
 * @throws CatnixError `SWARM_CHUNK_INVALID` where the root, or later a chunk below it, is no node of a plain file;
 * whatever `getChunk` throws
 */
export async function joinFile(root: Uint8Array, getChunk: GetChunk, options: JoinOptions = {}): Promise<JoinedFile> {
  const never = new AbortController().signal;
  const top = parseFileNode(root, await getChunk(root, options.signal ?? never));
  return {
    size: top.span,
    read(start = 0, end = top.span) {
      requireRange(toHex(root), { start, end }, top.span);
      return walk(
        { address: root, span: top.span, start: 0, node: Promise.resolve(top) },
        start,
        end,
        getChunk,
        options,
      );
    },
  };
}

/**
 * Makes sure that the bytes [start, end) are within a file of `size` bytes.
 * @param address 64 hexadecimal digits, for messages
 * @throws CatnixError `SWARM_RANGE_INVALID`
 */
export function requireRange(address: string, { start, end }: { start: number; end: number }, size: number): void {
  const isWithin = 0 <= start && start <= end && end <= size;
  if (!(Number.isSafeInteger(start) && Number.isSafeInteger(end) && isWithin))
    throw new CatnixError("SWARM_RANGE_INVALID", { address, start, end, size });
}

/** The bytes [start, end) of the file at `root`; throws like {@link joinFile} and {@link JoinedFile.read}. */
export async function* readRange(
  root: Uint8Array,
  range: { start: number; end: number },
  getChunk: GetChunk,
  options: JoinOptions = {},
): AsyncGenerator<Uint8Array, void> {
  const file = await joinFile(root, getChunk, options);
  yield* file.read(range.start, range.end);
}

async function* walk(
  root: Pending,
  start: number,
  end: number,
  getChunk: GetChunk,
  { readAhead = 8, signal }: JoinOptions,
): AsyncGenerator<Uint8Array, void> {
  if (start === end) return;
  // Whatever is still under way when the reader leaves is called off.
  const leave = new AbortController();
  const either = signal === undefined ? leave.signal : AbortSignal.any([signal, leave.signal]);
  const fetchNode = async ({ address, span }: Pending) => parseFileNode(address, await getChunk(address, either), span);
  // In reverse file order: the last element is the next to read, its children take its place.
  const pending = [root];
  try {
    for (;;) {
      for (const ahead of pending.slice(-readAhead).reverse()) {
        if (ahead.node !== undefined) continue;
        ahead.node = fetchNode(ahead);
        ahead.node.catch(() => undefined); // reported when its turn comes, if it comes
      }
      const next = pending.pop();
      if (next === undefined) return;
      signal?.throwIfAborted();
      const node = await next.node!;
      if ("bytes" in node) {
        yield node.bytes.subarray(Math.max(0, start - next.start), Math.min(node.span, end - next.start));
        continue;
      }
      let childEnd = next.start + node.span;
      for (const child of node.children.toReversed()) {
        const childStart = childEnd - child.span;
        if (childStart < end && childEnd > start) pending.push({ ...child, start: childStart });
        childEnd = childStart;
      }
    }
  } finally {
    leave.abort();
  }
}
