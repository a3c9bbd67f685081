import { format } from "prettier";
import { listSettings } from "../../src/config/load.js";
import { configSchema } from "../../src/config/schema.js";

const INTRODUCTION = `# Configuration

Everything has a default but the registry that you follow. A setting is taken from the environment, else from the file, else
from the defaults below. The file is the one named with \`--config\`, else in \`CATNIX_CONFIG\`, else \`catnix.json\` in the working
folder, where there is one:

\`\`\`json
{ "chain": { "rpcUrl": "http://127.0.0.1:8545", "chainId": 100, "registry": "0x…", "deploymentBlock": 1234567 } }
\`\`\`

A key that is not in the table is refused. Relative paths in the file count from the file's folder, those in the environment
from the working folder. A list is JSON in the file; in the environment, white space is between its items. No secret is ever part of the configuration, only the path of the file that holds it.
`;

/** docs/configuration.md: every setting of the schema, formatted as Prettier has it. */
export async function formatConfiguration(): Promise<string> {
  const defaults = configSchema.parse({});
  const rows = listSettings().map(({ key, variable, description }) => {
    const cells = [`\`${key}\``, `\`${variable}\``, showDefault(defaults, key), description.replaceAll("|", "\\|")];
    return `| ${cells.join(" | ")} |`;
  });
  const table = ["| key | in the environment | default | what it is |", "| --- | --- | --- | --- |", ...rows].join(
    "\n",
  );
  const note = "<!-- Written by `npm run configuration` from src/config/schema.ts; a test fails where it is stale. -->";
  return format(`${INTRODUCTION}\n${note}\n\n${table}\n`, {
    parser: "markdown",
    printWidth: 120,
    proseWrap: "preserve",
  });
}

function showDefault(defaults: object, key: string): string {
  const value = key
    .split(".")
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], defaults);
  if (value === undefined) return "none";
  return typeof value === "string" ? `\`${value.replace(/0{64}/, "00…00")}\`` : `\`${JSON.stringify(value)}\``;
}
