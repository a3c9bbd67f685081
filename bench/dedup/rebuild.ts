import { createHash } from "node:crypto";
import { encodeNixBase32 } from "../../src/encoding/nix-base32.js";
import { readSections, type Section } from "./elf-sections.js";

const HASH_PART = 32;
const BUILD_ID = 20;
const CONTENTS = Buffer.from("\x08\0\0\0\0\0\0\0contents", "latin1");

/** A store path before and after the rebuild of everything. */
export interface Rebuilt {
  readonly before: Buffer;
  readonly after: Buffer;
  /** Hash parts that each may mention. */
  readonly referencesBefore: readonly string[];
  readonly referencesAfter: readonly string[];
  readonly elfFiles: number;
  /** Pages of 4,096 bytes that differ. */
  readonly pages: number;
}

/** A hash part: 32 characters of nix-base32. */
export function makeHashPart(seed: string): string {
  return encodeNixBase32(createHash("sha256").update(seed).digest().subarray(0, BUILD_ID));
}

/**
 * Makes out of a NAR of Debian's files what nixpkgs would have built, and then what it would build after a change far below: the
 * ELF files and scripts mention store paths, where Nix's own do (run paths in `.dynstr`, the path itself in `.rodata`, the interpreter of
 * a script); the second build has all hash parts renamed and all build ids changed, and is otherwise equal.
 * @param nar is changed
 * @param references hash parts, the first the interpreter, the last the path itself
 */
export function simulateRebuild(nar: Buffer, references: readonly string[]): Rebuilt {
  const self = references.at(-1)!;
  const buildIds: number[] = [];
  let elfFiles = 0;
  for (const { start, size } of findFiles(nar)) {
    const sections = readSections(nar, start, size);
    if (sections) {
      elfFiles++;
      const seed = String(elfFiles);
      const order = (hash: string) => createHash("sha256").update(hash).update(seed).digest("hex");
      const chosen = [...references].sort((a, b) => (order(a) < order(b) ? -1 : 1)).slice(0, 3);
      put(nar, sections.get(".dynstr"), chosen, 44);
      put(nar, sections.get(".rodata"), [self, self], 300);
      const note = sections.get(".note.gnu.build-id");
      if (note) buildIds.push(note.start + note.size - BUILD_ID);
    } else if (size > 80 && nar.toString("latin1", start, start + 2) === "#!") {
      nar.write(references[0]!, start + 10, "latin1");
    }
  }
  const after = Buffer.from(nar);
  const referencesAfter = references.map((hash) => makeHashPart(`rebuilt ${hash}`));
  for (const [at, hash] of references.entries())
    for (let found = nar.indexOf(hash); found >= 0; found = nar.indexOf(hash, found + HASH_PART))
      after.write(referencesAfter[at]!, found, "latin1");
  for (const at of buildIds)
    createHash("sha1")
      .update(nar.subarray(at, at + BUILD_ID))
      .digest()
      .copy(after, at);
  const pages = countPages(nar, after);
  return { before: nar, after, referencesBefore: references, referencesAfter, elfFiles, pages };
}

/** The contents of all regular files of a NAR. */
function* findFiles(nar: Buffer): Generator<Section, void, undefined> {
  for (let at = nar.indexOf(CONTENTS); at >= 0;) {
    const start = at + CONTENTS.length + 8;
    const size = start <= nar.length ? Number(nar.readBigUInt64LE(start - 8)) : Infinity;
    const isFile = start + size <= nar.length; // otherwise the word stands in a file
    if (isFile) yield { start, size };
    at = nar.indexOf(CONTENTS, isFile ? start + size : at + 8);
  }
}

/** Writes hash parts into the middle of a section, `gap` bytes apart; one only where there is no room for all. */
function put(nar: Buffer, section: Section | undefined, hashes: readonly string[], gap: number): void {
  if (section === undefined || section.size < 96) return;
  const all = (HASH_PART + gap) * hashes.length;
  const fits = section.size >= all + 64;
  let at = section.start + Math.floor((section.size - (fits ? all : HASH_PART)) / 2);
  for (const hash of fits ? hashes : hashes.slice(0, 1)) {
    nar.write(hash, at, "latin1");
    at += HASH_PART + gap;
  }
}

function countPages(a: Buffer, b: Buffer): number {
  let pages = 0;
  for (let at = 0; at < a.length; at += 4096)
    if (a.compare(b, at, Math.min(at + 4096, b.length), at, Math.min(at + 4096, a.length)) !== 0) pages++;
  return pages;
}
