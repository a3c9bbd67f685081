import { readFileSync } from "node:fs";

/** A file of test/vectors/nix as text. */
export function readNixVector(name: string): string {
  return readNixVectorBytes(name).toString("utf8");
}

/** A file of test/vectors/nix. */
export function readNixVectorBytes(name: string): Buffer {
  return readFileSync(new URL(`../vectors/nix/${name}`, import.meta.url));
}
