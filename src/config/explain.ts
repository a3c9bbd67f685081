import { resolve } from "node:path";
import { isCatnixError } from "../errors/catnix-error.js";
import { describeIssues } from "../errors/describe-issues.js";
import { withoutSecrets } from "./endpoint-url.js";
import {
  type ConfigOptions,
  findConfigFile,
  getAt,
  listSettings,
  parseConfig,
  readConfigFile,
  type Setting,
} from "./load.js";
import { type Config, configSchema } from "./schema.js";

/** A setting, what it is set to and by what. */
export interface ExplainedSetting extends Setting {
  /** As it counts, or as it was given where it is wrong; of a URL without its secrets. */
  readonly value: unknown;
  readonly source: "default" | "file" | "environment";
  /** What is wrong with it. */
  readonly problem?: string;
}

export interface ExplainedConfig {
  /** Absolute path of the configuration file; undefined where there is none. */
  readonly file: string | undefined;
  /** What said so. */
  readonly fileFrom: "--config" | "CATNIX_CONFIG" | "working folder" | undefined;
  readonly settings: readonly ExplainedSetting[];
  /** Everything that is wrong, beside what `settings` says: an unreadable file, keys that there are not. */
  readonly problems: readonly string[];
  /** Variables of the environment that look like settings and are none. */
  readonly unknownVariables: readonly string[];
  /** Undefined where anything is wrong. */
  readonly config: Config | undefined;
}

/** Explains the configuration; what is wrong with it is part of the answer, and nothing is thrown. */
export async function explainConfig(options: ConfigOptions): Promise<ExplainedConfig> {
  const { env } = options;
  const file = findConfigFile(options);
  const read = file === undefined ? { values: {} } : await readFileValues(file);
  const { values, problem } = { problem: undefined, ...read };
  const parsed = parseConfig(values, { file, env });
  const issues = "issues" in parsed ? parsed.issues : [];
  const config = "config" in parsed && problem === undefined ? parsed.config : undefined;
  const settings = listSettings().map((setting): ExplainedSetting => {
    const [inEnv, inFile] = [env[setting.variable], getAt(values, setting.key)];
    const source = inEnv !== undefined ? "environment" : inFile !== undefined ? "file" : "default";
    const given = inEnv ?? inFile ?? getAt(configSchema.parse({}), setting.key);
    const value = "config" in parsed ? getAt(parsed.config, setting.key) : given;
    const issue = issues.find(({ path }) => path.join(".") === setting.key);
    return { ...setting, value: show(setting, value), source, ...(issue && { problem: issue.message }) };
  });
  const keys = new Set(settings.map(({ key }) => key));
  const others = issues.filter(({ path }) => !keys.has(path.join(".")));
  return {
    file: file === undefined ? undefined : resolve(file),
    fileFrom: file === undefined ? undefined : sourceOfFile(options),
    settings,
    problems: [...(problem === undefined ? [] : [problem]), ...describeIssues(others)],
    unknownVariables: findUnknownVariables(env),
    config,
  };
}

async function readFileValues(file: string): Promise<{ values: Record<string, unknown>; problem?: string }> {
  try {
    return { values: await readConfigFile(file) };
  } catch (error) {
    if (!isCatnixError(error)) throw error;
    return { values: {}, problem: error.message };
  }
}

function sourceOfFile({ file, env }: ConfigOptions): ExplainedConfig["fileFrom"] {
  if (file !== undefined) return "--config";
  return env["CATNIX_CONFIG"] === undefined ? "working folder" : "CATNIX_CONFIG";
}

/** What is no URL may still hold somebody's password. */
function show({ isUrl }: Setting, value: unknown): unknown {
  if (!isUrl || value === undefined) return value;
  if (Array.isArray(value)) return value.map((one: unknown) => showUrl(one));
  return showUrl(value);
}

function showUrl(value: unknown): string {
  return typeof value === "string" && /^https?:/.test(value) && URL.canParse(value) ? withoutSecrets(value) : "…";
}

/** `CATNIX_CHAIN_RPCURL`, for instance: only below the sections, since other programs may have variables of their own. */
function findUnknownVariables(env: NodeJS.ProcessEnv): string[] {
  const settings = listSettings();
  const known = new Set(settings.map(({ variable }) => variable));
  const sections = settings.flatMap(({ key, variable }) =>
    key.includes(".") ? [variable.split("_").slice(0, 2).join("_")] : [],
  );
  return Object.keys(env)
    .filter((name) => sections.some((section) => name.startsWith(`${section}_`)) && !known.has(name))
    .sort();
}
