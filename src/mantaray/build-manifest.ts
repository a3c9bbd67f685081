import {
  encodeManifestNode,
  type Fork,
  MAX_PREFIX_SIZE,
  type Metadata,
  REFERENCE_SIZE,
  TYPE,
} from "./manifest-node.js";

/** A node in the making. */
interface Draft {
  type: number;
  /** 0 until something with a reference was added through this node: Bee writes it down so. */
  referenceSize: number;
  entry: Uint8Array | undefined;
  metadata: Metadata;
  readonly forks: Map<number, Branch>;
}

interface Branch {
  readonly prefix: Uint8Array;
  readonly node: Draft;
}

/** What a path leads to. */
export interface ManifestEntry {
  /** Address of a file, 32 bytes; without one the path has metadata only. */
  readonly reference?: Uint8Array;
  readonly metadata?: Metadata;
}

const SEPARATOR = "/".charCodeAt(0);

/**
 * Builds a mantaray manifest in memory, so that its address is the one that Bee gives for the same entries added in the same
 * order (Bee: pkg/manifest/mantaray/node.go, `Add` and `MarshalBinary`, with all their particulars).
 */
export class ManifestBuilder {
  readonly #root = draftNode(0);

  /**
   * Adds an entry, or replaces the one of the same path.
   * @param path not empty; "/" is where a site's own metadata are
   * @throws RangeError where `path` is empty or the reference is not 32 bytes
   */
  add(path: string, { reference, metadata = {} }: ManifestEntry): void {
    if (path === "") throw new RangeError("an empty path");
    if (reference !== undefined && reference.length !== REFERENCE_SIZE)
      throw new RangeError(`a reference of ${reference.length} bytes`);
    add(this.#root, Buffer.from(path), reference, metadata);
  }

  /**
   * Writes all nodes, the root last.
   * @param write stores a node's bytes as a file and gives its address, 32 bytes
   * @returns the root's address
   */
  save(write: (bytes: Uint8Array) => Promise<Uint8Array>): Promise<Uint8Array> {
    return save(this.#root, write);
  }
}

function draftNode(referenceSize: number): Draft {
  return { type: 0, referenceSize, entry: undefined, metadata: {}, forks: new Map() };
}

function add(node: Draft, path: Uint8Array, entry: Uint8Array | undefined, metadata: Metadata): void {
  if (entry !== undefined) node.referenceSize = REFERENCE_SIZE;
  if (path.length === 0) {
    setValue(node, entry, metadata);
    return;
  }
  const fork = node.forks.get(path[0]!);
  node.type |= TYPE.edge;
  if (fork === undefined) {
    const prefix = path.subarray(0, MAX_PREFIX_SIZE);
    const next = draftNode(node.referenceSize);
    if (path.length > MAX_PREFIX_SIZE) add(next, path.subarray(MAX_PREFIX_SIZE), entry, metadata);
    else setValue(next, entry, metadata);
    markSeparator(next, prefix);
    node.forks.set(path[0]!, { prefix, node: next });
    return;
  }
  const common = commonLength(fork.prefix, path);
  const rest = fork.prefix.subarray(common);
  let next = fork.node;
  if (rest.length > 0) {
    next = draftNode(node.referenceSize);
    markSeparator(fork.node, rest);
    next.forks.set(rest[0]!, { prefix: rest, node: fork.node });
    next.type |= TYPE.edge;
  }
  markSeparator(next, path);
  add(next, path.subarray(common), entry, metadata);
  node.forks.set(path[0]!, { prefix: path.subarray(0, common), node: next });
}

function setValue(node: Draft, entry: Uint8Array | undefined, metadata: Metadata): void {
  node.entry = entry;
  node.type |= TYPE.value;
  if (Object.keys(metadata).length === 0) return;
  node.metadata = metadata;
  node.type |= TYPE.withMetadata;
}

/** A separator at the start of a part does not count. */
function markSeparator(node: Draft, part: Uint8Array): void {
  if (part.indexOf(SEPARATOR) > 0) node.type |= TYPE.withSeparator;
  else node.type &= ~TYPE.withSeparator;
}

function commonLength(a: Uint8Array, b: Uint8Array): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

async function save(node: Draft, write: (bytes: Uint8Array) => Promise<Uint8Array>): Promise<Uint8Array> {
  const forks: Fork[] = [];
  for (const { prefix, node: next } of node.forks.values()) {
    const reference = await save(next, write);
    forks.push({ type: next.type, prefix, reference, metadata: next.metadata });
  }
  const hasReference = node.entry !== undefined || forks.length > 0;
  const referenceSize = hasReference ? REFERENCE_SIZE : node.referenceSize;
  return write(encodeManifestNode({ referenceSize, entry: node.entry, forks }));
}
