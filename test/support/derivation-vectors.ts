import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("../vectors/derivations/", import.meta.url);

/** The `.drv` files that a real Nix wrote (test/vectors/derivations), by the base names of their store paths. */
export const derivationVectors: ReadonlyMap<string, Buffer> = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith(".drv"))
    .map((name) => [name, readFileSync(new URL(name, folder))]),
);

/** The one whose name begins so: its store path and its text. */
export function derivationVector(name: string): { path: string; text: Buffer } {
  const [baseName, text] = [...derivationVectors].find(([baseName]) => baseName.slice(33).startsWith(name))!;
  return { path: `/nix/store/${baseName}`, text };
}
