import { createHash } from "node:crypto";
import type { ContentAddress } from "./content-address.js";
import { makeStorePath } from "./make-store-path.js";

/** What besides the content address goes into a content-addressed store path. */
export interface ContentPathOf {
  /** What follows the hash part. */
  readonly name: string;
  /** Full store paths, in any order; the path itself is not among them. */
  readonly references: readonly string[];
  /** Whether the contents mention the path itself. */
  readonly isSelfReferring: boolean;
  readonly storeDir: string;
}

/**
 * The store path that follows from contents (libstore/store-dir-config.cc, `makeFixedOutputPath` and `makeTextPath`).
 * @returns undefined where Nix makes none: contents that are no NAR of SHA-256 and no text refer to nothing, and a text not to
 * itself
 */
export function contentPath(
  { method, algorithm, hash }: ContentAddress,
  { name, references, isSelfReferring, storeDir }: ContentPathOf,
): string | undefined {
  const refer = (type: string) => [type, ...references.toSorted(), ...(isSelfReferring ? ["self"] : [])].join(":");
  if (method === "text") return isSelfReferring ? undefined : makeStorePath(refer("text"), hash, name, storeDir);
  if (method === "nar" && algorithm === "sha256") return makeStorePath(refer("source"), hash, name, storeDir);
  if (references.length > 0 || isSelfReferring) return undefined;
  const prefix = { flat: "", nar: "r:", git: "git:" }[method];
  const inner = `fixed:out:${prefix}${algorithm}:${Buffer.from(hash).toString("hex")}:`;
  return makeStorePath("output:out", createHash("sha256").update(inner).digest(), name, storeDir);
}
