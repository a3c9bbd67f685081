import { isHex } from "../encoding/hex.js";
import { type AtermReader, formatAtermString } from "./aterm-reader.js";
import { contentHashBytes } from "./content-address.js";
import { parseStorePath } from "./store-path.js";

/** How a content-addressed output is hashed, as a derivation spells it before the algorithm. */
export type OutputMethod = "" | "r:" | "text:" | "git:";

/** One output of a derivation. */
export type DerivationOutput =
  /** Its path follows from the derivation; what its content is, only a build tells. */
  | { readonly kind: "input-addressed"; readonly path: string }
  /** Its content is known beforehand, as with downloads; `hash` is in lower-case hexadecimal. */
  | {
      readonly kind: "fixed";
      readonly path: string;
      readonly method: OutputMethod;
      readonly algorithm: string;
      readonly hash: string;
    }
  /** Its path follows from its content, which only a build tells (`__contentAddressed`). */
  | { readonly kind: "floating"; readonly method: OutputMethod; readonly algorithm: string }
  /** The same, and another one each time (`__impure`). */
  | { readonly kind: "impure"; readonly method: OutputMethod; readonly algorithm: string }
  /** Its path follows from the derivation once outputs of others are known. */
  | { readonly kind: "deferred" };

/**
 * `("out","/nix/store/…","r:sha256","…")`.
 * @throws CatnixError DERIVATION_INVALID
 */
export function parseOutput(reader: AtermReader, storeDir: string): [name: string, output: DerivationOutput] {
  reader.expect("(");
  const name = reader.string();
  if (!/^[0-9a-zA-Z+\-._?=]+$/.test(name))
    throw reader.invalid("an output's name has characters that Nix does not allow");
  reader.expect(",");
  const path = reader.string();
  reader.expect(",");
  const methodAndAlgorithm = reader.string();
  reader.expect(",");
  const hash = reader.string();
  reader.expect(")");
  if (path !== "") {
    try {
      parseStorePath(path, storeDir);
    } catch (cause) {
      throw reader.invalid((cause as Error).message, cause);
    }
  }
  return [name, makeOutput(reader, path, methodAndAlgorithm, hash)];
}

/** Strict inverse of {@link parseOutput}. */
export function formatOutput(name: string, output: DerivationOutput): string {
  const path = "path" in output ? output.path : "";
  const algorithm = "algorithm" in output ? output.method + output.algorithm : "";
  const hash = output.kind === "fixed" ? output.hash : output.kind === "impure" ? "impure" : "";
  return `(${[name, path, algorithm, hash].map(formatAtermString).join(",")})`;
}

function makeOutput(reader: AtermReader, path: string, how: string, hash: string): DerivationOutput {
  if (how === "") {
    if (hash !== "") throw reader.invalid("an output has a hash without its algorithm");
    return path === "" ? { kind: "deferred" } : { kind: "input-addressed", path };
  }
  const [, method, algorithm] = /^(r:|text:|git:|)([a-z0-9]+)$/.exec(how) ?? [];
  const bytes = algorithm === undefined ? undefined : contentHashBytes(algorithm);
  if (algorithm === undefined || bytes === undefined)
    throw reader.invalid(`${JSON.stringify(how.slice(0, 80))} is no way to hash an output`);
  const content = { method: method as OutputMethod, algorithm };
  if (path !== "") {
    if (!isHex(hash, bytes)) throw reader.invalid(`an output's hash is not ${bytes} bytes in hexadecimal`);
    return { kind: "fixed", path, ...content, hash };
  }
  if (hash === "impure") return { kind: "impure", ...content };
  if (hash !== "") throw reader.invalid("an output has a hash and no path");
  return { kind: "floating", ...content };
}
