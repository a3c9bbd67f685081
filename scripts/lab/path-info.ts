import { z } from "zod";
import { LabError } from "./lab-error.js";

/** What a store says about a path. */
export interface PathInfo {
  readonly path: string;
  /** As Nix printed it; see `NixClient.narHashes` for one form on every version. */
  readonly narHash: string;
  /** Bytes. */
  readonly narSize: number;
  /** Full store paths. */
  readonly references: readonly string[];
  readonly deriver?: string;
  readonly signatures: readonly string[];
}

const info = z.object({
  narHash: z.string(),
  narSize: z.number().int().positive(),
  references: z.array(z.string()),
  deriver: z.string().nullish(),
  signatures: z.array(z.string()).default([]),
});
const invalid = z.object({ valid: z.literal(false) });

/** Nix 2.8 prints a list in which an absent path is `valid: false`; from 2.19 on an object in which it is null. */
const listForm = z.array(z.union([invalid.extend({ path: z.string() }), info.extend({ path: z.string() })]));
const objectForm = z.record(z.string().startsWith("/"), info.nullable());

/**
 * Parses what `nix path-info --json` prints, of any version since 2.8; paths that the store does not have are left out.
 * @throws LabError OUTPUT_UNEXPECTED where it is neither form
 */
export function parsePathInfo(json: string): PathInfo[] {
  const parsed = z.union([listForm, objectForm]).safeParse(parseJson(json));
  if (!parsed.success) throw new LabError("OUTPUT_UNEXPECTED", "nix path-info --json printed an unknown form");
  const entries = Array.isArray(parsed.data)
    ? parsed.data.map((entry) => [entry.path, "valid" in entry ? null : entry] as const)
    : Object.entries(parsed.data);
  return entries.flatMap(([path, found]) => {
    if (!found) return [];
    const { narHash, narSize, references, deriver, signatures } = found;
    return [{ path, narHash, narSize, references, signatures, ...(deriver ? { deriver } : {}) }];
  });
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new LabError("OUTPUT_UNEXPECTED", "nix path-info --json printed no JSON", { cause });
  }
}
