/** A name as Nix splits it. */
export interface DrvName {
  /** The package: `python3.12-requests` of `python3.12-requests-2.32.3`. */
  readonly name: string;
  /** `2.32.3`, an output's suffix included; empty where there is none. */
  readonly version: string;
}

/**
 * Splits a name as `builtins.parseDrvName` and `nix-env` do (nix, src/libstore/names.cc): the version begins behind the first dash that no
 * letter follows.
 */
export function parseDrvName(text: string): DrvName {
  const at = text.search(/-[^A-Za-z]/);
  return at < 0 ? { name: text, version: "" } : { name: text.slice(0, at), version: text.slice(at + 1) };
}
