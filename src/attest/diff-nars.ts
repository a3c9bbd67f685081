import { compareBytes, equalBytes } from "../encoding/bytes.js";
import { NarCursor, type NarNode } from "./nar-cursor.js";

/** What a NAR has at a path. */
export type NarNodeType = "directory" | "regular" | "symlink";

/**
 * One way in which the second of two NARs is not the first. `path` is that of the file in the store path, without a slash
 * before it; empty for the store path itself. Bytes that are not UTF-8 are replaced in it.
 */
export type NarDifference =
  /** It is missing in that one and the other has it; whatever is below it is not named. */
  | { readonly kind: "missing"; readonly path: string; readonly in: "first" | "second" }
  | { readonly kind: "type"; readonly path: string; readonly first: NarNodeType; readonly second: NarNodeType }
  /** Whether the file is executable. */
  | { readonly kind: "executable"; readonly path: string; readonly first: boolean; readonly second: boolean }
  /**
   * Other bytes: sizes of both files, and the first byte that differs, counted from 0 in the file. Where one is the
   * other's beginning, that is the size of the shorter.
   */
  | {
      readonly kind: "content";
      readonly path: string;
      readonly offset: number;
      readonly firstSize: number;
      readonly secondSize: number;
    }
  /** Where a symlink leads. */
  | { readonly kind: "target"; readonly path: string; readonly first: string; readonly second: string };

/**
 * Walks two NARs side by side and says in what they differ, in their order. Both are read once, no further
 * than the file of the last difference that is wanted; memory: a piece of each, and the names of the directories that are open.
 * @param limit the most that are named, at least 1; the first one where not given
 * @returns nothing where the NARs are equal
 * @throws CatnixError NAR_… where one of them is none; what the streams throw
 */
export async function diffNars(
  first: AsyncIterable<Uint8Array>,
  second: AsyncIterable<Uint8Array>,
  limit = 1,
): Promise<NarDifference[]> {
  const differences: NarDifference[] = [];
  for await (const difference of findDifferences(new NarCursor(first), new NarCursor(second))) {
    differences.push(difference);
    if (differences.length === limit) break;
  }
  return differences;
}

type Differences = AsyncGenerator<NarDifference, void, undefined>;

async function* findDifferences(first: NarCursor, second: NarCursor): Differences {
  try {
    const [one, other] = [await first.nextEntry(), await second.nextEntry()];
    yield* compareNodes(first, one!, second, other!, []);
    await Promise.all([first.finish(), second.finish()]);
  } finally {
    await Promise.all([first.close(), second.close()]);
  }
}

async function* compareNodes(
  first: NarCursor,
  one: NarNode,
  second: NarCursor,
  other: NarNode,
  path: readonly Uint8Array[],
): Differences {
  if (one.type === "directory" && other.type === "directory") yield* compareDirectories(first, second, path);
  else if (one.type === "file" && other.type === "file") {
    if (one.executable !== other.executable)
      yield { kind: "executable", path: format(path), first: one.executable, second: other.executable };
    const offset = await findDifferentByte(first, second);
    const sizes = { firstSize: one.size, secondSize: other.size };
    if (offset !== undefined) yield { kind: "content", path: format(path), offset, ...sizes };
  } else if (one.type === "symlink" && other.type === "symlink") {
    const [to, otherTo] = [Buffer.from(one.target), Buffer.from(other.target)];
    if (!to.equals(otherTo))
      yield { kind: "target", path: format(path), first: to.toString(), second: otherTo.toString() };
  } else {
    yield { kind: "type", path: format(path), first: typeOf(one), second: typeOf(other) };
    await Promise.all([first.skip(one), second.skip(other)]);
  }
}

/** Entries of a NAR are ascending: both are walked as in a merge. */
async function* compareDirectories(first: NarCursor, second: NarCursor, path: readonly Uint8Array[]): Differences {
  let [one, other] = [await first.nextEntry(), await second.nextEntry()];
  while (one !== undefined || other !== undefined) {
    const order = one === undefined ? 1 : other === undefined ? -1 : compareBytes(one.name, other.name);
    if (order === 0) {
      yield* compareNodes(first, one!, second, other!, [...path, one!.name]);
      [one, other] = [await first.nextEntry(), await second.nextEntry()];
    } else if (order < 0) {
      yield { kind: "missing", path: format([...path, one!.name]), in: "second" };
      await first.skip(one!);
      one = await first.nextEntry();
    } else {
      yield { kind: "missing", path: format([...path, other!.name]), in: "first" };
      await second.skip(other!);
      other = await second.nextEntry();
    }
  }
}

/** Reads the contents of two files to their ends. @returns where they differ first; undefined where they are equal */
async function findDifferentByte(first: NarCursor, second: NarCursor): Promise<number | undefined> {
  const [one, other] = [new FileContent(first), new FileContent(second)];
  let equal = 0;
  while ((await one.fill()) && (await other.fill())) {
    const length = Math.min(one.bytes.length, other.bytes.length);
    const at = differentByte(one.bytes.subarray(0, length), other.bytes.subarray(0, length));
    equal += at ?? length;
    if (at !== undefined) break;
    one.take(length);
    other.take(length);
  }
  const hasMore = (await one.fill()) || (await other.fill());
  for (const file of [one, other]) while (await file.fill()) file.take(file.bytes.length);
  return hasMore ? equal : undefined;
}

/** The contents of the file that a cursor is in. */
class FileContent {
  bytes: Uint8Array = new Uint8Array(0);
  #hasEnded = false;

  constructor(readonly cursor: NarCursor) {}

  /** @returns whether there is anything in `bytes` */
  async fill(): Promise<boolean> {
    while (this.bytes.length === 0 && !this.#hasEnded) {
      const event = await this.cursor.next();
      if (event.type === "content") this.bytes = event.bytes;
      else this.#hasEnded = true;
    }
    return this.bytes.length > 0;
  }

  take(length: number): void {
    this.bytes = this.bytes.subarray(length);
  }
}

function differentByte(one: Uint8Array, other: Uint8Array): number | undefined {
  if (equalBytes(one, other)) return undefined;
  return one.findIndex((byte, at) => byte !== other[at]);
}

function typeOf({ type }: NarNode): NarNodeType {
  return type === "file" ? "regular" : type;
}

function format(path: readonly Uint8Array[]): string {
  return path.map((name) => Buffer.from(name).toString()).join("/");
}
