import type { NarDifference, NarNodeType } from "./diff-nars.js";

const types: Readonly<Record<NarNodeType, string>> = {
  directory: "a directory",
  regular: "a regular file",
  symlink: "a symlink",
};

/**
 * A difference in one line for people. Names in it come from a NAR: whoever prints it makes it printable.
 * @param first what the first NAR is, as in "published"
 */
export function describeDifference(difference: NarDifference, first = "published", second = "rebuilt"): string {
  const path = difference.path === "" ? "the store path itself" : difference.path;
  switch (difference.kind) {
    case "missing":
      return `${path}: not in what was ${difference.in === "first" ? first : second}`;
    case "type":
      return `${path}: ${first} ${types[difference.first]}, ${second} ${types[difference.second]}`;
    case "executable":
      return `${path}: executable only as ${difference.first ? first : second}`;
    case "target":
      return `${path}: ${first} a symlink to ${quote(difference.first)}, ${second} to ${quote(difference.second)}`;
    case "content": {
      const { offset, firstSize, secondSize } = difference;
      const sizes =
        firstSize === secondSize ? `${firstSize} bytes both` : `${first} ${firstSize} bytes, ${second} ${secondSize}`;
      return `${path}: other bytes from byte ${offset} on (${sizes})`;
    }
  }
}

function quote(target: string): string {
  return JSON.stringify(target);
}
