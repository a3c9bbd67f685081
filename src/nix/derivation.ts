import { CatnixError } from "../errors/catnix-error.js";
import { AtermReader, formatAtermString } from "./aterm-reader.js";
import { type DerivationOutput, formatOutput, parseOutput } from "./derivation-output.js";
import { defaultStoreDir, parseBaseName, parseStorePath } from "./store-path.js";

/** The largest `.drv` that is read: 16 MiB; those of nixpkgs have some kilobytes. */
export const MAX_DERIVATION_SIZE = 16 * 1024 * 1024;

/** What a `.drv` says: how to build its outputs. All texts are UTF-8. */
export interface Derivation {
  /** By name, such as `out`; at least one, ascending. */
  readonly outputs: ReadonlyMap<string, DerivationOutput>;
  /** The derivations of which it needs outputs: their names, ascending, by full store path. */
  readonly inputDerivations: ReadonlyMap<string, readonly string[]>;
  /** Full store paths that are no derivation's outputs: sources, scripts; ascending. */
  readonly inputSources: readonly string[];
  /** Such as `x86_64-linux`, or `builtin`. */
  readonly system: string;
  /** A program, or `builtin:…`. */
  readonly builder: string;
  readonly args: readonly string[];
  readonly env: ReadonlyMap<string, string>;
}

/**
 * Parses a `.drv` file in the one spelling that Nix writes (libstore/derivations.cc): lists ascending and without doubles, no
 * space, nothing after the end. Derivations that name outputs of outputs (`DrvWithVersion`) are refused, as are texts that
 * are not UTF-8.
 * @param storeDir the store folder that all of its paths must lie in
 * @throws CatnixError DERIVATION_INVALID
 */
export function parseDerivation(bytes: Uint8Array, storeDir: string = defaultStoreDir): Derivation {
  const reader = new AtermReader(decode(bytes));
  const path = (isWanted: (name: string) => boolean = () => true): string => parsePath(reader, storeDir, isWanted);
  reader.expect("Derive(");
  const outputs = reader.ascending(
    () => parseOutput(reader, storeDir),
    ([name]) => name,
  );
  if (outputs.length === 0) throw reader.invalid("no outputs");
  reader.expect(",");
  const inputDerivations = reader.ascending(
    (): [string, string[]] => {
      reader.expect("(");
      const derivation = path(isDerivationName);
      reader.expect(",");
      const names = reader.ascending(
        () => reader.string(),
        (name) => name,
      );
      if (names.length === 0 || names.some((name) => name === "")) throw reader.invalid("an input without outputs");
      reader.expect(")");
      return [derivation, names];
    },
    ([derivation]) => derivation,
  );
  reader.expect(",");
  const inputSources = reader.ascending(
    () => path(),
    (source) => source,
  );
  reader.expect(",");
  const system = reader.string();
  reader.expect(",");
  const builder = reader.string();
  reader.expect(",");
  const args = reader.list(() => reader.string());
  reader.expect(",");
  const env = reader.ascending(
    (): [string, string] => {
      reader.expect("(");
      const name = reader.string();
      reader.expect(",");
      const value = reader.string();
      reader.expect(")");
      return [name, value];
    },
    ([name]) => name,
  );
  reader.expect(")");
  reader.end();
  const [outputMap, inputMap] = [new Map(outputs), new Map(inputDerivations)];
  return { outputs: outputMap, inputDerivations: inputMap, inputSources, system, builder, args, env: new Map(env) };
}

/** The text of a `.drv`, strict inverse of {@link parseDerivation}; lists and maps are written in the order that they have. */
export function formatDerivation(derivation: Derivation): string {
  const { outputs, inputDerivations, inputSources, system, builder, args, env } = derivation;
  const string = formatAtermString;
  const strings = (texts: readonly string[]) => list(texts.map(string));
  const parts = [
    list([...outputs].map(([name, output]) => formatOutput(name, output))),
    list([...inputDerivations].map(([path, names]) => `(${string(path)},${strings(names)})`)),
    strings(inputSources),
    string(system),
    string(builder),
    strings(args),
    list([...env].map(([name, value]) => `(${string(name)},${string(value)})`)),
  ];
  return `Derive(${parts.join(",")})`;
}

/** What a `.drv` refers to: its input derivations and sources, as full store paths, ascending. */
export function referencesOf({ inputDerivations, inputSources }: Derivation): string[] {
  return [...new Set([...inputDerivations.keys(), ...inputSources])].sort();
}

/** Whether the name of a store path is that of a derivation. */
export function isDerivationName(name: string): boolean {
  return name.endsWith(".drv") && name.length > ".drv".length;
}

function decode(bytes: Uint8Array): string {
  if (bytes.length > MAX_DERIVATION_SIZE) {
    const reason = `it is larger than ${MAX_DERIVATION_SIZE} bytes`;
    throw new CatnixError("DERIVATION_INVALID", { character: 0, reason });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new CatnixError("DERIVATION_INVALID", { character: 0, reason: "it is not UTF-8" }, { cause });
  }
}

function parsePath(reader: AtermReader, storeDir: string, isWanted: (name: string) => boolean): string {
  const text = reader.string();
  try {
    const { path, baseName } = parseStorePath(text, storeDir);
    if (isWanted(parseBaseName(baseName).name)) return path;
  } catch (cause) {
    throw reader.invalid((cause as Error).message, cause);
  }
  throw reader.invalid(`${JSON.stringify(text.slice(0, 300))} is not a derivation`);
}

function list(items: readonly string[]): string {
  return `[${items.join(",")}]`;
}
