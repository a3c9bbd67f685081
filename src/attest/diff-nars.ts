/** What a NAR has at a path. */
export type NarNodeType = "directory" | "regular" | "symlink";

/**
 * One way in which the second of two NARs is not the first. `path` is that of the file in the store path, without a slash
 * before it; empty for the store path itself. Bytes that are not UTF-8 are replaced in it.
 */
export type NarDifference =
  /** Only one of them has it; whatever is below is not named. */
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
