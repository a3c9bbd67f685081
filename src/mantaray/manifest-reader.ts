import { equalBytes } from "../encoding/bytes.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import { type ManifestNode, type Metadata, parseManifestNode, TYPE } from "./manifest-node.js";

/** Bytes of a path that are looked up. */
const MAX_PATH_SIZE = 2048;
/** Nodes from the root to a path's end. A name of any length takes one for each 30 bytes, and one where names part. */
const MAX_DEPTH = 256;
/** Bytes of all nodes that one reader reads and keeps: a node may be large, and a path may be long, but not both. */
const MAX_TOTAL_SIZE = 16 << 20;

/** What a path of a manifest leads to. */
export interface FoundEntry {
  /** Address of a file, 32 bytes; undefined where the path has metadata only. */
  readonly reference: Uint8Array | undefined;
  readonly metadata: Metadata;
}

/** Gives the bytes of the file at an address, verified; refuses those longer than a node may be. */
export type LoadNode = (address: Uint8Array) => Promise<Uint8Array>;

interface Place {
  readonly node: ManifestNode;
  readonly type: number;
  readonly metadata: Metadata;
}

/** Looks up paths in a mantaray manifest that anybody may have made: it reads the nodes on the way, and no others. */
export class ManifestReader {
  readonly #root: Uint8Array;
  readonly #load: LoadNode;
  readonly #nodes = new Map<string, ManifestNode>();
  #bytes = 0;

  /** @param root address of the root's bytes, 32 bytes */
  constructor(root: Uint8Array, load: LoadNode) {
    this.#root = root;
    this.#load = load;
  }

  /**
   * What is at `path`; undefined where nothing is, a folder included.
   * @throws CatnixError `MANIFEST_INVALID`, also where the path or the manifest is too deep, or its nodes too large; whatever `load` throws
   */
  async find(path: string): Promise<FoundEntry | undefined> {
    const bytes = this.#pathBytes(path);
    const { place, rest } = await this.#walk(bytes);
    if (rest.length > 0 || (place.type & TYPE.value) === 0) return undefined;
    return { reference: place.node.entry, metadata: place.metadata };
  }

  /** Whether any path begins with `prefix`; throws like {@link find}. */
  async hasPrefix(prefix: string): Promise<boolean> {
    const { place, rest } = await this.#walk(this.#pathBytes(prefix));
    if (rest.length === 0) return true;
    const fork = place.node.forks.get(rest[0]!);
    return fork !== undefined && equalBytes(fork.prefix.subarray(0, rest.length), rest);
  }

  /** Follows `path` as far as whole forks go. */
  async #walk(path: Uint8Array): Promise<{ place: Place; rest: Uint8Array }> {
    let place: Place = { node: await this.#open(this.#root), type: 0, metadata: {} };
    let rest = path;
    for (let depth = 0; rest.length > 0; depth++) {
      const fork = place.node.forks.get(rest[0]!);
      if (fork === undefined || !equalBytes(rest.subarray(0, fork.prefix.length), fork.prefix)) break;
      if (depth === MAX_DEPTH) throw this.#fail(`more than ${MAX_DEPTH} nodes on one path`);
      place = { node: await this.#open(fork.reference), type: fork.type, metadata: fork.metadata };
      rest = rest.subarray(fork.prefix.length);
    }
    return { place, rest };
  }

  async #open(address: Uint8Array): Promise<ManifestNode> {
    const key = toHex(address);
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    const bytes = await this.#load(address);
    this.#bytes += bytes.length;
    if (this.#bytes > MAX_TOTAL_SIZE) throw this.#fail(`nodes of more than ${MAX_TOTAL_SIZE} bytes`);
    const node = parseManifestNode(bytes, address);
    this.#nodes.set(key, node);
    return node;
  }

  #pathBytes(path: string): Uint8Array {
    const bytes = Buffer.from(path);
    if (bytes.length > MAX_PATH_SIZE) throw this.#fail(`a path of ${bytes.length} bytes`);
    return bytes;
  }

  #fail(reason: string): CatnixError {
    return new CatnixError("MANIFEST_INVALID", { address: toHex(this.#root), reason });
  }
}
