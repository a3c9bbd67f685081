import { stat } from "node:fs/promises";
import { hasSecrets } from "../../config/endpoint-url.js";
import type { ExplainedConfig } from "../../config/explain.js";
import { type Finding, fail, ok, warn } from "./finding.js";

const CHECK = "configuration";

/** Where the configuration comes from, and whether it holds. */
export async function checkConfiguration(explained: ExplainedConfig): Promise<Finding[]> {
  const { file, fileFrom, problems, settings, unknownVariables, config } = explained;
  const inEnv = settings.filter(({ source }) => source === "environment").length;
  const from = file === undefined ? "no file" : `${file} (${String(fileFrom)})`;
  const wrong = [
    ...problems,
    ...settings.flatMap(({ key, problem }) => (problem === undefined ? [] : [`${key}: ${problem}`])),
  ];
  const findings = [
    wrong.length === 0
      ? ok(CHECK, `${from}, ${inEnv} from the environment`)
      : fail(CHECK, `${from}: ${wrong.join("; ")}`, "Correct it; `catnix config --explain` says what each setting is."),
    ...unknownVariables.map((name) =>
      warn(
        CHECK,
        `${name} is no setting`,
        "Correct the variable's name, or remove it; `catnix config --explain` has them all.",
      ),
    ),
  ];
  if (config === undefined) return findings;
  for (const key of ["chainId", "registry"] as const)
    if (config.chain[key] === undefined)
      findings.push(
        fail(
          CHECK,
          `chain.${key} is not set`,
          "Set it to what the consortium says; `catnix registry deploy` prints it for a new registry.",
        ),
      );
  const urls = [config.chain.rpcUrl, config.swarm.url, ...config.swarm.urls];
  if (file !== undefined && urls.some(hasSecrets) && ((await stat(file)).mode & 0o044) !== 0)
    findings.push(
      warn(
        CHECK,
        `${file} has an endpoint's secret and can be read by others`,
        "Run `chmod 600` on it, or set the URL in the environment.",
      ),
    );
  return findings;
}
