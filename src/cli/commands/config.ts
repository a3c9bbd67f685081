import type { Command } from "commander";
import type { ExplainedConfig, ExplainedSetting } from "../../config/explain.js";
import { CatnixError } from "../../errors/catnix-error.js";
import type { Colors } from "../colors.js";
import type { Context } from "../context.js";
import { formatTable } from "../format.js";
import { addExamples, withExplainedConfig } from "../options.js";

export function addConfigCommand(program: Command): void {
  const config = program
    .command("config")
    .description("each setting, its value and where that came from; never a secret")
    .option("--explain", "say also what each setting is, and how the environment spells it")
    .action(async (options: { explain?: boolean }, command: Command) =>
      withExplainedConfig(command, (context, explained) => configCommand(context, explained, options.explain === true)),
    );
  addExamples(config, "config", "config --explain", "config --json | jq -r '.settings[\"swarm.url\"].value'");
}

/** @throws CatnixError CONFIG_INVALID after the answer, where anything is wrong */
function configCommand(context: Context, explained: ExplainedConfig, explain: boolean): void {
  const { file, fileFrom, settings, unknownVariables, config } = explained;
  const problems = [
    ...explained.problems,
    ...settings.flatMap(({ key, problem }) => (problem === undefined ? [] : [`${key}: ${problem}`])),
  ];
  const facts = settings.map(({ key, variable, description, value, source, problem }) => [
    key,
    { value: value ?? null, source, variable, description, ...(problem !== undefined && { problem }) },
  ]);
  context.print(
    {
      ...{ file: file ?? null, fileFrom: fileFrom ?? null, valid: config !== undefined, problems, unknownVariables },
      settings: Object.fromEntries(facts) as object,
    },
    [
      describeFile(explained),
      "",
      explain ? settings.map((it) => explainSetting(it, context.colors)).join("\n\n") : listSettings(settings),
      ...unknownVariables.map((name) => `\n${name} is set in the environment, but there is no such setting`),
    ].join("\n"),
  );
  if (config === undefined) throw new CatnixError("CONFIG_INVALID", { source: file ?? "the environment", problems });
}

function describeFile({ file, fileFrom }: ExplainedConfig): string {
  if (file === undefined) return "file       none: no --config, no CATNIX_CONFIG, no catnix.json in the working folder";
  return `file       ${file} (from ${fileFrom === "working folder" ? "the working folder" : String(fileFrom)})`;
}

function listSettings(settings: readonly ExplainedSetting[]): string {
  const rows = settings.map((setting) => [setting.key, showValue(setting), showSource(setting), setting.problem ?? ""]);
  return formatTable(["key", "value", "from", ""], rows);
}

function explainSetting(setting: ExplainedSetting, { bold, red }: Colors): string {
  const { key, variable, description, problem } = setting;
  const lines = [`${bold(key)} = ${showValue(setting)}`, description, `from ${showSource(setting)}; ${variable}`];
  return [lines[0], ...lines.slice(1).map((line) => `    ${line}`), ...(problem ? [`    ${red(problem)}`] : [])].join(
    "\n",
  );
}

function showValue({ value }: ExplainedSetting): string {
  if (value === undefined) return "(not set)";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function showSource({ source }: ExplainedSetting): string {
  return source === "default" ? "default" : `the ${source}`;
}
