import { isUtf8 } from "node:buffer";
import { compareBytes } from "../encoding/bytes.js";
import { CatnixError } from "../errors/catnix-error.js";
import { MAX_LISTING_SIZE } from "./listing-encoder.js";
import { maxNarDepth, maxNarNameLength, maxNarTargetLength, narMagic, narPadding, narTokenSize } from "./nar-token.js";

/** What stands at one place of a NAR. */
export type ListingNode =
  | {
      readonly type: "directory";
      /** By name, in the order of the NAR. */
      readonly entries: ReadonlyMap<string, ListingNode>;
    }
  | {
      readonly type: "regular";
      readonly executable: boolean;
      /** The first byte of the contents in the NAR. */
      readonly narOffset: number;
      /** Bytes of the contents. */
      readonly size: number;
    }
  | { readonly type: "symlink"; readonly target: string };

/** What a listing says of its NAR. */
export interface Listing {
  readonly root: ListingNode;
  /** Bytes of the NAR: they follow from the names and sizes, and must be the record's `NarSize`. */
  readonly narSize: number;
}

/**
 * Reads the listing of a NAR, accepting only the one spelling (docs/spec.md, Listing) of what can be one: names, targets and
 * depth by the rules of NARs, and every `narOffset` where the NAR of just these names and sizes has it, so that no listing
 * leads into another file's bytes.
 * @throws CatnixError LISTING_INVALID
 */
export function parseListing(bytes: Uint8Array): Listing {
  if (bytes.length > MAX_LISTING_SIZE) throw invalid(0, `larger than ${MAX_LISTING_SIZE} bytes`);
  if (!isUtf8(bytes)) throw invalid(0, "not UTF-8");
  return new ListingParser(Buffer.from(bytes).toString("utf8")).parse();
}

interface OpenDirectory {
  readonly entries: Map<string, ListingNode>;
  /** The UTF-8 of the last name; empty before the first. */
  last: Uint8Array;
}

/** Characters of a string at most: each byte of a name or target is up to six of them (`\u0001`), and two are quotes. */
const MAX_STRING = 6 * Math.max(maxNarNameLength, maxNarTargetLength) + 2;
const NUMBER = /0|[1-9][0-9]{0,15}/y;

const wordsSize = (...words: string[]) => words.reduce((sum, word) => sum + narTokenSize(word.length), 0);
/** Bytes of what stands around names and contents in a NAR; its grammar is in nar-parser.ts. */
const narBytes = {
  magic: wordsSize(narMagic),
  beforeName: wordsSize("entry", "(", "name"),
  afterName: wordsSize("node"),
  directory: wordsSize("(", "type", "directory"),
  symlink: wordsSize("(", "type", "symlink", "target"),
  regular: wordsSize("(", "type", "regular", "contents"),
  executable: wordsSize("executable", ""),
  length: 8,
  close: wordsSize(")"),
};

/** Walks the text and, beside it, the NAR that it is about. */
class ListingParser {
  readonly #text: string;
  #at = 0;
  #narOffset = narBytes.magic;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Listing {
    this.#expect('{"root":');
    const root = this.#tree();
    this.#expect(',"version":1}');
    if (this.#at < this.#text.length) throw this.#invalid("something follows the end");
    return { root, narSize: this.#narOffset };
  }

  /** The root node and all below it; a loop, since a tree can be deeper than the call stack should be. */
  #tree(): ListingNode {
    const open: OpenDirectory[] = [];
    let root: ListingNode | undefined;
    let name = "";
    for (;;) {
      const entries = this.#startDirectory(open.length);
      const node: ListingNode = entries === undefined ? this.#leaf() : { type: "directory", entries };
      const parent = open.at(-1);
      if (parent === undefined) root = node;
      else parent.entries.set(name, node);
      if (entries === undefined) this.#closeNode(open.length);
      else open.push({ entries, last: new Uint8Array(0) });

      // Close what ends here, until an entry follows.
      while (open.length > 0 && this.#skip("}")) {
        this.#expect(',"type":"directory"}');
        open.pop();
        this.#closeNode(open.length);
      }
      const directory = open.at(-1);
      if (directory === undefined) return root!;
      if (directory.entries.size > 0) this.#expect(",");
      name = this.#name(directory);
      this.#expect(":");
    }
  }

  #startDirectory(depth: number): Map<string, ListingNode> | undefined {
    if (!this.#skip('{"entries":{')) return undefined;
    if (depth === maxNarDepth) throw this.#invalid(`more than ${maxNarDepth} folders deep`);
    this.#narOffset += narBytes.directory;
    return new Map();
  }

  #leaf(): ListingNode {
    return this.#skip('{"target":') ? this.#symlink() : this.#file();
  }

  #symlink(): ListingNode {
    const { text: target, bytes } = this.#string();
    if (bytes.length === 0 || bytes.length > maxNarTargetLength || bytes.includes(0))
      throw this.#invalid("not the target of a symlink");
    this.#expect(',"type":"symlink"}');
    this.#narOffset += narBytes.symlink + narTokenSize(bytes.length);
    return { type: "symlink", target };
  }

  #file(): ListingNode {
    this.#expect("{");
    const executable = this.#skip('"executable":true,');
    this.#expect('"narOffset":');
    const narOffset = this.#number();
    this.#narOffset += narBytes.regular + (executable ? narBytes.executable : 0) + narBytes.length;
    if (narOffset !== this.#narOffset) throw this.#invalid(`the contents are at byte ${this.#narOffset} of the NAR`);
    this.#expect(',"size":');
    const size = this.#number();
    this.#narOffset += size + narPadding(size);
    this.#expect(',"type":"regular"}');
    return { type: "regular", executable, narOffset, size };
  }

  /** The end of a node in the NAR, and of the entry that holds it. */
  #closeNode(depth: number): void {
    this.#narOffset += depth > 0 ? 2 * narBytes.close : narBytes.close;
    if (!Number.isSafeInteger(this.#narOffset)) throw this.#invalid("a NAR of more than 2^53 - 1 bytes");
  }

  #name(directory: OpenDirectory): string {
    const { text, bytes } = this.#string();
    if (text === "" || text === "." || text === ".." || /[/\0]/.test(text) || bytes.length > maxNarNameLength)
      throw this.#invalid("not the name of an entry");
    if (compareBytes(directory.last, bytes) >= 0) throw this.#invalid("names are not strictly ascending");
    directory.last = bytes;
    this.#narOffset += narBytes.beforeName + narTokenSize(bytes.length) + narBytes.afterName;
    return text;
  }

  /** A string in the spelling of `JSON.stringify`: escaped is only what must be. */
  #string(): { text: string; bytes: Uint8Array } {
    const token = this.#stringToken();
    let text: unknown;
    try {
      text = JSON.parse(token);
    } catch {
      throw this.#invalid("wanted a string");
    }
    if (typeof text !== "string" || JSON.stringify(text) !== token || !text.isWellFormed())
      throw this.#invalid("wanted a string in its one spelling");
    return { text, bytes: Buffer.from(text) };
  }

  /** From quote to quote; empty where there is none, or it is far. No pattern: that would need a stack as long as the string. */
  #stringToken(): string {
    const start = this.#at;
    if (this.#text[start] !== '"') return "";
    let end = start + 1;
    while (end - start < MAX_STRING && end < this.#text.length && this.#text[end] !== '"')
      end += this.#text[end] === "\\" ? 2 : 1;
    this.#at = end + 1;
    return this.#text.slice(start, end + 1);
  }

  #number(): number {
    const token = this.#match(NUMBER);
    const number = Number(token);
    if (token === "" || !Number.isSafeInteger(number)) throw this.#invalid("wanted a number below 2^53");
    return number;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const token = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += token.length;
    return token;
  }

  #skip(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #expect(text: string): void {
    if (!this.#skip(text)) throw this.#invalid(`wanted ${text}`);
  }

  #invalid(reason: string): CatnixError {
    return invalid(this.#at, reason);
  }
}

function invalid(character: number, reason: string): CatnixError {
  return new CatnixError("LISTING_INVALID", { character, reason });
}
