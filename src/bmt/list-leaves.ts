import { CHUNK_SIZE } from "./constants.js";
import { type FileNode, parseFileNode } from "./file-node.js";
import type { GetChunk } from "./join-file.js";

/** A leaf that a file's tree vouches for: `span` bytes (up to 4,096) at `start`, whose chunk is at `address` (32 bytes). */
export interface Leaf {
  readonly address: Uint8Array;
  readonly span: number;
  readonly start: number;
}

/** A node that is still to be listed. */
interface Pending extends Leaf {
  node?: Promise<FileNode>;
}

/** Intermediate chunks that are asked for before they are needed: each stands for 512 KiB of the file. */
const READ_AHEAD = 2;

/**
 * The leaves that hold the bytes [start, end) of a file, in order, in runs of some hundred: what its bytes can be held against while
 * they come from anywhere. Only intermediate chunks are fetched, one for each 512 KiB.
 * @param root the root's address (32 bytes) and what its verified chunk holds
 * @param getChunk verified chunks
 * @throws CatnixError `SWARM_CHUNK_INVALID` where a chunk is no node of a plain file; whatever `getChunk` throws
 */
export async function* listLeaves(
  root: { readonly address: Uint8Array; readonly node: FileNode },
  { start, end }: { readonly start: number; readonly end: number },
  getChunk: GetChunk,
  signal?: AbortSignal,
): AsyncGenerator<readonly Leaf[], void> {
  if (start >= end) return;
  // Whatever is still under way when the reader leaves is called off.
  const leave = new AbortController();
  const either = signal === undefined ? leave.signal : AbortSignal.any([signal, leave.signal]);
  const fetchNode = async ({ address, span }: Leaf) => parseFileNode(address, await getChunk(address, either), span);
  // In reverse file order: the last element is the next, its children take its place.
  const pending: Pending[] = [
    { address: root.address, span: root.node.span, start: 0, node: Promise.resolve(root.node) },
  ];
  try {
    for (;;) {
      const run: Leaf[] = [];
      while (pending.length > 0 && pending.at(-1)!.span <= CHUNK_SIZE) run.push(pending.pop()!);
      for (const ahead of pending.slice(-READ_AHEAD).reverse()) {
        if (ahead.node !== undefined || ahead.span <= CHUNK_SIZE) continue;
        ahead.node = fetchNode(ahead);
        ahead.node.catch(() => undefined); // reported when its turn comes, if it comes
      }
      if (run.length > 0) yield run;
      const next = pending.pop();
      if (next === undefined) return;
      signal?.throwIfAborted();
      const node = await next.node!;
      if ("bytes" in node) throw new TypeError("a leaf was taken for an intermediate chunk");
      let childEnd = next.start + node.span;
      for (const { address, span } of node.children.toReversed()) {
        const childStart = childEnd - span;
        if (childStart < end && childEnd > start) pending.push({ address, span, start: childStart });
        childEnd = childStart;
      }
    }
  } finally {
    leave.abort();
  }
}
