import { existsSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import { z } from "zod";
import { CatnixError } from "../errors/catnix-error.js";
import { describeIssues } from "../errors/describe-issues.js";
import { readTextFile } from "../files/read-file.js";
import { type Config, configSchema } from "./schema.js";

/** Where a setting is spelled, for each of them. */
export interface Setting {
  /** As in `catnix.json`: `chain.rpcUrl`. */
  readonly key: string;
  /** The same in the environment: `CATNIX_CHAIN_RPC_URL`. */
  readonly variable: string;
  readonly description: string;
  readonly isPath: boolean;
  /** Whether it may hold credentials, which are not shown. */
  readonly isUrl: boolean;
}

const DEFAULT_FILE = "catnix.json";
const MAX_CONFIG_SIZE = 1 << 20;

/** All settings, in the order of the schema. */
export function listSettings(): Setting[] {
  const walk = (shape: Record<string, z.core.$ZodType>, prefix: string[]): Setting[] =>
    Object.entries(shape).flatMap(([name, type]) => {
      const path = [...prefix, name];
      const object = unwrap(type);
      if (object instanceof z.ZodObject) return walk(object.shape, path);
      const has = (name: "path" | "url") =>
        (type as z.ZodType).meta()?.[name] === true || (object as z.ZodType).meta()?.[name] === true;
      return [
        {
          key: path.join("."),
          variable: `CATNIX_${path.map(toUpperSnake).join("_")}`,
          description: describe(type),
          isPath: has("path"),
          isUrl: has("url"),
        },
      ];
    });
  return walk(configSchema.shape, []);
}

function unwrap(type: z.core.$ZodType): z.core.$ZodType {
  const inner = (type._zod.def as { innerType?: z.core.$ZodType; in?: z.core.$ZodType }).innerType;
  return inner ? unwrap(inner) : type;
}

function describe(type: z.core.$ZodType): string {
  const own = (type as z.ZodType).description;
  const inner = (type._zod.def as { innerType?: z.core.$ZodType }).innerType;
  return own ?? (inner ? describe(inner) : "");
}

function toUpperSnake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

export interface ConfigOptions {
  /** From `--config`; else `CATNIX_CONFIG`, else `catnix.json` where it exists. */
  readonly file?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The configuration: defaults, then the file, then the environment.
 * @throws CatnixError CONFIG_INVALID, FILE_UNREADABLE
 */
export async function loadConfig(options: ConfigOptions): Promise<Config> {
  const file = findConfigFile(options);
  const parsed = parseConfig(file === undefined ? {} : await readConfigFile(file), { file, env: options.env });
  if ("config" in parsed) return parsed.config;
  const problems = describeIssues(parsed.issues);
  throw new CatnixError("CONFIG_INVALID", { source: file ?? "the environment", problems });
}

/** The file that the configuration is read from, where there is one. */
export function findConfigFile({ file, env }: ConfigOptions): string | undefined {
  return file ?? env["CATNIX_CONFIG"] ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
}

/**
 * Puts a file's values, which stay as they are, and the environment together.
 * @returns what is wrong by key, where something is
 */
export function parseConfig(
  fileValues: Readonly<Record<string, unknown>>,
  { file, env }: ConfigOptions,
): { config: Config } | { issues: readonly z.core.$ZodIssue[] } {
  const values = structuredClone(fileValues) as Record<string, unknown>;
  for (const { key, variable } of listSettings()) {
    const value = env[variable];
    if (value !== undefined) setAt(values, key.split("."), value);
  }
  const parsed = configSchema.safeParse(values);
  if (!parsed.success) return { issues: parsed.error.issues };
  const config = parsed.data;
  const base = file === undefined ? process.cwd() : dirname(resolve(file));
  // A path in the environment counts from the working folder, as in every other program.
  for (const { key, variable, isPath } of listSettings()) {
    if (!isPath) continue;
    const value = getAt(config, key);
    const from = env[variable] === undefined ? base : process.cwd();
    if (typeof value === "string" && !isAbsolute(value)) setAt(config, key.split("."), resolve(from, value));
  }
  return { config };
}

/** @throws CatnixError CONFIG_INVALID where it is no JSON object; FILE_UNREADABLE */
export async function readConfigFile(file: string): Promise<Record<string, unknown>> {
  const text = await readTextFile(file, MAX_CONFIG_SIZE);
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message : "it is not a JSON object";
    throw new CatnixError("CONFIG_INVALID", { source: file, problems: [reason] }, { cause: error });
  }
}

/** The value at a key such as `chain.rpcUrl`; undefined where there is none. */
export function getAt(object: object, key: string): unknown {
  return key
    .split(".")
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | null | undefined)?.[name], object);
}

/** Sets a value, making the objects above it; does nothing below something else, which the schema then refuses. */
function setAt(object: object, path: string[], value: unknown): void {
  let at = object as Record<string, unknown>;
  for (const name of path.slice(0, -1)) {
    const next = (at[name] ??= {});
    if (typeof next !== "object") return;
    at = next as Record<string, unknown>;
  }
  at[path.at(-1)!] = value;
}

/**
 * Which registry this is about.
 * @throws CatnixError CONFIG_INCOMPLETE
 */
export function requireRegistry(config: Config): { chainId: number; registry: string } {
  const { chainId, registry } = config.chain;
  if (registry === undefined)
    throw new CatnixError("CONFIG_INCOMPLETE", { key: "chain.registry", variable: "CATNIX_CHAIN_REGISTRY" });
  if (chainId === undefined)
    throw new CatnixError("CONFIG_INCOMPLETE", { key: "chain.chainId", variable: "CATNIX_CHAIN_CHAIN_ID" });
  return { chainId, registry };
}
